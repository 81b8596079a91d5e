"""The steps of a run that a scheduler drives: small answers, JSON only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from ingestion.core.period import Period
from ingestion.core.run import LoadSummary, ingest, require_accepted
from ingestion.sources.open_data_portal.settings import SOURCE


def harvest(first: date, last: date) -> dict[str, Any]:
    """Load the snapshots of a span of days: datasets, resources, publishers.

    Args:
        first: first day.
        last: last day.

    Returns:
        ``days`` that were loaded, ``lacking`` with the reason of each day that was not, and how
        many ``datasets`` were loaded.

    Raises:
        SourceUnavailable, DataRefused, IngestionError: no day was accepted, or publishers were not.
    """
    loaded = ingest(SOURCE, "datasets", first, last)
    days = [Period.parse(item.period) for item in loaded if item.state == "accepted"]
    if not days:
        require_accepted(loaded)
    require_accepted(_ingest("publishers", days))
    return {
        "days": [str(day) for day in days],
        "lacking": {item.period: item.message for item in loaded if item.state != "accepted"},
        "datasets": sum(item.row_count for item in loaded),
    }


def look(days: Sequence[str]) -> dict[str, int]:
    """Load the contents of some days, the earlier one first.

    Args:
        days: whose snapshots are loaded.

    Raises:
        SourceUnavailable, DataRefused, IngestionError: a day was not accepted.
    """
    summaries = _ingest("contents", [Period.parse(day) for day in days])
    require_accepted(summaries)
    return {"days": len(summaries), "contents": sum(item.row_count for item in summaries)}


def _ingest(resource: str, days: Sequence[Period]) -> list[LoadSummary]:
    if not days:
        return []
    return ingest(SOURCE, resource, min(days).start, max(days).start, only=days)
