"""What offices have to report: figures that hang together over the years, by ``data/figures.yml``.

Every figure is a pure function of the seed, the office, the field and the period, so that a report
can be filled without those before it.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

import yaml

from ingestion.core.period import Period
from ingestion.sources.agency_reports.forms_model import Field, Section
from sandbox.province import REFERENCE
from sandbox.randomness import fraction, key_of
from sandbox.reports.owed import DATA, Office

Value = Decimal | dt.date | str
"""A number (1 or 0 for yes and no), a day, a text or the code of a choice."""

_Points = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Filled:
    """What an office has to say in one report.

    Attributes:
        values: by field code; fields that stay empty are left out.
        nil_sections: codes of the sections in which nothing occurred.
    """

    values: Mapping[str, Value]
    nil_sections: frozenset[str]


class Figures:
    """The figures of all offices.

    Args:
        seed: of all draws.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, office: Office, sections: Sequence[Section], period: Period) -> Filled:
        """Return what an office has to report.

        Args:
            office: whose report.
            sections: of the form, as they are asked of the office.
            period: what about.
        """
        drawing = _Drawing(self._seed, office, period)
        values: dict[str, Value] = {}
        nil = set()
        for section in sections:
            drawn = {field.code: drawing.value(field.code, field) for field in section.fields}
            if section.may_be_nil and _is_nothing(section, drawn):
                nil.add(section.code)
                continue
            values.update({code: value for code, value in drawn.items() if value is not None})
        return Filled(values, frozenset(nil))


def _is_nothing(section: Section, drawn: Mapping[str, Value | None]) -> bool:
    """Whether all figures of a section are 0."""
    is_figure = [isinstance(drawn[field.code], Decimal) for field in section.fields]
    return any(is_figure) and not any(
        drawn[field.code] for field in section.fields if isinstance(drawn[field.code], Decimal)
    )


