"""What one run of a back-fill does: load a month, as a whole or what the ledger still lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ingestion.backfill.orders import find_order
from ingestion.core.environment import engine
from ingestion.core.period import Period
from ingestion.core.run import LoadSummary, ingest
from ingestion.core.source import read_source
from ingestion.ledger.standing import CellState, standing

SETTLED = ("accepted", "excused")
"""Outcomes after which a cell is not loaded again."""


@dataclass
class MonthSummary:
    """What became of a month.

    Attributes:
        cells: how many (resource, period) were loaded or tried.
        rows: rows loaded.
        rejected: records in quarantine.
        failed: ``source resource period: why`` of each that was not accepted.
        causes: whose fault those are → how many.
    """

    first: date
    last: date
    cells: int = 0
    rows: int = 0
    rejected: int = 0
    failed: list[str] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)

    def count(self, done: LoadSummary) -> None:
        """Add what became of one (resource, period)."""
        self.cells += 1
        self.rows += done.row_count
        self.rejected += done.rejected_count
        if done.state != "accepted":
            self.failed.append(f"{done.source} {done.resource} {done.period}: {done.message}")
            self.causes[done.cause or "ours"] += 1

    def as_dict(self) -> dict[str, Any]:
        """As plain values, so that it may travel as JSON; failures as a number only."""
        return {
            "month": f"{self.first:%Y-%m}",
            "cells": self.cells,
            "rows": self.rows,
            "rejected": self.rejected,
            "failed": len(self.failed),
        }

    def trouble(self) -> str:
        """One line about what failed; empty when nothing did."""
        if not self.failed:
            return ""
        causes = ", ".join(f"{number} {cause}" for cause, number in self.causes.most_common())
        return f"{len(self.failed)} of {self.cells} failed ({causes}), first: {self.failed[0]}"


def load_month(
    sources: Iterable[str], first: date, last: date, backfill: str | None = None
) -> MonthSummary:
    """Load every resource of some sources for the days of a month, one after the other.

    A day that fails is in the ledger as failed and does not stop the others.

    Args:
        sources: names of the sources.
        first: first day.
        last: last day.
        backfill: name of a back-fill; then only its resources, and of them only the days that the
            ledger does not show as accepted or excused. None loads everything again.

    Raises:
        ConfigurationError: warehouse, connection or back-fill are not set up.
    """
    summary = MonthSummary(first, last)
    for source in sources:
        for resource, periods in _work(source, first, last, backfill).items():
            for done in ingest(source, resource, first, last, bulk=True, only=periods):
                summary.count(done)
    return summary


def _work(
    source: str, first: date, last: date, backfill: str | None
) -> dict[str, set[Period] | None]:
    """Resource → the periods to load; None for all that are due."""
    if backfill is None:
        return dict.fromkeys(read_source(source).resources)
    warehouse = engine("cchc_ingest")
    try:
        cells = standing(warehouse, first, last, [source], parties=["system"])
    finally:
        warehouse.dispose()
    resources = find_order(backfill).sources.get(source, ())
    work = {resource: open_periods(cells, resource) for resource in resources}
    return {resource: periods for resource, periods in work.items() if periods}


def open_periods(cells: Iterable[CellState], resource: str) -> set[Period]:
    """The periods of one resource that are not settled."""
    return {
        cell.period
        for cell in cells
        if cell.resource == resource and cell.party == "system" and cell.outcome not in SETTLED
    }
