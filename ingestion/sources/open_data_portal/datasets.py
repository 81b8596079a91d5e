"""The datasets and publishers of a day: one reading of the catalogue serves both."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from sqlalchemy import Engine, text

from ingestion.core.extractor import (
    ExtractFile,
    Fetched,
    Progress,
    Workplace,
    finish_in_thread,
)
from ingestion.core.landing import Incoming
from ingestion.core.period import Period
from ingestion.core.source import Source
from ingestion.sources.open_data_portal.bounds import Bounds
from ingestion.sources.open_data_portal.catalogue import Catalogue
from ingestion.sources.open_data_portal.records import dataset_lines, publisher_lines
from ingestion.sources.open_data_portal.settings import SOURCE
from ingestion.sources.open_data_portal.snapshot import Snapshot, Snapshots

_BESIDE = "publishers of the same reading"
"""What ``ops.manifest`` says of the publishers that were landed with the datasets."""

_KEPT = text("""
    select m.sha256, m.is_synthetic, l.extract_id
    from ops.load as l
    inner join ops.manifest as m on l.extract_id = m.extract_id
    where l.source = :source and l.resource = 'datasets' and l.period = :period
        and m.source_url = :beside
    order by l.load_id desc
    limit 1""")


class Datasets:
    """Lands the datasets of a day with their resources."""

    def __init__(
        self,
        source: Source,
        bounds: Bounds,
        workplace: Workplace,
        snapshots: Snapshots,
        progress: Progress | None = None,
    ) -> None:
        """Prepare."""
        self._bounds = bounds
        self._workplace = workplace
        self._snapshots = snapshots
        self._progress = progress
        self._contract = source.contract.resources["datasets"]
        self._publishers = source.contract.resources["publishers"]

    async def fetch(self, period: Period, place: Incoming) -> Fetched:
        """Land the whole catalogue of a day.

        Raises:
            SourceUnavailable: the portal does not answer.
            DataRefused: what it answers is not the whole, or the day is over for too long.
        """
        snapshot = await self._snapshots.of(period)
        if snapshot is None:
            return Fetched(took_dropped=True)
        fetched = _begun(snapshot)
        fetched.facts = facts_of(snapshot.catalogue)
        try:
            await finish_in_thread(self._land, period, snapshot.catalogue, place, fetched)
        except BaseException:
            await asyncio.to_thread(place.discard)
            raise
        return fetched

    def _land(
        self, period: Period, catalogue: Catalogue, place: Incoming, fetched: Fetched
    ) -> None:
        size, total = self._bounds.snapshot.rows_a_file, len(catalogue.datasets)
        for start in range(0, total or 1, size):
            entries = catalogue.datasets[start : start + size]
            projected = dataset_lines(entries, catalogue.way, self._contract)
            number = len(fetched.files) + 1
            fetched.files[number] = place.add(number, projected.lines)
            fetched.masked += projected.masked
            if self._progress:
                self._progress(f"datasets {period}", start + len(entries), total)
        if self._workplace.engine is not None:
            fetched.attachments.append(self._beside(catalogue, fetched))

    def _beside(self, catalogue: Catalogue, fetched: Fetched) -> ExtractFile:
        """The publishers, kept so that loading them asks nobody again."""
        lines = publisher_lines(catalogue.publishers, self._publishers).lines
        file = self._workplace.landing.keep(SOURCE, b"".join(line + b"\n" for line in lines))
        return ExtractFile(file, fetched.origin, _BESIDE)


class Publishers:
    """Lands the publishers of a day: those of the reading that its datasets were loaded from."""

    def __init__(self, source: Source, workplace: Workplace, snapshots: Snapshots) -> None:
        """Prepare."""
        self._workplace = workplace
        self._snapshots = snapshots
        self._contract = source.contract.resources["publishers"]

    async def fetch(self, period: Period, place: Incoming) -> Fetched:
        """Land the publishers; the portal is asked only where the day has no datasets yet.

        Raises:
            SourceUnavailable: the portal does not answer.
            DataRefused: what it answers is not the whole, or the day is over for too long.
            LandingCorrupted: what was kept is not what it was.
        """
        engine = self._workplace.engine
        kept = await asyncio.to_thread(self._kept, engine, period) if engine is not None else None
        if kept is not None:
            lines, fetched = kept
        else:
            snapshot = await self._snapshots.of(period)
            if snapshot is None:
                return Fetched(took_dropped=True)
            fetched = _begun(snapshot)
            publishers = snapshot.catalogue.publishers
            projected = await asyncio.to_thread(publisher_lines, publishers, self._contract)
            lines, fetched.masked = projected.lines, projected.masked
        fetched.total = len(lines)
        try:
            fetched.files[1] = await finish_in_thread(place.add, 1, lines)
        except BaseException:
            await asyncio.to_thread(place.discard)
            raise
        return fetched

    def _kept(self, engine: Engine, period: Period) -> tuple[list[bytes], Fetched] | None:
        asked = {"source": SOURCE, "period": str(period), "beside": _BESIDE}
        with engine.connect() as connection:
            row = connection.execute(_KEPT, asked).one_or_none()
        if row is None:
            return None
        content = self._workplace.landing.kept(SOURCE, row.sha256)
        fetched = Fetched(
            url=f"reading {row.extract_id}", is_synthetic=row.is_synthetic, took_dropped=True
        )
        return content.splitlines(), fetched


def _begun(snapshot: Snapshot) -> Fetched:
    catalogue = snapshot.catalogue
    stated = catalogue.stated_dataset_count
    return Fetched(
        url=catalogue.url,
        total=len(catalogue.datasets) if stated is None else stated,
        is_synthetic=catalogue.is_synthetic,
        took_dropped=True,
        origin="manual" if snapshot.by_hand else "api",
    )


def facts_of(catalogue: Catalogue) -> dict[str, Any]:
    """What the run's record says of a catalogue."""
    return {
        "stated": catalogue.stated_dataset_count,
        "datasets": dict(sorted(Counter(item.state for item in catalogue.datasets).items())),
        "resources": sum(len(item.resources) for item in catalogue.datasets),
        "publishers": len(catalogue.publishers),
        "way": catalogue.way,
        "remarks": list(catalogue.remarks),
    }
