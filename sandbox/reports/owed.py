"""Which reports offices owe and by when, as ``data/owed.yml`` says; not what they send."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from ingestion.core.period import Kind, Period
from sandbox.clock import WorkCalendar, calendar_day, day_number
from sandbox.province import REFERENCE

DATA: Final = Path(__file__).parent / "data"
_MONTHS: Final[dict[Kind, int]] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Office:
    """An agency that reports.

    Attributes:
        key: of the reference seed; codes are given again to other territory.
        code: of the reference seed.
        name: as printed on its forms.
        kind: ``department`` | ``district`` | ``commune`` | ``central_branch`` | ``public_unit``.
        first_day: first day it exists.
        end_day: first day it no longer exists; the last day there is for one that exists.
    """

    key: int
    code: str
    name: str
    kind: str
    first_day: dt.date
    end_day: dt.date

    def exists_on(self, day: dt.date) -> bool:
        """Whether it is there on a day."""
        return self.first_day <= day < self.end_day


@dataclass(frozen=True, slots=True)
class Owed:
    """A report that an office owes.

    Attributes:
        office: who owes it.
        form_code: printed on the form.
        period: what it is about.
        due_on: last day to send it.
    """

    office: Office
    form_code: str
    period: Period
    due_on: dt.date

    @property
    def key(self) -> str:
        """Its identity, such as ``119/BC-CCHC-Q/2026-Q3``."""
        return f"{self.office.key}/{self.form_code}/{self.period}"


@cache
def all_offices() -> tuple[Office, ...]:
    """All agencies of the reference seed but the technical ones, in the order of their keys."""
    with (REFERENCE / "agencies.csv").open(encoding="utf-8", newline="") as lines:
        found = (_office(row) for row in csv.DictReader(lines) if int(row["agency_key"]) > 0)
        return tuple(sorted(found, key=lambda office: office.key))


@cache
def owed_reports(first: dt.date, until: dt.date) -> tuple[Owed, ...]:
    """Reports of the periods that end in a span of days, by period, form and office.

    Args:
        first: the earliest last day of a period.
        until: the latest.
    """
    calendar = WorkCalendar(REFERENCE)
    rules: list[dict[str, Any]] = yaml.safe_load((DATA / "owed.yml").read_text("utf-8"))["reports"]
    found = [
        owed
        for rule in rules
        for period in _periods(rule["every"], rule["from"], min(rule.get("to", until), until))
        if first < period.end <= until + dt.timedelta(days=1)
        for owed in _owed(rule, period, calendar)
    ]
    return tuple(sorted(found, key=lambda o: (o.period.end, o.form_code, o.office.key)))


def following(period: Period, steps: int) -> Period:
    """The period of the same kind so many steps later; earlier for a negative number."""
    months = period.start.year * 12 + period.start.month - 1 + steps * _MONTHS[period.kind]
    return Period(dt.date(months // 12, months % 12 + 1, 1), period.kind)


def _periods(every: Kind, first: dt.date, end: dt.date) -> Iterator[Period]:
    period = Period(first if every != "year" else first.replace(month=1), every)
    while period.start < end:
        yield period
        period = following(period, 1)


def _owed(rule: dict[str, Any], period: Period, calendar: WorkCalendar) -> Iterator[Owed]:
    due_on = _due_on(period, rule["days"], calendar)
    last_day = period.end - dt.timedelta(days=1)
    for office in all_offices():
        is_meant = office.kind in rule.get("kinds", ()) or office.code in rule.get("codes", ())
        if is_meant and office.exists_on(due_on if rule["exists"] == "due_day" else last_day):
            yield Owed(office, rule["form"], period, due_on)


def _due_on(period: Period, days: int, calendar: WorkCalendar) -> dt.date:
    """The day itself or the next working day."""
    day = day_number(period.end + dt.timedelta(days=days - 1))
    return calendar_day(int(calendar.shift(np.array([day]), np.array([0]))[0]))


def _office(row: dict[str, str]) -> Office:
    return Office(
        key=int(row["agency_key"]),
        code=row["agency_code"],
        name=row["name_vi"],
        kind=row["kind"],
        first_day=dt.date.fromisoformat(row["valid_from"]),
        end_day=dt.date.fromisoformat(row["valid_to"]) if row["valid_to"] else dt.date.max,
    )
