"""Working days of the province: five days a week without the days off, with the Saturdays worked.

The days are data: ``public_holidays.csv`` (holidays, days off in lieu, days off by exchange) and
``working_day_swaps.csv`` (Saturdays that the Government had worked for a day off before or after).
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from ingestion.core.environment import ConfigurationError, repo_root

_SATURDAY = 5


class CalendarError(ConfigurationError):
    """The seeds of the calendar do not hold together; the message names the file and line."""


class WorkingDays:
    """Which days are worked, and how far one is from another in days worked.

    Years without a row in the calendar have their weekends off and nothing else.

    Args:
        days_off: days on which nobody works, weekends need not be among them.
        worked: Saturdays and Sundays that are worked all the same.
    """

    def __init__(self, days_off: Iterable[date], worked: Iterable[date] = ()) -> None:
        self._worked = frozenset(worked)
        self._days_off = frozenset(days_off) - self._worked
        self._free_weekdays = sorted(d for d in self._days_off if d.weekday() < _SATURDAY)
        self._worked_weekends = sorted(d for d in self._worked if d.weekday() >= _SATURDAY)

    def is_working(self, day: date) -> bool:
        """Whether offices work on a day."""
        return day in self._worked or (day.weekday() < _SATURDAY and day not in self._days_off)

    def shift(self, day: date, count: int) -> date:
        """The day so many working days later, or earlier if ``count`` is negative.

        A count of 0 gives the day itself, or the next working day if it is a day off. From a day
        off the first working day after it is one day later, the last one before it one earlier.
        """
        if count == 0:
            return day if self.is_working(day) else self.shift(day, 1)
        step, left, reached = timedelta(days=1 if count > 0 else -1), abs(count), day
        while left:
            reached += step
            left -= self.is_working(reached)
        return reached

    def between(self, first: date, last: date) -> int:
        """How many working days lie after ``first`` up to ``last``; negative if it lies before."""
        if last < first:
            return -self.between(last, first)
        return self._worked_before(last + timedelta(days=1)) - self._worked_before(
            first + timedelta(days=1)
        )

    def days(self, first: date, last: date) -> Iterator[date]:
        """The working days between two days, both included, in order."""
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            if self.is_working(day):
                yield day

    def _worked_before(self, day: date) -> int:
        """Working days before a day, counted from the first Monday there is."""
        weeks, weekday = divmod(day.toordinal() - 1, 7)
        return (
            weeks * _SATURDAY
            + min(weekday, _SATURDAY)
            - bisect_left(self._free_weekdays, day)
            + bisect_left(self._worked_weekends, day)
        )


def working_days() -> WorkingDays:
    """The calendar of the seeds.

    Raises:
        OSError: a file is not there.
        CalendarError: a row cannot be read.
    """
    return read_working_days(repo_root() / "dbt_project" / "seeds" / "reference")


@cache
def read_working_days(folder: Path) -> WorkingDays:
    """Read the calendar.

    Args:
        folder: where ``public_holidays.csv`` and ``working_day_swaps.csv`` lie.

    Raises:
        OSError: a file is not there.
        CalendarError: a row cannot be read, or a day is off and worked at once.
    """
    days_off = frozenset(_days(folder / "public_holidays.csv", "date"))
    worked = frozenset(_days(folder / "working_day_swaps.csv", "worked_on"))
    if both := sorted(days_off & worked):
        raise CalendarError(f"{both[0]} is a day off and a day worked at once")
    return WorkingDays(days_off, worked)


def _days(path: Path, column: str) -> Iterator[date]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        try:
            for row in reader:
                yield date.fromisoformat(row[column])
        except (KeyError, ValueError) as error:
            raise CalendarError(f"{path.name}, line {reader.line_num}: {error}") from error
