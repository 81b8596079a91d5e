"""Alembic's entry point: runs on the connection that `ingestion.migrations.upgrade` opened."""

from alembic import context
from sqlalchemy import text

connection = context.config.attributes["connection"]
connection.execute(text("select pg_advisory_xact_lock(hashtext('cchc migrations'))"))
connection.execute(text("create schema if not exists ops"))
context.configure(connection=connection, version_table="schema_version", version_table_schema="ops")
with context.begin_transaction():
    context.run_migrations()
