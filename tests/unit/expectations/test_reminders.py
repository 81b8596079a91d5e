"""When an agency is reminded: by working days, through Tết and exchanged days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.notices.reminders import grade_of, read_settings, sentence_of
from ingestion.core.working_days import working_days

SETTINGS, CALENDAR = read_settings(), working_days()


def grades(due_on: date, first: date, last: date) -> dict[str, str]:
    """The first day of each grade between two days, as month and day."""
    found: dict[str, str] = {}
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if grade := grade_of(SETTINGS, CALENDAR, due_on, day):
            found.setdefault(grade, f"{day:%m-%d}")
    return found


@pytest.mark.parametrize(
    ("due_on", "begins"),
    [
        # Thursday; the weekend lies between the due day and T+2.
        ("2026-10-15", "10-12 10-14 10-15 10-19 10-22"),
        # The last day before the nine days of Tết: nobody is late by nine days.
        ("2026-02-13", "02-10 02-12 02-13 02-24 02-27"),
        # The first day after: the warnings come before Tết.
        ("2026-02-23", "02-11 02-13 02-23 02-25 03-02"),
        # Saturday 2026-08-22 is worked, Monday 2026-08-31 to Wednesday are off.
        ("2026-08-24", "08-20 08-22 08-24 08-26 09-03"),
    ],
)
def test_grades_begin_on_working_days(due_on: str, begins: str) -> None:
    due = date.fromisoformat(due_on)
    names = ("T-3", "T-1", "T+0", "T+2", "T+5")
    expected = dict(zip(names, begins.split(), strict=True))
    assert grades(due, due - timedelta(days=25), due + timedelta(days=25)) == expected


def test_nobody_is_told_during_tet_of_what_fell_due_before_it() -> None:
    eve = date(2026, 2, 13)
    during = [eve + timedelta(days=n) for n in range(1, 10)]
    assert {grade_of(SETTINGS, CALENDAR, eve, day) for day in during} == {None}


def test_what_is_long_past_is_no_longer_reminded_of() -> None:
    due = date(2026, 10, 15)
    assert grade_of(SETTINGS, CALENDAR, due, date(2026, 10, 29)) == "T+5"
    assert grade_of(SETTINGS, CALENDAR, due, date(2026, 10, 30)) is None


def test_words_count_working_days() -> None:
    due = date(2026, 2, 23)
    assert sentence_of(SETTINGS, CALENDAR, due, date(2026, 2, 12)) == (
        "Còn 2 ngày làm việc đến hạn nộp."
    )
    assert sentence_of(SETTINGS, CALENDAR, due, due) == "Hôm nay là hạn nộp."
    assert "quá hạn 1 ngày làm việc" in sentence_of(SETTINGS, CALENDAR, due, date(2026, 2, 24))


@given(due=st.dates(date(2021, 1, 1), date(2030, 12, 31)), offset=st.integers(-40, 40))
def test_grades_never_go_back(due: date, offset: int) -> None:
    due = CALENDAR.shift(due, 0)
    order = [None, *SETTINGS.grades]
    today, tomorrow = (
        grade_of(SETTINGS, CALENDAR, due, due + timedelta(days=offset + n)) for n in (0, 1)
    )
    if today is not None and tomorrow is not None:
        assert order.index(today) <= order.index(tomorrow)
