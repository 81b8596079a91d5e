"""Roles, schemas and who may do what.

Roles belong to the whole server, so they are created only where missing. None of them may log
in: the login of ``WAREHOUSE_URL`` acts as one of them (``set role``), and an operator grants
``bi_reader`` to the logins of BI tools.
"""

from alembic import op

revision = "0001"
down_revision = None

ROLES = (
    "cchc_owner",
    "cchc_ingest",
    "cchc_transform",
    "cchc_alert",
    "bi_reader",
    "bi_agency",
    "auditor",
)


def upgrade() -> None:
    """Apply."""
    for role in ROLES:
        op.execute(f"""
            do $$ begin
                if not exists (select from pg_roles where rolname = '{role}') then
                    create role {role} nologin;
                end if;
                if not pg_has_role(current_user, '{role}', 'set') then
                    grant {role} to current_user;
                end if;
            exception when duplicate_object or unique_violation then null;
            end $$""")
    for extension in ("unaccent", "pg_trgm", "btree_gist"):
        op.execute(f"create extension if not exists {extension} schema public")
    op.execute("grant create on database " + _database() + " to cchc_owner, cchc_transform")
    op.execute("alter schema ops owner to cchc_owner")
    op.execute("create schema raw authorization cchc_owner")
    for schema in ("staging", "intermediate", "marts", "reference"):
        op.execute(f"create schema {schema} authorization cchc_transform")
    op.execute("grant usage on schema raw, ops to cchc_ingest, cchc_transform, auditor")
    op.execute("grant usage on schema ops to cchc_alert")
    op.execute("grant usage on schema marts, reference to cchc_ingest, cchc_alert, auditor")
    op.execute("grant usage on schema marts, reference to bi_reader")
    # dbt makes the tables of these two later and again: what it makes must stay readable.
    for schema in ("marts", "reference"):
        op.execute(
            f"alter default privileges for role cchc_transform in schema {schema} "
            "grant select on tables to cchc_ingest, cchc_alert, auditor, bi_reader"
        )
    op.execute("alter role bi_reader set default_transaction_read_only = on")


def _database() -> str:
    name: str = op.get_bind().exec_driver_sql("select quote_ident(current_database())").scalar_one()
    return name
