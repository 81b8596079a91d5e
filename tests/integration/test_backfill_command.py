"""``cchc backfill`` on a real ledger: what it says, in which form, with which exit code."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from ingestion.backfill import command, site
from ingestion.backfill.command import backfill_group, exit_code
from ingestion.core.environment import ConfigurationError
from ingestion.ledger.standing import CellState
from tests.fixtures.backfill_cells import cell

pytestmark = pytest.mark.usefixtures("var_folder")


def call(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(backfill_group, arguments)
    assert done.exit_code == code, done.output
    return done.stdout


def decide(warehouse: str, first: date, last: date, outcome: str, rejected: int = 0) -> None:
    """Decide every day of the dossiers in a span."""
    engine = create_engine(warehouse)
    with engine.begin() as connection:
        connection.execute(
            text("""
                insert into ops.ledger (source, resource, agency_key, period_type, period_start,
                    due_on, outcome, cause, row_count, rejected_count)
                select 'tthc', 'dossiers', 1, 'day', cast(:first as date) + n,
                    cast(:first as date) + n + 1, cast(:outcome as text),
                    case when cast(:outcome as text) = 'accepted' then null else 'source' end,
                    10, :rejected
                from generate_series(0, cast(:last as date) - cast(:first as date)) as days (n)
                """),
            {"first": first, "last": last, "outcome": outcome, "rejected": rejected},
        )
    engine.dispose()


def of(document: dict[str, Any], resource: str, year: int) -> dict[str, Any]:
    (found,) = [
        row for row in document["cells"] if (row["resource"], row["year"]) == (resource, year)
    ]
    return dict(found)


def test_the_plan_of_an_empty_ledger_is_every_month_in_one_back_fill_of_airflow(
    warehouse: str,
) -> None:
    plan = json.loads(call("plan", "--json"))
    assert (plan["name"], plan["first"], plan["last"]) == ("2021_2025", "2021-01-01", "2025-12-31")
    assert (plan["runs"], plan["airflow_backfills"]) == (60, 1)
    assert of(plan, "dossiers", 2024)["due"] == 366
    assert of(plan, "procedures", 2024)["due"] == 12
    # Dossiers and ratings by day; procedures, documents, readings, deliveries by month.
    assert sum(row["undecided"] for row in plan["cells"]) == 1826 * 2 + 60 * 4


def test_the_plan_leaves_out_what_is_decided_and_takes_in_what_failed(warehouse: str) -> None:
    decide(warehouse, date(2021, 1, 1), date(2021, 6, 29), "accepted", rejected=1)
    decide(warehouse, date(2021, 6, 30), date(2021, 6, 30), "failed")
    plan = json.loads(call("plan", "--json", "2021_2025"))
    found = of(plan, "dossiers", 2021)
    assert (found["held"], found["failed"], found["undecided"]) == (180, 1, 184)
    assert (found["rows"], found["quarantined"]) == (1810, 180)
    assert plan["runs"] == 60, "ratings and procedures are still due for every month"
    shown = call("plan")
    assert "60 lần" in shown
    assert "2021-01…2025-12" in shown


def test_status_counts_by_cause_names_the_months_and_needs_no_airflow(warehouse: str) -> None:
    decide(warehouse, date(2021, 1, 1), date(2021, 1, 2), "failed")
    status = json.loads(call("status", "--json", code=5))
    assert status["complete"] is False
    assert status["causes"] == {"source": 2}
    assert status["systems"]["failed"] == 2
    assert status["agencies"]["undecided"] == status["agencies"]["due"] > 0
    assert status["undecided_months"][0] == "2021-01"
    assert "không hỏi được" in status["airflow"]
    assert "CHƯA XONG" in call("status", code=5)


def test_without_airflow_a_run_says_how_to_start_it(warehouse: str) -> None:
    done = CliRunner().invoke(backfill_group, ["run"])
    assert isinstance(done.exception, ConfigurationError)
    assert "cchc airflow" in str(done.exception)


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    done = CliRunner().invoke(backfill_group, ["plan", "2019"])
    assert isinstance(done.exception, ConfigurationError)
    assert "2021_2025" in str(done.exception)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([cell(outcome="accepted"), cell("2021-01-02", "excused")], 0),
        ([cell(outcome="accepted"), cell("2021-01-02", "failed")], 3),
        ([cell(outcome="failed"), cell("2021-01-02")], 5),
        # An agency that sent nothing is history, not something to load again.
        ([cell("2021-01", "missing", party="agency", agency_key=1001, cause="agency")], 0),
    ],
)
def test_the_exit_code_says_how_the_cells_stand(cells: list[CellState], code: int) -> None:
    assert exit_code(cells) == code
    assert command.EXIT_UNDECIDED == 5


def test_another_airflow_is_configured_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert site.is_embedded()
    monkeypatch.setenv("CCHC_AIRFLOW_URL", "https://airflow.example/")
    monkeypatch.delenv("AIRFLOW_ADMIN_PASSWORD", raising=False)
    assert not site.is_embedded()
    with pytest.raises(ConfigurationError, match="CCHC_AIRFLOW_PASSWORD"):
        site.connect()
    monkeypatch.setenv("AIRFLOW_ADMIN_PASSWORD", "only-for-this-test")
    with site.connect() as api:
        assert api.url == "https://airflow.example"
    assert site.revive() is False
