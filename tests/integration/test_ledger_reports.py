"""Settling the reports on a real PostgreSQL: what came, what is late, what waits to be loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from ingestion.core.environment import TIMEZONE, engine
from ingestion.core.period import Period
from ingestion.ledger.cells import Cell, Decision, write_decisions
from ingestion.ledger.command import ledger_group
from ingestion.ledger.settle import settle

STP, SNV, CHIENG_LE = 103, 119, 1401
AUGUST, NOVEMBER = date(2026, 8, 1), date(2026, 11, 10)
DUE = date(2026, 10, 15)
Q3 = "2026-07-01"


class Reports:
    """A warehouse whose door was open, with deliveries written by hand."""

    def __init__(self, url: str) -> None:
        self.engine = engine("cchc_ingest", url)
        self._transform = engine("cchc_transform", url)
        with self._transform.begin() as connection:
            connection.exec_driver_sql(
                "create table intermediate.int_dossier_parts__monthly"
                " (month_start date, agency_key integer, received_count bigint);"
                "create table marts.fct_report (submission_id text, receipt_no text,"
                " received_at timestamptz, received_on date, agency_key integer, resource text,"
                " period_type text, period_start date, state text, hollow_kind text,"
                " reason_vi text, accepted_count integer, problem_count integer,"
                " completeness numeric, is_current boolean)"
            )

    def opened(self, first: date, last: date, *but: date) -> None:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        down = Decision("failed", "source", "Hộp thư không mở được.")
        with self.engine.begin() as connection:
            write_decisions(
                connection,
                {
                    Cell("agency_reports", "submissions", Period(day), day + timedelta(days=1)): (
                        down if day in but else Decision("accepted", row_count=0)
                    )
                    for day in days
                },
            )

    def delivered(self, agency_key: int, received_on: date, **changes: Any) -> None:
        row = {
            "submission_id": f"{agency_key}/{received_on}",
            "receipt_no": f"BN-{received_on}",
            "received_at": datetime(
                received_on.year, received_on.month, received_on.day, 9, tzinfo=TIMEZONE
            ),
            "received_on": received_on,
            "agency_key": agency_key,
            "resource": "reform_quarter",
            "period_type": "quarter",
            "period_start": Q3,
            "state": "accepted",
            "accepted_count": 40,
            "problem_count": 0,
            "completeness": 1,
            "is_current": True,
            **changes,
        }
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        with self._transform.begin() as connection:
            connection.execute(
                text(f"insert into marts.fct_report ({names}) values ({marks})"), row
            )

    def forget(self) -> None:
        with self._transform.begin() as connection:
            connection.execute(text("truncate marts.fct_report"))

    def registered(self, agency_key: int, received_on: date) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                text("""
                    insert into ops.submission (
                        submission_id, receipt_no, door, received_at, received_on, reply_by,
                        file_name, file_sha256, byte_count, state, agency_key, form_code,
                        period_type, period_start, judgement_path
                    ) values (
                        :id, :id, 'inbox', :day, :day, 'file', 'a.xlsx', repeat('0', 64), 1,
                        'accepted', :key, 'BC-CCHC-Q', 'quarter', :start, 'x'
                    )"""),
                {"id": f"w{agency_key}", "day": received_on, "key": agency_key, "start": Q3},
            )

    def cell(self, agency_key: int, resource: str = "reform_quarter") -> Any:
        with self.engine.connect() as connection:
            return connection.execute(
                text(
                    "select outcome, cause, due_on, received_on, completeness from ops.ledger"
                    " where source = 'agency_reports' and resource = :resource"
                    " and agency_key = :key and period_start = :start"
                ),
                {"resource": resource, "key": agency_key, "start": Q3},
            ).one_or_none()

    def close(self) -> None:
        self.engine.dispose()
        self._transform.dispose()


@pytest.fixture
def reports(warehouse: str) -> Iterator[Reports]:
    made = Reports(warehouse)
    yield made
    made.close()


def test_reports_are_judged_once_their_due_day_is_over(reports: Reports) -> None:
    reports.delivered(STP, date(2026, 10, 9))
    reports.delivered(SNV, date(2026, 10, 14), state="partial", completeness=Decimal("0.75"))
    reports.opened(AUGUST, DUE)
    settle(reports.engine, AUGUST, NOVEMBER)
    assert reports.cell(STP) == ("accepted", None, DUE, date(2026, 10, 9), 1)
    assert reports.cell(SNV) is None
    assert reports.cell(CHIENG_LE) is None

    reports.opened(AUGUST, NOVEMBER)
    # 13 departments and 75 communes owe two forms, the paper one, and STP a third.
    done = settle(reports.engine, DUE, DUE)
    dossiers = 86  # of October, of which nothing was loaded
    assert (done.due, done.undecided) == (2 * 88 + 1 + 1 + dossiers, dossiers)
    assert done.decided == {"accepted": 1, "missing agency": 177}
    assert reports.cell(SNV) == ("missing", "agency", DUE, date(2026, 10, 14), Decimal("0.75"))
    assert reports.cell(CHIENG_LE) == ("missing", "agency", DUE, None, None)
    assert settle(reports.engine, DUE, DUE).changed == 0


def test_a_late_report_is_taken_whenever_it_comes(reports: Reports) -> None:
    reports.opened(AUGUST, NOVEMBER)
    settle(reports.engine, DUE, DUE)
    reports.delivered(CHIENG_LE, date(2026, 11, 9))
    settle(reports.engine, date(2026, 11, 9), date(2026, 11, 9))
    assert reports.cell(CHIENG_LE) == ("accepted", None, DUE, date(2026, 11, 9), 1)


def test_what_is_found_hollow_later_no_longer_counts(reports: Reports) -> None:
    reports.opened(AUGUST, NOVEMBER)
    reports.delivered(STP, date(2026, 10, 9))
    settle(reports.engine, DUE, DUE)
    assert reports.cell(STP).outcome == "accepted"
    reports.forget()
    reports.delivered(STP, date(2026, 10, 9), hollow_kind="copied")
    settle(reports.engine, DUE, DUE)
    assert reports.cell(STP)[:2] == ("missing", "agency")


def test_the_outage_of_the_due_day_is_remembered(reports: Reports) -> None:
    monday = date(2026, 10, 19)
    reports.opened(AUGUST, NOVEMBER, *(DUE + timedelta(days=n) for n in range(3)))
    reports.delivered(STP, monday)
    settle(reports.engine, DUE, DUE)
    assert reports.cell(STP) == ("accepted", None, monday, monday, 1)
    assert reports.cell(CHIENG_LE)[:3] == ("missing", "agency", monday)
    reports.opened(DUE, DUE + timedelta(days=3))
    settle(reports.engine, DUE, DUE)
    assert reports.cell(STP).due_on == monday


def test_what_is_registered_and_not_loaded_is_ours(reports: Reports) -> None:
    reports.opened(AUGUST, NOVEMBER)
    reports.registered(STP, date(2026, 10, 14))
    settle(reports.engine, DUE, DUE)
    assert reports.cell(STP)[:2] == ("missing", "ours")
    assert reports.cell(SNV)[:2] == ("missing", "agency")


def test_an_officer_reads_how_to_send_a_missing_report(reports: Reports) -> None:
    reports.opened(AUGUST, NOVEMBER)
    settle(reports.engine, DUE, DUE)
    asked = ["--source", "agency_reports", "--resource", "reform_quarter", "--agency", "STP"]
    span = ["--from", "2026-07-01", "--to", "2026-09-30"]
    told = CliRunner().invoke(ledger_group, ["why-missing", *asked, *span]).stdout
    assert "reform_quarter 2026-Q3 · Sở Tư pháp: thiếu, do đơn vị (hạn 15/10/2026)" in told
    assert "cchc template STP 2026-Q3" in told


def test_the_ledger_shows_when_a_report_came_and_how_whole_it_is(reports: Reports) -> None:
    reports.opened(AUGUST, NOVEMBER)
    reports.delivered(STP, date(2026, 10, 19), completeness=Decimal("0.9"))
    settle(reports.engine, DUE, DUE)
    asked = ["--source", "agency_reports", "--resource", "reform_quarter", "--agency", "STP"]
    span = ["--from", "2026-07-01", "--to", "2026-09-30"]
    assert "19/10/2026" in CliRunner().invoke(ledger_group, ["show", *asked, *span]).stdout
    told = CliRunner().invoke(ledger_group, ["show", *asked, *span, "--json"]).stdout
    [cell] = json.loads(told)
    assert (cell["received_on"], cell["completeness"]) == ("2026-10-19", "0.9")