class _Drawing:
    """Draws the values of one office and period."""

    def __init__(self, seed: int, office: Office, period: Period) -> None:
        self._seed, self._office, self._period = seed, office, period
        self._last_day = period.end - dt.timedelta(days=1)
        self._year = period.start.year + (period.end - dt.date(period.start.year, 1, 1)).days / 366

    def value(self, code: str, field: Field) -> Value | None:
        """The value of a field; none for one that stays empty.

        Raises:
            KeyError: ``figures.yml`` knows nothing of the field.
        """
        words = _words()
        reading, _, part = code.rpartition(".")
        if reading in words["ratios"]:
            whole = self._whole(reading)
            return Decimal(whole if part == "denominator" else self._done(reading, whole, field))
        if code in words["series"]:
            return self._series(code, words["series"][code])
        if code in words["levels"]:
            return Decimal(_last(words["levels"][code], self._last_day.year))
        if code in words["facts"]:
            return Decimal(int(self._last_day >= words["facts"][code]))
        if code in words["days"]:
            fact = words["facts"].get(f"{reading}.reported.value")
            is_nothing_to_date = fact is not None and self._last_day < fact
            return None if is_nothing_to_date else self._day(code, words["days"][code])
        if code in words["texts"]:
            fact = f"{reading}.confirmed.value"
            if fact in words["facts"] and self._last_day < words["facts"][fact]:
                return None
            return self._text(words["texts"][code], code)
        return self._of_task(reading, part)

    def _chance(self, *name: str, lasting: bool = False) -> float:
        """Draw for the office; for its period too unless it is to last."""
        moment = () if lasting else (str(self._period),)
        return fraction("reports", self._seed, self._office.key, *name, *moment)

    def _between(self, bounds: Sequence[int], *name: str, lasting: bool = False) -> int:
        low, high = bounds
        return low + int(self._chance(*name, lasting=lasting) * (high - low + 1))

    def _whole(self, reading: str) -> int:
        rule = _words()["ratios"][reading]
        if "each" in rule:
            other, low, high = rule["each"]
            count = self._whole(other)
            return sum(self._between((low, high), reading, str(n)) for n in range(count))
        sizes = rule["sizes"]
        bounds = sizes.get(self._office.kind, next(iter(sizes.values())))
        is_stock = reading.startswith("CV-")
        size = self._between(bounds, reading, lasting=is_stock)
        if not is_stock:
            return size
        # A stock moves by a piece in some years.
        steps = range(2021, self._period.start.year + 1)
        return size + sum(
            int(fraction("moves", self._seed, self._office.key, reading, year) * 3) - 1
            for year in steps
            if year % 2
        )

    def _done(self, reading: str, whole: int, field: Field) -> int:
        rule = _words()["ratios"][reading]
        lean = (self._chance(reading, "lean", lasting=True) - 0.5) * rule["spread"]
        share = min(1.0, max(0.0, _at(rule["share"], self._year) + lean))
        luck = 0.0 if field.nature == "stock" else self._chance(reading, "luck")
        return min(whole, int(whole * share + luck))

    def _series(self, code: str, rule: Mapping[str, Any]) -> Decimal:
        noise = 1 + rule.get("noise", 0) * (2 * self._chance(code, "noise") - 1)
        if "share" in rule:
            low, high = rule["share"]
            whole = self._whole(rule["of"].rpartition(".")[0])
            return Decimal(int(whole * (low + (high - low) * self._chance(code))))
        if "times" in rule:
            whole = int(self._series(rule["of"], _words()["series"][rule["of"]]))
            amount = whole * _at(rule["times"], self._year) * noise
        else:
            amount = _at(rule["by"], self._year) * noise
        rounded = round(max(amount, rule.get("least", 0)), rule.get("decimals", 0))
        return Decimal(f"{rounded:.{rule.get('decimals', 0)}f}").normalize() + 0

    def _day(self, code: str, bounds: Sequence[int]) -> dt.date:
        return self._last_day + dt.timedelta(days=self._between(bounds, code))

    def _text(self, pattern: str, code: str) -> str:
        return pattern.format(
            number=self._between((11, 940), code), code=self._office.code, year=self._year
        )

    def _of_task(self, task: str, part: str) -> Value | None:
        """Status, day of completion and evidence of a task of the plan."""
        begun, ended, deadline = self._life(task)
        is_done = ended is not None and ended <= self._last_day
        if part == "status":
            if is_done:
                return "done"
            if deadline is not None and deadline <= self._last_day:
                return "late"
            return "in_progress" if begun <= self._last_day else "not_started"
        if part == "completed_on":
            return ended if is_done else None
        if part == "evidence" and begun <= self._last_day:
            patterns = _words()["tasks"]["evidence"]
            chosen = key_of("evidence", self._seed, self._office.key, task) % len(patterns)
            return self._text(patterns[chosen], f"{task}.evidence")
        return None

    def _life(self, task: str) -> tuple[dt.date, dt.date | None, dt.date | None]:
        """When an office begins and ends a task, and the day it should be ended by if any."""
        rule, known = _words()["tasks"], _tasks()[task]
        start = dt.date.fromisoformat(known["deadline_start"] or "2026-01-01")
        chance = self._chance(task, "begins", lasting=True)
        start = min(start, dt.date(2026, 1, 1) + dt.timedelta(days=90))
        delay = 0 if chance > rule["begins_late"] else 40 + int(chance / rule["begins_late"] * 200)
        begun = start + dt.timedelta(days=delay)
        if known["deadline_kind"] in ("month", "day", "year"):
            deadline = dt.date.fromisoformat(known["deadline_end"])
            gap = self._between(rule["around_deadline"], task, "ends", lasting=True)
            return start, deadline + dt.timedelta(days=gap), deadline
        if known["deadline_kind"] == "range" and self._chance(task, lasting=True) < rule["ends"]:
            days = 240 + int(self._chance(task, "length", lasting=True) * 1300)
            return begun, begun + dt.timedelta(days=days), None
        return begun, None, None


def _at(points: _Points, year: float) -> float:
    """Linear between the points, level outside them."""
    known = sorted(points)
    for before, after in pairwise(known):
        if before <= year <= after:
            gap = (year - before) / (after - before)
            return points[before] + (points[after] - points[before]) * gap
    return points[known[0] if year < known[0] else known[-1]]


def _last(points: _Points, year: int) -> float:
    return points[max(known for known in points if known <= max(year, min(points)))]


@cache
def _tasks() -> Mapping[str, Mapping[str, str]]:
    with (REFERENCE / "plan_tasks.csv").open(encoding="utf-8", newline="") as lines:
        return {row["task_ref"]: row for row in csv.DictReader(lines)}


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((DATA / "figures.yml").read_text(encoding="utf-8"))
    return words
