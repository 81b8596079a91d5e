"""What came of a report: never against an agency for a door that was shut or a day not loaded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.core.period import Period
from ingestion.core.working_days import working_days
from ingestion.ledger.cells import Cell, Decision
from ingestion.ledger.excuses import Excuse, Excuses
from ingestion.ledger.reports import DOOR, SOURCE, Delivery, Door, judge_report
from ingestion.ledger.wording import REPORT_NOT_SENT

Q3 = Period.parse("2026-Q3")
DUE = date(2026, 10, 15)  # a Thursday
CELL = Cell(SOURCE, "reform_quarter", Q3, DUE, 103)
WHOLE = Delivery(date(2026, 10, 12), "accepted", None, None, 40, 0, Decimal(1), True)
OPEN = Decision("accepted", row_count=0)
DOWN = Decision("failed", "source", "Hộp thư không mở được.")
NO_EXCUSES = Excuses([])


def door(last: date, shut: dict[date, Decision | None] | None = None) -> Door:
    """A door that was open on every day from 2026-08-01 to ``last``, but some."""
    first = date(2026, 8, 1)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    cells = {Cell(SOURCE, DOOR, Period(day), day + timedelta(days=1)): OPEN for day in days}
    decided: dict[Cell, Decision | None] = dict(cells)
    for cell in cells:
        if shut and cell.period.start in shut:
            decided[cell] = shut[cell.period.start]
    return Door(decided, working_days())


def judged(
    a_door: Door, *delivered: Delivery, cell: Cell = CELL, excuses: Excuses = NO_EXCUSES
) -> tuple[date, Decision | None]:
    """The due day that holds, and what came of the cell."""
    due_on = a_door.put_off(cell.due_on)
    return due_on, judge_report(cell, due_on, delivered, a_door, excuses)


def test_a_whole_report_is_accepted_as_soon_as_it_came() -> None:
    early = door(date(2026, 10, 12))
    assert judged(early, WHOLE) == (
        DUE,
        Decision("accepted", row_count=40, received_on=date(2026, 10, 12), completeness=Decimal(1)),
    )


def test_nothing_is_missing_before_a_day_after_the_due_day_is_decided() -> None:
    assert judged(door(DUE))[1] is None
    missing = Decision("missing", "agency", REPORT_NOT_SENT, row_count=0)
    assert judged(door(DUE + timedelta(days=1)))[1] == missing


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "partial", "problem_count": 3}, "còn 3 ô phải sửa"),
        ({"hollow_kind": "zero"}, "toàn số 0"),
        ({"hollow_kind": "empty", "state": "refused", "is_current": False}, "để trống"),
        ({"hollow_kind": "copied"}, "chép lại"),
        ({"state": "refused", "is_current": False, "reason_vi": "Sai kỳ."}, "bị từ chối. Sai kỳ."),
    ],
)
def test_what_is_no_whole_report_is_missing_and_says_why(
    changes: dict[str, object], said: str
) -> None:
    delivered = replace(WHOLE, **changes)  # type: ignore[arg-type]
    assert judged(door(DUE), delivered)[1] is None
    decision = judged(door(date(2026, 11, 1)), delivered)[1]
    assert decision is not None
    assert (decision.outcome, decision.cause) == ("missing", "agency")
    assert decision.received_on == (WHOLE.received_on if delivered.is_report else None)
    assert said in (decision.reason or "")


def test_mending_a_report_later_makes_nobody_late() -> None:
    first = replace(WHOLE, is_current=False)
    corrected = replace(WHOLE, received_on=date(2026, 11, 2), accepted_count=39)
    decision = judged(door(date(2026, 11, 9)), first, corrected)[1]
    assert decision is not None
    assert (decision.received_on, decision.row_count) == (date(2026, 10, 12), 39)


def test_a_mended_hollow_report_counts_from_the_day_it_was_mended() -> None:
    hollow = replace(WHOLE, hollow_kind="zero", is_current=False)
    whole = replace(WHOLE, received_on=date(2026, 10, 20))
    decision = judged(door(date(2026, 11, 9)), hollow, whole)[1]
    assert decision is not None
    assert (decision.outcome, decision.received_on) == ("accepted", date(2026, 10, 20))


def test_a_door_shut_on_the_due_day_puts_it_off() -> None:
    # Thursday to Saturday the mailbox is down: Monday is the day that counts.
    shut: dict[date, Decision | None] = {date(2026, 10, 15 + n): DOWN for n in range(3)}
    due_on, decision = judged(door(date(2026, 10, 16), shut))
    assert decision is not None
    assert (decision.outcome, decision.cause) == ("failed", "source")
    assert judged(door(date(2026, 10, 19), shut)) == (date(2026, 10, 19), decision)
    due_on, decision = judged(door(date(2026, 10, 20), shut))
    assert due_on == date(2026, 10, 19)
    assert decision == Decision("missing", "agency", REPORT_NOT_SENT, row_count=0)
    due_on, decision = judged(
        door(date(2026, 10, 20), shut), replace(WHOLE, received_on=date(2026, 10, 19))
    )
    assert decision is not None
    assert decision.received_on == due_on


def test_a_day_before_that_was_not_loaded_is_never_the_agencys() -> None:
    day = date(2026, 10, 8)
    later = date(2026, 11, 9)
    decision = judged(door(later, {day: Decision("failed", "ours", "Nạp lỗi.")}))[1]
    assert decision is not None
    assert (decision.outcome, decision.cause) == ("failed", "ours")
    assert "2026-10-08" in (decision.reason or "")
    decision = judged(door(later, {day: None}))[1]
    assert decision is not None
    assert decision.cause == "ours"


def test_an_outage_long_before_or_after_excuses_nobody() -> None:
    shut: dict[date, Decision | None] = {date(2026, 8, 20): DOWN, date(2026, 11, 2): DOWN}
    decision = judged(door(date(2026, 11, 9), shut))[1]
    assert decision is not None
    assert decision.cause == "agency"


def test_an_excuse_excuses_what_did_not_come() -> None:
    excuse = Excuse(SOURCE, "reform_quarter", 103, Q3, Q3, "agency", "Mới lập", "CV 1", "SNV")
    excuses = Excuses([excuse])
    late = door(date(2026, 11, 9))
    assert judged(late, excuses=excuses)[1] == excuse.decision()
    accepted = judged(late, WHOLE, excuses=excuses)[1]
    assert accepted is not None
    assert accepted.outcome == "accepted"


@given(
    shut=st.sets(st.integers(0, 40)),
    received=st.none() | st.integers(0, 40),
    seen=st.integers(0, 41),
)
def test_no_agency_is_late_or_lacking_while_the_door_was_shut(
    shut: set[int], received: int | None, seen: int
) -> None:
    """Whatever days it was shut: a verdict against an agency had an open due day before it."""
    first = date(2026, 9, 20)
    days: dict[date, Decision | None] = {first + timedelta(days=n): DOWN for n in shut}
    last = first + timedelta(days=seen)
    a_door = door(last, days)
    came = (
        []
        if received is None or received > seen or received in shut
        else [replace(WHOLE, received_on=first + timedelta(days=received))]
    )
    due_on, decision = judged(a_door, *came)
    if decision is not None and decision.cause == "agency":
        assert not came
        assert due_on < last
        assert due_on not in days
        assert not any(Q3.end - timedelta(days=31) <= day < DUE for day in days)
    if decision is not None and decision.outcome == "accepted":
        assert came
        if came[0].received_on > due_on:
            # Late only past a working day on which the door was open.
            assert due_on not in days
