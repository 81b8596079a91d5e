"""Deciding the agencies' cells on a real PostgreSQL, and the mart that shows them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from ingestion.core.environment import engine
from ingestion.core.outcome import Outcome, write_outcome
from ingestion.core.period import Period
from ingestion.core.working_days import working_days
from ingestion.ledger import settle as settling
from ingestion.ledger.cells import Cell, Decision, deny, write_decisions
from ingestion.ledger.command import ledger_group
from ingestion.ledger.excuses import Excuse, Excuses
from ingestion.ledger.obligations import due_on, periods_due
from ingestion.ledger.settle import settle
from ingestion.ledger.standing import standing, tally
from ingestion.transform.runner import render_seeds, run_dbt

CHIENG_LE, STP, VPUBND, CITY_DESK = 1001, 103, 101, 501
JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
END_OF_JUNE, END_OF_JULY = date(2025, 6, 30), date(2025, 7, 31)
OUTAGE = Period.parse("2025-06-17")
MONTHLY = "intermediate.int_dossier_parts__monthly"


class Book:
    """A warehouse whose source has been loaded, with dossiers counted by hand."""

    def __init__(self, url: str) -> None:
        self.engine = engine("cchc_ingest", url)
        self._transform = engine("cchc_transform", url)
        with self._transform.begin() as connection:
            connection.execute(
                text(
                    f"create table {MONTHLY}"
                    " (month_start date, agency_key integer, received_count bigint)"
                )
            )

    def received(self, month: date, counts: Mapping[int, int]) -> None:
        with self._transform.begin() as connection:
            connection.execute(
                text(f"delete from {MONTHLY} where month_start = :month"), {"month": month}
            )
            for key, count in counts.items():
                connection.execute(
                    text(f"insert into {MONTHLY} values (:month, :key, :count)"),
                    {"month": month, "key": key, "count": count},
                )

    def loaded(self, first: date, last: date, *but: Period) -> None:
        cells = {
            Cell("tthc", "dossiers", day, due_on("tthc", "dossiers", day)): Decision(
                "accepted", row_count=10
            )
            for day in periods_due("tthc", "dossiers", first, last)
            if day not in but
        }
        with self.engine.begin() as connection:
            write_decisions(connection, cells)

    def down(self, day: Period) -> None:
        cell = Cell("tthc", "dossiers", day, due_on("tthc", "dossiers", day))
        deny(self.engine, cell, "failed", "source")
        write_outcome(
            self.engine,
            Outcome(
                "fetch",
                "tthc",
                "dossiers",
                str(day),
                state="failed",
                cause="source",
                message="/api/dossiers: HTTP 503, five times",
            ),
        )

    def agency_cells(self) -> dict[int, tuple[str, str | None]]:
        """Outcome and cause by agency, of June 2025."""
        return {
            row.agency_key: (row.outcome, row.cause)
            for row in self.rows("select * from ops.ledger where agency_key <> 1")
            if row.period_start == JUNE
        }

    def rows(self, query: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query)))

    def close(self) -> None:
        self.engine.dispose()
        self._transform.dispose()


@pytest.fixture
def book(warehouse: str) -> Iterator[Book]:
    made = Book(warehouse)
    yield made
    made.close()


def call(*arguments: str) -> Result:
    return CliRunner().invoke(ledger_group, list(arguments))


def test_agencies_are_judged_by_what_came(book: Book) -> None:
    book.loaded(JUNE, END_OF_JUNE)
    book.received(JUNE, {CHIENG_LE: 7, CITY_DESK: 2, -1: 4})
    done = settle(book.engine, date(2025, 6, 20), date(2025, 6, 20))
    assert (done.due, done.undecided, done.changed) == (223, 0, 223)
    assert done.decided == {"accepted": 2, "missing agency": 221}
    cells = book.agency_cells()
    assert cells[CHIENG_LE] == cells[CITY_DESK] == ("accepted", None)
    assert cells[STP] == ("missing", "agency")
    assert VPUBND not in cells
    assert -1 not in cells
    assert book.rows("select row_count, due_on::text from ops.ledger where agency_key = 1001") == [
        (7, "2025-07-05")
    ]
    assert book.rows("select step, state from ops.outcome") == [("check", "ok")]


def test_settling_again_changes_nothing(book: Book) -> None:
    book.loaded(JUNE, END_OF_JUNE)
    book.received(JUNE, {CHIENG_LE: 7})
    settle(book.engine, JUNE, END_OF_JUNE)
    before = book.rows("select * from ops.ledger order by 1, 2, 3, 4, 5")
    assert settle(book.engine, JUNE, END_OF_JUNE).changed == 0
    assert book.rows("select * from ops.ledger order by 1, 2, 3, 4, 5") == before


def test_a_source_outage_makes_no_agency_missing_and_mending_it_decides(book: Book) -> None:
    book.loaded(JUNE, END_OF_JUNE, OUTAGE)
    book.down(OUTAGE)
    book.received(JUNE, {CHIENG_LE: 7})
    settle(book.engine, JUNE, END_OF_JUNE)
    counted = Counter(book.agency_cells().values())
    assert counted == {("accepted", None): 1, ("failed", "source"): 222}

    book.loaded(JUNE, END_OF_JUNE)  # the day came in the end, and with it a dossier of the city
    book.received(JUNE, {CHIENG_LE: 7, CITY_DESK: 1})
    done = settle(book.engine, JUNE, END_OF_JUNE)
    assert done.changed == 222
    assert Counter(book.agency_cells().values()) == {
        ("accepted", None): 2,
        ("missing", "agency"): 221,
    }


def test_what_was_accepted_stays_so(book: Book) -> None:
    book.loaded(JUNE, END_OF_JUNE)
    book.received(JUNE, {CHIENG_LE: 7})
    settle(book.engine, JUNE, END_OF_JUNE)
    book.received(JUNE, {})
    book.down(OUTAGE)
    assert settle(book.engine, JUNE, END_OF_JUNE).changed == 0
    assert book.agency_cells()[CHIENG_LE] == ("accepted", None)
    assert book.rows("select distinct outcome from ops.ledger where agency_key = 1") == [
        ("accepted",)
    ]


def test_nothing_is_decided_before_the_source_is_through(book: Book) -> None:
    book.loaded(JUNE, date(2025, 6, 29))
    book.received(JUNE, {CHIENG_LE: 7})
    done = settle(book.engine, JUNE, END_OF_JUNE)
    assert (done.decided, done.undecided) == ({}, 223)
    book.loaded(JULY, JULY)  # the 30th was never decided, but June is over
    done = settle(book.engine, JUNE, END_OF_JUNE)
    assert (done.decided, done.undecided) == ({"accepted": 1}, 222)


def test_excuses_and_cells_no_longer_owed(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    june = Period(JUNE, "month")
    excuse = Excuse("tthc", "dossiers", STP, june, june, "agency", "Lũ quét", "CV 12", "UBND tỉnh")
    outage = Excuse("tthc", "dossiers", 1, OUTAGE, OUTAGE, "source", "Nâng cấp", "CV 3", "Sở TTTT")
    book.loaded(JUNE, END_OF_JUNE, OUTAGE)
    book.down(OUTAGE)
    book.received(JUNE, {CHIENG_LE: 7})
    with book.engine.begin() as connection:  # as an earlier list of obligations had it
        stale = Cell("tthc", "dossiers", june, date(2025, 7, 5), VPUBND)
        write_decisions(connection, {stale: Decision("missing", "agency", "…")})
    monkeypatch.setattr(settling, "read_excuses", lambda: Excuses([excuse, outage]))
    settle(book.engine, JUNE, END_OF_JUNE)
    cells = book.agency_cells()
    assert cells[STP] == ("excused", "agency")
    assert cells[CITY_DESK] == ("excused", "source")
    assert cells[VPUBND] == ("excused", "ours")
    assert book.rows(
        "select outcome, reason from ops.ledger where agency_key = 1 and outcome <> 'accepted'"
    ) == [("excused", "Nâng cấp (theo CV 3, Sở TTTT)")]
    assert settle(book.engine, JUNE, END_OF_JUNE).changed == 0


def test_an_officer_reads_who_lacks_and_why(book: Book) -> None:
    book.loaded(JUNE, END_OF_JUNE, OUTAGE)
    book.down(OUTAGE)
    book.received(JUNE, {CHIENG_LE: 7})
    june = ("--from", "2025-06-01", "--to", "2025-06-30")
    told = call("settle", *june)
    assert told.stdout == (
        "223 kỳ của các đơn vị: đã nạp 1, không nạp được do hệ thống nguồn 222, chưa quyết 0; "
        "223 thay đổi trong sổ.\n"
    )

    told = call("why-missing", "--source", "tthc", "--agency", "so tu phap", *june)
    assert told.exit_code == 1
    lines = told.stdout.splitlines()
    assert lines[0] == (
        "tthc dossiers 2025-06 · Sở Tư pháp: không nạp được, do hệ thống nguồn (hạn 05/07/2025)"
    )
    assert lines[1].startswith("  Vì sao: Không kết luận về đơn vị: 1 kỳ dữ liệu của hệ thống")
    assert lines[2] == "  Kỳ của hệ thống: 2025-06-17 không nạp được"
    assert "2025-06-17 bước fetch, hệ thống nguồn: /api/dossiers: HTTP 503" in lines[3]
    assert lines[4].startswith("  Cần làm: Báo đơn vị vận hành hệ thống nguồn")
    assert call("why-missing", "--source", "tthc", "--agency", "03646", *june).exit_code == 0

    shown = call("show", "--source", "tthc", "--agencies", *june, "--outcome", "accepted")
    assert "Phường Chiềng Lề" in shown.stdout
    assert "đầy đủ 0,44 %" in shown.stdout
    cells = json.loads(call("show", "--source", "tthc", "--agencies", *june, "--json").stdout)
    assert len(cells) == 223
    assert {cell["party"] for cell in cells} == {"agency"}

    book.loaded(JUNE, END_OF_JUNE)
    call("settle", *june)
    told = call("why-missing", "--agency", "STP", *june)
    assert "tthc dossiers 2025-06 · Sở Tư pháp: thiếu, do đơn vị" in told.stdout
    assert "Cần làm: Đơn vị gửi bù qua hệ thống một cửa" in told.stdout


def test_the_mart_counts_the_same_on_both_maps(
    book: Book, warehouse: str, var_folder: Path
) -> None:
    book.loaded(JUNE, END_OF_JULY, OUTAGE)
    book.down(OUTAGE)
    communes = dict.fromkeys(range(1001, 1040), 1)
    book.received(JUNE, {**communes, STP: 3})
    book.received(JULY, {STP: 3, 1401: 1})
    settle(book.engine, JUNE, END_OF_JULY)
    render_seeds()
    without_tests = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    assert run_dbt(["build", "--quiet", "--select", "+fct_reporting_cell", *without_tests]) == 0

    states = standing(book.engine, JUNE, END_OF_JULY)
    decided = [state for state in states if state.outcome]
    ((rows, accepted),) = book.rows(
        "select count(*), count(*) filter (where outcome = 'accepted')"
        " from marts.fct_reporting_cell"
    )
    assert rows == len(decided) == 223 + 86 + 61
    assert accepted == tally(states, lambda state: 0)[0].accepted
    over = book.rows("""
        select current_agency_key, count(*) filter (where outcome = 'accepted') / count(*)
        from marts.fct_reporting_cell
        group by current_agency_key
        having count(*) filter (where outcome = 'accepted') > count(*)
            or current_agency_key is null""")
    assert over == []
    merged = book.rows("""
        select count(distinct agency_key), count(*)
        from marts.fct_reporting_cell
        where party = 'agency' and current_agency_key in (
            select current_agency_key from marts.dim_agency where agency_key = 1001
        )""")
    ((before, cells),) = merged
    assert before > 2  # the communes of June stand with the one of July
    assert cells == before
    # The same warehouse, for a build takes its time: one calendar, and lateness by it.
    calendar = working_days()
    days = book.rows("select date_day, is_working_day from marts.dim_date")
    assert len(days) > 4000
    assert all(calendar.is_working(row.date_day) == row.is_working_day for row in days)
    assert run_dbt(["test", "--quiet", "--select", "fct_reporting_cell"]) == 0
