"""Local time of the province as plain integers, its working days and how busy each day is.

Instants are seconds since 2020-01-01 00:00 in Asia/Ho_Chi_Minh (a fixed +07:00 with no daylight
saving), days are days since then. No function here reads the wall clock.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sandbox.randomness import Floats, Ints

DAY: Final = 86_400
ORIGIN: Final = dt.date(2020, 1, 1)
HORIZON: Final = (dt.date(2036, 1, 1) - ORIGIN).days
ZONE: Final = dt.timezone(dt.timedelta(hours=7))
ABSENT: Final = -1

Texts = npt.NDArray[np.object_]


def day_number(day: dt.date) -> int:
    """Return the number of a calendar day.

    Raises:
        ValueError: outside 2020-01-01 … 2035-12-31, the years the sandbox can play.
    """
    number = (day - ORIGIN).days
    if not 0 <= number < HORIZON:
        raise ValueError(f"{day} is outside the years the sandbox plays (2020–2035)")
    return number


def calendar_day(number: int) -> dt.date:
    """Return the calendar day of a day number."""
    return ORIGIN + dt.timedelta(days=int(number))


def instant(moment: dt.datetime) -> int:
    """Return the second number of a moment; without a zone it is taken as Vietnamese time."""
    local = moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment.astimezone(ZONE)
    whole = int((local - dt.datetime(ORIGIN.year, 1, 1, tzinfo=ZONE)) // dt.timedelta(seconds=1))
    # Half-open windows on whole seconds: a bound inside a second belongs to the next whole second.
    return whole + (1 if local.microsecond else 0)


def moment_of(second: int) -> dt.datetime:
    """Return the moment (with its +07:00 zone) of a second number."""
    return dt.datetime(ORIGIN.year, 1, 1, tzinfo=ZONE) + dt.timedelta(seconds=int(second))


def parse_moment(text: str) -> dt.datetime:
    """Read a day (``2026-11-20``) or an ISO 8601 moment.

    A blank in place of ``+`` (an unquoted URL) is forgiven.

    Raises:
        ValueError: the text is neither.
    """
    moment = dt.datetime.fromisoformat(text.strip().replace(" 07:00", "+07:00"))
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment


class WorkCalendar:
    """Working days and the busyness of every day of the horizon.

    Args:
        reference: folder of the reference seeds, with ``public_holidays.csv`` (columns ``date``,
            ``name_vi``) and ``working_day_swaps.csv`` (column ``worked_on``: week-ends worked for
            a day off). Beyond the years they cover only week-ends are free.
    """

    def __init__(self, reference: Path) -> None:
        numbers = np.arange(HORIZON)
        self._weekday = (numbers + ORIGIN.weekday()) % 7
        is_holiday = np.zeros(HORIZON, dtype=bool)
        new_years: list[int] = []
        for number, row in _numbered(reference / "public_holidays.csv", "date"):
            is_holiday[number] = True
            if row["name_vi"].casefold() in {"tết nguyên đán", "mùng một tết nguyên đán"}:
                new_years.append(number)
        is_worked = np.zeros(HORIZON, dtype=bool)
        for number, _ in _numbered(reference / "working_day_swaps.csv", "worked_on"):
            is_worked[number] = True
        self.is_working: npt.NDArray[np.bool_] = ((self._weekday < 5) & ~is_holiday) | is_worked
        self._is_holiday = is_holiday
        self._is_worked = is_worked
        # ordinal[d] = working days before day d; working[o] = the o-th working day.
        self._ordinal: Ints = np.concatenate([[0], np.cumsum(self.is_working)[:-1]]).astype(
            np.int64
        )
        self._working: Ints = np.flatnonzero(self.is_working).astype(np.int64)
        self.busyness = self._busyness(new_years)
        self._month_close = self._month_closes()

    def shift(self, days: Ints, working_days: Ints) -> Ints:
        """Return the day so many working days later; 0 gives the day itself or the next one."""
        ordinals = np.minimum(self._ordinal[days] + working_days, len(self._working) - 1)
        shifted: Ints = self._working[ordinals]
        return shifted

    def working_days_between(self, first: Ints, last: Ints) -> Ints:
        """Return the number of working days in [first, last)."""
        return self._ordinal[last] - self._ordinal[first]

    def month_close(self, days: Ints) -> Ints:
        """Return the last working day of each day's month."""
        return self._month_close[days]

    def _month_closes(self) -> Ints:
        closes = np.zeros(HORIZON, dtype=np.int64)
        first = ORIGIN
        while (start := (first - ORIGIN).days) < HORIZON:
            following = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
            end = min((following - ORIGIN).days, HORIZON)
            closes[start:end] = start + int(np.flatnonzero(self.is_working[start:end])[-1])
            first = following
        return closes

    def _busyness(self, new_years: list[int]) -> Floats:
        """Weigh each day: working week, holidays, Tết, quarter ends, December, slow growth."""
        numbers = np.arange(HORIZON)
        weight: Floats = np.array([1.25, 1.1, 1.05, 1.0, 0.97, 0.09, 0.05])[self._weekday]
        weight = np.where(self._is_holiday, 0.03, weight)
        weight = np.where(self._is_worked, 0.97, weight)
        for new_year in new_years:
            gap = numbers - new_year
            weight = np.where((gap >= -14) & (gap < -3), weight * 0.75, weight)
            weight = np.where((gap >= -3) & (gap < 14), weight * 0.45, weight)
        days = [calendar_day(number) for number in range(HORIZON)]
        days_left = np.array([_days_to_quarter_end(day) for day in days])
        weight = np.where(days_left < 10, weight * 1.3, weight)
        weight = np.where(np.array([day.month for day in days]) == 12, weight * 1.08, weight)
        growth = 0.8 + 0.2 * (numbers - day_number(dt.date(2021, 1, 1))) / (365.25 * 5.5)
        weight = weight * np.clip(growth, 0.75, 1.25)
        of_2026 = slice(day_number(dt.date(2026, 1, 1)), day_number(dt.date(2027, 1, 1)))
        share: Floats = weight / weight[of_2026].sum()
        return share


