"""What one run of a back-fill does: load a month, as a whole or what the ledger still lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ingestion.backfill.orders import find_order
from ingestion.core.environment import engine
from ingestion.core.run import ingest
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
        failed: ``resource period: why`` of each that was not accepted.
        causes: whose fault those are → how many.
    """

    first: date
    last: date
    cells: int = 0
    rows: int = 0
    rejected: int = 0
    failed: list[str] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)

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


def load_month(source: str, first: date, last: date, backfill: str | None = None) -> MonthSummary:
    """Load every resource of a source for the days of a month, resource by resource.

    A day that fails is in the ledger as failed and does not stop the others.

    Args:
        source: name of the source.
        first: first day.
        last: last day.
        backfill: name of a back-fill; then only its resources, and of them only the days that the
            ledger does not show as accepted or excused. None loads everything again.

    Raises:
        ConfigurationError: warehouse, connection or back-fill are not set up.
    """
    summary = MonthSummary(first, last)
    for resource, span in _work(source, first, last, backfill):
        for done in ingest(source, resource, *span, bulk=True):
            summary.cells += 1
            summary.rows += done.row_count
            summary.rejected += done.rejected_count
            if done.state != "accepted":
                summary.failed.append(f"{resource} {done.period}: {done.message}")
                summary.causes[done.cause or "ours"] += 1
    return summary


def _work(
    source: str, first: date, last: date, backfill: str | None
) -> list[tuple[str, tuple[date, date]]]:
    if backfill is None:
        return [(resource, (first, last)) for resource in read_source(source).resources]
    resources = find_order(backfill).sources.get(source, ())
    warehouse = engine("cchc_ingest")
    try:
        cells = standing(warehouse, first, last, [source], parties=["system"])
    finally:
        warehouse.dispose()
    return [
        (resource, span)
        for resource in resources
        for span in open_spans(cell for cell in cells if cell.resource == resource)
    ]


def open_spans(cells: Iterable[CellState]) -> list[tuple[date, date]]:
    """The days of one resource that are not settled, as spans without a gap, in order."""
    spans: list[tuple[date, date]] = []
    for cell in sorted(cells, key=lambda cell: cell.period):
        if cell.party != "system" or cell.outcome in SETTLED:
            continue
        start, end = cell.period.start, cell.period.end - timedelta(days=1)
        if spans and spans[-1][1] + timedelta(days=1) == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans
