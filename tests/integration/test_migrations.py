"""The migrations on a real PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from ingestion import migrations
from ingestion.core.environment import engine


def test_upgrade_twice_changes_nothing(warehouse: str) -> None:
    migrations.upgrade(warehouse)
    with engine(url=warehouse).connect() as connection:
        assert connection.execute(text("select version_num from ops.schema_version")).all() == [
            ("0009",)
        ]


def test_ingest_may_not_rewrite_the_manifest(warehouse: str) -> None:
    with engine("cchc_ingest", warehouse).connect() as connection:
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("delete from ops.manifest"))


def test_bi_reader_sees_neither_raw_nor_ops(warehouse: str) -> None:
    for table in ("raw.tthc__dossiers", "ops.finding"):
        with engine("bi_reader", warehouse).connect() as connection:
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(text(f"select * from {table}"))


def test_transform_makes_tables_that_bi_reader_can_read(warehouse: str) -> None:
    with engine("cchc_transform", warehouse).begin() as connection:
        connection.execute(text("create table marts.sample as select 1 as value"))
    with engine("bi_reader", warehouse).connect() as connection:
        assert connection.execute(text("select value from marts.sample")).scalar_one() == 1


def test_a_failed_step_must_name_whose_fault_it_is(warehouse: str) -> None:
    statement = text(
        "insert into ops.outcome (step, state, started_at) values ('fetch', 'failed', now())"
    )
    with pytest.raises(Exception, match="outcome_check"):
        with engine("cchc_ingest", warehouse).begin() as connection:
            connection.execute(statement)