def _numbered(path: Path, column: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a seed with the day number of a column, within the horizon."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            number = (dt.date.fromisoformat(row[column]) - ORIGIN).days
            if 0 <= number < HORIZON:
                yield number, row


def _days_to_quarter_end(day: dt.date) -> int:
    month = (day.month - 1) // 3 * 3 + 3
    last = dt.date(day.year + month // 12, month % 12 + 1, 1)
    return (last - day).days


def text_column(texts: list[str]) -> Texts:
    """Return texts as an object column (no fixed width, no copy on indexing)."""
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


class DateTexts:
    """Writes instants in the date formats met in one-stop systems, a column at a time."""

    FORMATS: Final = ("compact", "spaced", "iso")

    def __init__(self) -> None:
        days = [calendar_day(number) for number in range(HORIZON)]
        clocks = [(second // 3600, second // 60 % 60, second % 60) for second in range(DAY)]
        self._compact_day = text_column([day.strftime("%Y%m%d") for day in days])
        self._dashed_day = text_column([day.isoformat() for day in days])
        self._compact_clock = text_column([f"{h:02d}{m:02d}{s:02d}" for h, m, s in clocks])
        self._colon_clock = text_column([f"{h:02d}:{m:02d}:{s:02d}" for h, m, s in clocks])

    def write(self, seconds: Ints, formats: Ints | None = None) -> Texts:
        """Return the texts of instants; ``ABSENT`` becomes an empty text.

        Args:
            seconds: second numbers.
            formats: index into ``FORMATS`` per instant; all compact (``yyyyMMddHHmmss``) when left
                out.
        """
        is_given = seconds >= 0
        day, clock = np.divmod(np.where(is_given, seconds, 0), DAY)
        texts: Texts = self._compact_day[day] + self._compact_clock[clock]
        if formats is not None and formats.any():
            dashed, colon = self._dashed_day[day], self._colon_clock[clock]
            texts = np.where(formats == 1, dashed + " " + colon, texts)
            texts = np.where(formats == 2, dashed + "T" + colon + "+07:00", texts)
        return np.where(is_given, texts, "")
