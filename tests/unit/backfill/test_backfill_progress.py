"""Arithmetic of the progress bar and the rule of being done."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from ingestion.backfill.board import ConsoleBoard, duration, words_of
from ingestion.backfill.month import open_periods
from ingestion.backfill.progress import (
    Attempt,
    Rate,
    Tally,
    by_year,
    causes_of,
    month_of,
    stretches,
)
from ingestion.ledger.standing import CellState
from tests.fixtures.backfill_cells import LATE, cell

OUTCOMES = (None, "accepted", "missing", "excused", "failed")


def days(*outcomes: str | None) -> list[CellState]:
    return [cell(f"2021-01-{day:02}", outcome) for day, outcome in enumerate(outcomes, start=1)]


def test_every_cell_is_counted_once_by_what_became_of_it() -> None:
    cells = [
        *days(None, "accepted", "missing", "excused", "failed", "failed"),
        cell("2021-01-07", "accepted", rejected_count=3),
    ]
    tally = Attempt().tally(cells)
    assert tally == Tally(
        due=7, done=2, held=1, failed=2, missing=1, undecided=1, rows=20, quarantined=3
    )
    assert tally.decided == 6
    assert not tally.is_complete
    assert causes_of(cells) == {"source": 3}


@given(st.lists(st.sampled_from(OUTCOMES), max_size=28))
def test_the_parts_add_up_and_only_undecided_cells_keep_it_from_being_done(
    outcomes: list[str | None],
) -> None:
    tally = Attempt().tally(days(*outcomes))
    parts = tally.done + tally.held + tally.failed + tally.missing + tally.undecided
    assert tally.due == parts == len(outcomes)
    assert tally.is_complete == (None not in outcomes)


def test_a_cell_that_failed_before_is_open_until_it_was_tried_again() -> None:
    before = days("failed", "accepted", None, "missing")
    attempt = Attempt(before)
    assert attempt.tally(before).undecided == 3
    assert attempt.open_months(before) == [date(2021, 1, 1)]
    tried = [
        cell("2021-01-01", "failed", decided_at=LATE),
        before[1],
        cell("2021-01-03", "failed", decided_at=LATE),
        cell("2021-01-04", "accepted", decided_at=LATE),
    ]
    assert attempt.tally(tried) == Tally(due=4, done=2, failed=2, rows=20)
    assert attempt.open_months(tried) == []
    # The same cells are settled for whoever only looks, and open again for the next attempt.
    assert Attempt().tally(before).undecided == 1
    assert Attempt(tried).tally(tried).undecided == 2


def test_a_month_that_ends_in_a_month_belongs_to_it_and_agencies_cells_ask_for_no_run() -> None:
    month = cell("2021-02", resource="procedures")
    assert month_of(month) == date(2021, 2, 1)
    agency = cell("2021-03", party="agency", agency_key=1001)
    cells = [cell("2021-01-31"), month, agency, cell("2021-05-02", "failed")]
    assert Attempt(cells).open_months(cells) == [
        date(2021, 1, 1),
        date(2021, 2, 1),
        date(2021, 5, 1),
    ]
    assert Attempt(cells).tally(cells).due == 4
    assert list(by_year(cells)) == [2021]


def test_months_without_a_gap_are_one_back_fill_of_airflow() -> None:
    months = [date(2021, 12, 1), date(2022, 1, 1), date(2021, 1, 1), date(2022, 3, 1)]
    assert stretches(months) == [
        (date(2021, 1, 1), date(2021, 1, 1)),
        (date(2021, 12, 1), date(2022, 1, 1)),
        (date(2022, 3, 1), date(2022, 3, 1)),
    ]
    assert stretches([]) == []
    baseline = [date(year, month, 1) for year in range(2021, 2026) for month in range(1, 13)]
    assert stretches(reversed(baseline)) == [(date(2021, 1, 1), date(2025, 12, 1))]


def test_only_days_that_are_not_settled_are_loaded_again() -> None:
    cells = days("accepted", None, "failed", "excused", "missing", "accepted")
    agency = cell("2021-01", party="agency", agency_key=1001)
    assert {str(period) for period in open_periods([*cells, agency], "dossiers")} == {
        "2021-01-02",
        "2021-01-03",
        "2021-01-05",
    }
    assert open_periods(cells, "ratings") == set()


def test_the_rate_is_that_of_the_last_minute_and_time_left_follows_it() -> None:
    rate = Rate()
    assert rate.per_second == 0
    assert rate.seconds_left(10) is None
    rate.note(0, 0)
    rate.note(10, 100)
    assert rate.per_second == 10
    assert rate.seconds_left(50) == 5
    rate.note(100, 100)
    rate.note(160, 160)
    assert rate.per_second == 1
    rate.note(161, 20)  # the warehouse was restored from a backup
    assert rate.per_second == 0


def clock_of(*moments: float) -> Callable[[], float]:
    return iter(moments).__next__


def test_without_a_terminal_there_is_a_line_every_ten_seconds_and_one_at_the_end() -> None:
    output = io.StringIO()
    console = Console(file=output, width=200)
    tallies = [Tally(due=100, done=done, undecided=100 - done) for done in (0, 20, 40, 100)]
    with ConsoleBoard(console, clock_of(0, 4, 10, 12)) as board:
        for tally in tallies:
            board.show(tally)
    lines = output.getvalue().splitlines()
    assert [line.split(" ô")[0].split()[-1] for line in lines] == ["0/100", "40/100", "100/100"]
    assert "4,0 ô/giây · còn 0:15" in lines[1]
    assert "còn" not in lines[2]


def test_on_a_terminal_there_is_a_bar_that_news_do_not_break() -> None:
    output = io.StringIO()
    console = Console(file=output, width=160, force_terminal=True)
    with ConsoleBoard(console) as board:
        board.show(Tally(due=4, done=2, held=1, undecided=1))
        board.say("[một] tin")
    assert "3/4 ô · xong 2 · giữ lại 1 · lỗi 0" in output.getvalue()
    assert "[một] tin" in output.getvalue()
    assert " 75%" in output.getvalue()


def test_numbers_are_written_the_vietnamese_way() -> None:
    tally = Tally(due=3712, done=1234, undecided=2478)
    assert words_of(tally, Rate()).startswith("1.234/3.712 ô · xong 1.234")
    assert [duration(seconds) for seconds in (5.4, 245, 3845)] == ["0:05", "4:05", "1:04:05"]
