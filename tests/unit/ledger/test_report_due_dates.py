"""Due days against a list worked out by hand from the published calendars, and the arithmetic.

``tests/fixtures/report_due_dates.csv``: ``counted_on`` is the day that the days of the obligation
lead to, ``due_on`` the day that holds; rows without a resource are days around holidays. Nobody
has decided the exchanges of 2027-2030 yet: their rows follow the general rule.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.core.environment import repo_root
from ingestion.core.period import Period
from ingestion.core.working_days import CalendarError, WorkingDays, read_working_days, working_days
from ingestion.ledger.obligations import read_obligations

DAYS = st.dates(date(2020, 12, 1), date(2031, 1, 31))
TET = {2021: 7, 2022: 9, 2023: 7, 2024: 7, 2025: 9, 2026: 9, 2027: 7, 2028: 9, 2029: 9, 2030: 7}
"""Days in a row off around the lunar new year, weekends included, by the published calendars."""


def by_hand() -> list[Mapping[str, str]]:
    path = repo_root() / "tests" / "fixtures" / "report_due_dates.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


HAND = by_hand()


def test_the_list_is_long_and_reaches_over_all_years() -> None:
    assert len(HAND) >= 200
    assert {row["due_on"][:4] for row in HAND} >= {str(year) for year in range(2021, 2031)}
    assert sum(row["counted_on"] != row["due_on"] for row in HAND) >= 80


@pytest.mark.parametrize(
    "row", HAND, ids=lambda row: f"{row['period']} {row['counted_on']}".strip()
)
def test_the_due_day_is_the_one_worked_out_by_hand(row: Mapping[str, str]) -> None:
    counted_on, due_on = (date.fromisoformat(row[name]) for name in ("counted_on", "due_on"))
    assert working_days().shift(counted_on, 0) == due_on
    if row["resource"]:
        period = Period.parse(row["period"])
        owed = [
            item
            for item in read_obligations()
            if (item.party, item.resource) == ("agency", row["resource"]) and item.covers(period)
        ]
        assert {item.due_on(period) for item in owed} == {due_on}


@pytest.mark.parametrize("year", TET)
def test_nobody_becomes_later_during_tet(year: int) -> None:
    calendar = working_days()
    [eve] = [day for day, name in holidays_of(year).items() if name == "Giao thừa Tết Nguyên Đán"]
    before, after = calendar.shift(eve, -1), calendar.shift(eve, 1)
    assert (after - before).days - 1 == TET[year]
    assert calendar.between(before, after) == 1
    # What was due on the last day before is late by one working day at most on the first after.
    during = [before + timedelta(days=n) for n in range(1, (after - before).days)]
    assert {calendar.between(before, day) for day in during} == {0}


def holidays_of(year: int) -> Mapping[date, str]:
    return holidays.country_holidays("VN", years=year, language="vi")


def test_the_seed_is_the_published_calendar_and_one_exchange_more() -> None:
    """The package lacks the exchange of 2026-01-02 for 2026-01-10."""
    calendar = working_days()
    published = holidays.country_holidays("VN", years=range(2021, 2031), language="vi")
    day = date(2021, 1, 1)
    differing = []
    while day.year < 2031:
        if calendar.is_working(day) != published.is_working_day(day):
            differing.append(day)
        day += timedelta(days=1)
    assert differing == [date(2026, 1, 2), date(2026, 1, 10)]


def test_every_exchange_gives_a_weekday_for_a_weekend_and_says_by_what() -> None:
    path = repo_root() / "dbt_project" / "seeds" / "reference" / "working_day_swaps.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        swaps = list(csv.DictReader(stream))
    calendar = working_days()
    for swap in swaps:
        worked_on, day_off = (date.fromisoformat(swap[name]) for name in ("worked_on", "day_off"))
        assert worked_on.weekday() >= 5 > day_off.weekday()
        assert calendar.is_working(worked_on)
        assert not calendar.is_working(day_off)
        assert swap["document"]
        assert swap["certainty"] == "recalled"
    assert {swap["worked_on"][:4] for swap in swaps} <= {"2024", "2025", "2026"}


@given(day=DAYS, count=st.integers(-300, 300).filter(bool))
def test_between_undoes_shift(day: date, count: int) -> None:
    calendar = working_days()
    reached = calendar.shift(day, count)
    assert calendar.is_working(reached)
    assert calendar.between(day, reached) == (
        count if count > 0 or calendar.is_working(day) else count + 1
    )


@given(day=DAYS)
def test_a_day_shifted_by_nothing_is_the_day_or_the_next_worked(day: date) -> None:
    calendar = working_days()
    reached = calendar.shift(day, 0)
    assert calendar.is_working(reached)
    assert calendar.between(day, reached) == (0 if calendar.is_working(day) else 1)
    assert list(calendar.days(day, reached)) == [reached]


@given(first=DAYS, middle=DAYS, last=DAYS)
def test_spans_add_up(first: date, middle: date, last: date) -> None:
    calendar = working_days()
    whole = calendar.between(first, last)
    assert whole == calendar.between(first, middle) + calendar.between(middle, last)
    assert whole == -calendar.between(last, first)
    if first <= last:
        assert whole == sum(1 for _ in calendar.days(first + timedelta(days=1), last))


def test_years_without_a_calendar_have_their_weekends_off() -> None:
    bare = WorkingDays([])
    assert bare.shift(date(2040, 1, 6), 1) == date(2040, 1, 9)
    assert bare.between(date(2040, 1, 1), date(2040, 12, 31)) == 261


def test_a_calendar_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "public_holidays.csv").write_text("date,name_vi\n2026-01-10,x\n", "utf-8")
    (tmp_path / "working_day_swaps.csv").write_text("worked_on\n2026-01-10\n", "utf-8")
    with pytest.raises(CalendarError, match="off and a day worked"):
        read_working_days(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "public_holidays.csv").write_text("date\nTết\n", "utf-8")
    with pytest.raises(CalendarError, match="line 2"):
        read_working_days(tmp_path / "other")
