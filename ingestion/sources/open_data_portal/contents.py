"""The contents of a day: for every resource whether its link answers and what the file holds."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ingestion.core.door import Door
from ingestion.core.errors import DataRefused
from ingestion.core.extractor import Fetched, Progress, Workplace, finish_in_thread
from ingestion.core.landing import Incoming
from ingestion.core.period import Period
from ingestion.core.source import Source
from ingestion.sources.open_data_portal.bounds import Bounds
from ingestion.sources.open_data_portal.choosing import Chooser, Plan
from ingestion.sources.open_data_portal.content_rows import Record, content_rows
from ingestion.sources.open_data_portal.inspection import Inspector
from ingestion.sources.open_data_portal.known import read_day
from ingestion.sources.open_data_portal.looking import Looking, Looks
from ingestion.sources.open_data_portal.snapshot import Portal


class Contents:
    """Lands one row for every resource of a day's snapshot."""

    def __init__(
        self,
        source: Source,
        bounds: Bounds,
        workplace: Workplace,
        portal: Portal | None,
        progress: Progress | None = None,
    ) -> None:
        """Without a portal nothing is asked for; what is known is carried on."""
        self._source = source
        self._bounds = bounds
        self._workplace = workplace
        self._portal = portal
        self._progress = progress
        self._contract = source.contract.resources["contents"]

    async def fetch(self, period: Period, place: Incoming) -> Fetched:
        """Land the contents of a day.

        Raises:
            DataRefused: the day's datasets are not loaded; a dry run has none.
        """
        if self._workplace.engine is None:
            raise DataRefused("contents are those of datasets in the warehouse; a dry run has none")
        known = await asyncio.to_thread(read_day, self._workplace.engine, period)
        if known is None:
            raise DataRefused(
                f"the datasets of {period} are not loaded, so there is nothing to see"
            )
        bounds = self._bounds.contents
        with Inspector(bounds.workers) as inspector:
            plans = Chooser(period.start, bounds.recheck_days, inspector.version).plans(known)
            looks, not_asked = await self._look(period, plans, inspector)
        rows = content_rows(period, plans, looks, known.before)
        fetched = Fetched(
            total=len(rows),
            is_synthetic=known.is_synthetic or looks.is_synthetic,
            took_dropped=True,
            facts={**_facts_of(plans, rows, looks), "inspector_version": inspector.version},
        )
        if not_asked:
            fetched.facts["not_asked"] = not_asked
        try:
            await finish_in_thread(self._land, rows, place, fetched)
        except BaseException:
            await asyncio.to_thread(place.discard)
            raise
        return fetched

    async def _look(
        self, period: Period, plans: Sequence[Plan], inspector: Inspector
    ) -> tuple[Looks, str]:
        """Ask for the files whose turn it is; or say why nobody is asked."""
        if self._portal is None:
            return Looks(), "only what was dropped by hand"
        latest = self._bounds.snapshot.latest_hours
        if trouble := self._portal.time_trouble(period, self._source, latest):
            return Looks(), trouble
        progress = self._progress
        looking = Looking(
            self._portal.on(period),
            self._bounds.contents,
            inspector,
            lambda done, total: progress and progress(f"contents {period}", done, total),
        )
        return await looking.all([plan for plan in plans if plan.turn.is_asked_for]), ""

    def _land(self, rows: Sequence[Record], place: Incoming, fetched: Fetched) -> None:
        door = Door(self._contract)
        size = self._bounds.snapshot.rows_a_file
        for start in range(0, len(rows) or 1, size):
            projected = door.project(list(rows[start : start + size]))
            number = len(fetched.files) + 1
            fetched.files[number] = place.add(number, projected.lines)
            fetched.masked += projected.masked


def _facts_of(plans: Sequence[Plan], rows: Sequence[Record], looks: Looks) -> dict[str, Any]:
    """What the run's record says."""
    return {
        "looked": _counted(row["looked"] for row in rows),
        "problems": _counted(row["problem_code"] for row in rows if "problem_code" in row),
        "turns": _counted(plan.turn.name.lower() for plan in plans),
        "moved": sum("followed_from_id" in row for row in rows),
        "asked": looks.asked,
        "bytes": looks.byte_count,
        "left_for_later": looks.left,
        "portal_down": looks.is_portal_down,
    }


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))
