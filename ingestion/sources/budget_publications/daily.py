"""The steps of a run that a scheduler drives: small answers, JSON only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from ingestion.core.period import Period
from ingestion.core.run import LoadSummary, ingest, require_accepted
from ingestion.ledger.obligations import periods_due
from ingestion.sources.budget_publications.changes import changed_windows
from ingestion.sources.budget_publications.reading import Batch, pending_of
from ingestion.sources.budget_publications.settings import SOURCE

_FEW = 31
"""More windows than these are a catch-up: they are loaded together, as in a back-fill."""


def find(first: date, last: date) -> dict[str, Any]:
    """Load the documents of a span of days and of earlier windows that changed.

    Args:
        first: first day; windows count that end between the two days.
        last: last day.

    Returns:
        ``windows`` that were loaded, and ``span``: first and last day that changed.

    Raises:
        SourceUnavailable, DataRefused, IngestionError: a window was not accepted.
    """
    changed = changed_windows(first, last)
    windows = sorted({*changed, *periods_due(SOURCE, "documents", first, last)})
    require_accepted(load_windows("documents", windows))
    since = min([first, *(period.start for period in windows)])
    return {
        "windows": [str(period) for period in windows],
        "span": [since.isoformat(), last.isoformat()],
    }


def share(windows: Sequence[str]) -> list[Batch]:
    """Files of some windows that the present reader has not read yet, in batches."""
    return pending_of([Period.parse(window) for window in windows])


def load(windows: Sequence[str]) -> dict[str, Any]:
    """Load the readings of some windows.

    Raises:
        IngestionError: a window was not accepted.
    """
    summaries = load_windows("readings", [Period.parse(window) for window in windows])
    require_accepted(summaries)
    rows, rejected = (
        sum(getattr(item, name) for item in summaries) for name in ("row_count", "rejected_count")
    )
    return {"windows": len(summaries), "rows": rows, "rejected": rejected}


def load_windows(resource: str, windows: Sequence[Period]) -> list[LoadSummary]:
    """Ingest exactly these windows; many of them in few transactions."""
    if not windows:
        return []
    first = min(period.start for period in windows)
    last = max(period.end for period in windows) - timedelta(days=1)
    return ingest(SOURCE, resource, first, last, only=windows, bulk=len(windows) > _FEW)
