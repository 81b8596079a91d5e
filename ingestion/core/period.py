"""Reporting periods: the only thing that decides which rows and files belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

Kind = Literal["day", "month", "quarter", "half_year", "year"]

MONTHS: dict[Kind, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""Length of each kind of period but the day."""
_FORM = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<month>\d{2})(?:-(?P<day>\d{2}))?|Q(?P<quarter>[1-4])|H(?P<half>[12])))?",
    re.ASCII,
)


@dataclass(frozen=True, order=True)
class Period:
    """A calendar period; ordered by its first day.

    Attributes:
        start: first day.
        kind: ``day``, ``month``, ``quarter``, ``half_year`` or ``year``.
    """

    start: date
    kind: Kind = "day"

    def __post_init__(self) -> None:
        """Refuse a start that is not the first day of such a period."""
        if self.kind == "day":
            return
        if self.start.day != 1 or (self.start.month - 1) % MONTHS[self.kind]:
            raise ValueError(f"{self.start} does not begin a {self.kind}")

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``2026-11-20``, ``2026-11``, ``2026-Q4``, ``2026-H2`` or ``2026``.

        Raises:
            ValueError: any other form, or a day that does not exist.
        """
        found = _FORM.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no period (2026-11-20, 2026-11, 2026-Q4, 2026-H2, 2026)")
        year = int(found["year"])
        if found["day"]:
            return cls(date(year, int(found["month"]), int(found["day"])), "day")
        if found["month"]:
            return cls(date(year, int(found["month"]), 1), "month")
        if found["quarter"]:
            return cls(date(year, 3 * int(found["quarter"]) - 2, 1), "quarter")
        if found["half"]:
            return cls(date(year, 6 * int(found["half"]) - 5, 1), "half_year")
        return cls(date(year, 1, 1), "year")

    @property
    def end(self) -> date:
        """First day after the period."""
        if self.kind == "day":
            return self.start + timedelta(days=1)
        months = self.start.year * 12 + self.start.month - 1 + MONTHS[self.kind]
        return date(months // 12, months % 12 + 1, 1)

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """The half-open interval of moments of this period in a time zone."""
        return (
            datetime.combine(self.start, time(), zone),
            datetime.combine(self.end, time(), zone),
        )

    def days(self) -> Iterator[Period]:
        """Every day of the period, in order."""
        for offset in range((self.end - self.start).days):
            yield Period(self.start + timedelta(days=offset))

    def __str__(self) -> str:
        """The form that `parse` reads; also the value of ``_period`` in raw."""
        match self.kind:
            case "day":
                return self.start.isoformat()
            case "month":
                return f"{self.start:%Y-%m}"
            case "quarter":
                return f"{self.start:%Y}-Q{(self.start.month + 2) // 3}"
            case "half_year":
                return f"{self.start:%Y}-H{(self.start.month + 5) // 6}"
            case "year":
                return f"{self.start:%Y}"
