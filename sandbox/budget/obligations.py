"""What each publisher owes and by when, as ``data/publishing.yml`` says; not what it does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import yaml

from sandbox.budget.publishers import Publisher
from sandbox.clock import WorkCalendar, calendar_day, day_number
from sandbox.randomness import fraction

DocumentKind = Literal["draft_estimate", "decided_estimate", "execution", "settlement"]
PeriodType = Literal["quarter", "half_year", "nine_months", "year"]

# Name in the data: type, first month, last month.
_PERIODS: Final[dict[str, tuple[PeriodType, int, int]]] = {
    "Q1": ("quarter", 1, 3),
    "half_year": ("half_year", 1, 6),
    "Q3": ("quarter", 7, 9),
    "nine_months": ("nine_months", 1, 9),
    "year": ("year", 1, 12),
}


@dataclass(frozen=True, slots=True)
class Period:
    """The part of a budget year that a document is about.

    Attributes:
        type: what part it is.
        start: its first day.
        end: its last day.
    """

    type: PeriodType
    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class Obligation:
    """A document that a publisher owes.

    Attributes:
        publisher: who owes it.
        kind: which document.
        budget_year: of which year.
        period: of which part of it.
        regime: ``old`` (NĐ 163/2016) or ``new`` (NĐ 73/2026).
        circular: what its forms follow, as publishers write it.
        approved_on: the day it was sent, approved or signed.
        due_on: last day to publish it; none where no rule is known.
    """

    publisher: Publisher
    kind: DocumentKind
    budget_year: int
    period: Period
    regime: str
    circular: str
    approved_on: dt.date
    due_on: dt.date | None

    @property
    def key(self) -> str:
        """Its identity, such as ``1005/execution/2026/half_year/2026-01-01``."""
        period = f"{self.period.type}/{self.period.start}"
        return f"{self.publisher.agency_key}/{self.kind}/{self.budget_year}/{period}"


class Rules:
    """The obligations of a publisher, by the regime of each budget year.

    Args:
        path: ``publishing.yml``.
        calendar: working days.
        seed: draws the days of approval.
    """

    def __init__(self, path: Path, calendar: WorkCalendar, seed: int) -> None:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._regimes: dict[str, Any] = given["regimes"]
        self._documents: list[dict[str, Any]] = given["documents"]
        self._calendar, self._seed = calendar, seed

    def owed_by(self, publisher: Publisher, budget_year: int) -> Iterator[Obligation]:
        """Yield what a publisher owes of a budget year, while it exists.

        It must exist when the document is approved and, for an execution, on the last day of the
        period: what ended on 30/6/2025 owes no half-year report of 2025, nor do its heirs.
        """
        for rule in self._documents:
            kind: DocumentKind = rule["kind"]
            if rule["level"] not in (publisher.level, "all"):
                continue
            if rule["regime"] != self._regime_of(kind, budget_year):
                continue
            period = _period(rule.get("period", "year"), budget_year)
            place = f"{publisher.agency_key} {kind} {budget_year} {period.type} {period.start}"
            approved_on = self._approved(rule["approved"], budget_year, period, place)
            if not publisher.exists_on(approved_on):
                continue
            if kind == "execution" and not publisher.exists_on(period.end):
                continue
            circulars = self._regimes[rule["regime"]]["circular"]
            yield Obligation(
                publisher=publisher,
                kind=kind,
                budget_year=budget_year,
                period=period,
                regime=rule["regime"],
                circular=circulars.get(publisher.level, circulars["default"]),
                approved_on=approved_on,
                due_on=self._due(rule.get("due"), approved_on, period, budget_year),
            )

    def _regime_of(self, kind: DocumentKind, budget_year: int) -> str:
        return "old" if budget_year <= self._regimes["old"]["last_year"][kind] else "new"

    def _approved(
        self, window: dict[str, Any], budget_year: int, period: Period, place: str
    ) -> dt.date:
        """Draw a working day from the window of days in which such documents are approved."""
        if "days" in window:
            first, last = (period.end + dt.timedelta(days=gap) for gap in window["days"])
        else:
            year = budget_year + window["year"]
            first, last = (
                dt.date.fromisoformat(f"{year}-{window[bound]}") for bound in ("from", "to")
            )
        days = [day_number(first) + gap for gap in range((last - first).days + 1)]
        working = [day for day in days if self._calendar.is_working[day]] or days
        chosen = int(fraction("approved", self._seed, place) * len(working))
        return calendar_day(working[chosen])

    def _due(
        self, rule: dict[str, Any] | None, approved_on: dt.date, period: Period, budget_year: int
    ) -> dt.date | None:
        if rule is None:
            return None
        start = {"approved": approved_on, "period_end": period.end}.get(rule["after"])
        if start is None:
            start = dt.date.fromisoformat(f"{budget_year - 1}-{rule['session']}")
        if "working_days" not in rule:
            return start + dt.timedelta(days=rule["days"])
        # Counted from the day after, so that a start on a Saturday gains no day.
        following, further = day_number(start) + 1, rule["working_days"] - 1
        days = self._calendar.shift(np.array([following]), np.array([further]))
        return calendar_day(int(days[0]))


def _period(name: str, budget_year: int) -> Period:
    kind, first, last = _PERIODS[name]
    following = dt.date(budget_year + last // 12, last % 12 + 1, 1)
    return Period(kind, dt.date(budget_year, first, 1), following - dt.timedelta(days=1))
