"""Taking in one extract: pages and files dropped by hand are landed and put in the manifest."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from sqlalchemy import Engine, text

from ingestion.core.door import Door
from ingestion.core.errors import SourceUnavailable
from ingestion.core.extractor import ExtractFile, Fetched, Fetcher
from ingestion.core.landing import Incoming, Landing, manifest_fields
from ingestion.core.manual import dropped_files
from ingestion.core.outcome import Outcome, Step, recorded_step
from ingestion.core.period import Period
from ingestion.core.source import Source

_MANUAL_ROWS_A_FILE = 5_000

_MANIFEST = text("""
    insert into ops.manifest (
        extract_id, ordinal, source, resource, period, origin, is_synthetic, landing_path, sha256,
        byte_count, row_count, source_url
    ) values (
        :extract_id, :ordinal, :source, :resource, :period, :origin, :is_synthetic, :landing_path,
        :sha256, :byte_count, :row_count, :source_url
    )""")


@dataclass
class Extract:
    """Everything landed for one (resource, period) in one go.

    Attributes:
        files: pages of records, which are loaded.
        attachments: published files that were kept unchanged beside them.
    """

    extract_id: uuid.UUID
    files: list[ExtractFile] = field(default_factory=list)
    attachments: list[ExtractFile] = field(default_factory=list)
    is_synthetic: bool = False
    masked: int = 0

    @property
    def row_count(self) -> int:
        """Landed records, before any is rejected."""
        return sum(item.file.row_count for item in self.files)

    @property
    def byte_count(self) -> int:
        """Bytes as stored."""
        return sum(item.file.byte_count for item in self.files)


class TakeIn:
    """Takes in the extracts of one run, one period at a time or several at once."""

    def __init__(
        self,
        source: Source,
        resource: str,
        landing: Landing,
        manual_url: str,
        engine: Engine | None,
    ) -> None:
        """Prepare.

        Args:
            source: settings of the source.
            resource: name of the resource.
            landing: where files are landed.
            manual_url: landing zone below which files are dropped by hand.
            engine: where outcomes and manifest are written; None writes neither.
        """
        self._source = source
        self._resource = resource
        self._landing = landing
        self._manual_url = manual_url
        self._engine = engine
        self._unavailable_in_a_row = 0

    async def take(self, period: Period, extractor: Fetcher | None, synthetic: bool) -> Extract:
        """Land everything there is for a period.

        Args:
            period: what to take in.
            extractor: asks the source; None takes files dropped by hand only.
            synthetic: whether the connection says that its data is simulated.

        Raises:
            SourceUnavailable: the source does not answer, or is not asked any more.
            DataRefused: pages or a dropped file must not be loaded; nothing is landed.
        """
        extract = Extract(uuid.uuid4(), is_synthetic=synthetic)
        place = self._landing.begin(
            self._source.name, self._resource, str(period), str(extract.extract_id)
        )
        fetched = Fetched()
        if extractor is not None:
            with self._step("fetch", period, extract) as outcome:
                fetched = await self._fetch(period, extractor, place, outcome)
            extract.is_synthetic |= fetched.is_synthetic
            extract.masked = fetched.masked
            extract.attachments = fetched.attachments
        with self._step("land", period, extract) as outcome:
            try:
                await asyncio.to_thread(self._land, period, extract, fetched, place)
            finally:
                await asyncio.to_thread(place.discard)
            outcome.details = {
                "files": len(extract.files),
                "kept": len(extract.attachments),
                "bytes": extract.byte_count,
                "by_hand": sum(item.origin == "manual" for item in extract.files),
                "synthetic": extract.is_synthetic,
            }
        return extract

    def _step(
        self, step: Step, period: Period, extract: Extract
    ) -> AbstractContextManager[Outcome]:
        outcome = Outcome(
            step, self._source.name, self._resource, str(period), extract_id=extract.extract_id
        )
        return recorded_step(self._engine, outcome) if self._engine else nullcontext(outcome)

    async def _fetch(
        self, period: Period, extractor: Fetcher, place: Incoming, outcome: Outcome
    ) -> Fetched:
        if self._unavailable_in_a_row >= self._source.down_after:
            raise SourceUnavailable(
                f"not tried: the source was unavailable {self._source.down_after} times in a row"
            )
        try:
            fetched = await extractor.fetch(period, place)
        except SourceUnavailable:
            self._unavailable_in_a_row += 1
            raise
        self._unavailable_in_a_row = 0
        outcome.details = {
            "announced": fetched.total,
            "pages": len(fetched.files),
            "masked": fetched.masked,
            "synthetic": fetched.is_synthetic,
            **fetched.facts,
        }
        return fetched

    def _land(self, period: Period, extract: Extract, fetched: Fetched, place: Incoming) -> None:
        """Add files dropped by hand, give all files their names, write the manifest."""
        files = dict(fetched.files)
        origins = dict.fromkeys(files, (fetched.origin, fetched.url))
        contract = self._source.contract
        door = Door(contract.resources[self._resource])
        dropped_here = (
            ()
            if fetched.took_dropped
            else dropped_files(self._manual_url, contract, self._resource, str(period))
        )
        for dropped in dropped_here:
            for start in range(0, len(dropped.records) or 1, _MANUAL_ROWS_A_FILE):
                projected = door.project(dropped.records[start : start + _MANUAL_ROWS_A_FILE])
                number = len(files) + 1
                files[number] = place.add(number, projected.lines)
                origins[number] = ("manual", f"manual:{dropped.name}")
                extract.masked += projected.masked
        landed = place.complete(files)
        extract.files = [
            ExtractFile(file, *origins[number])
            for number, file in zip(sorted(files), landed, strict=True)
        ]
        if extract.files and self._engine is not None:
            self._write_manifest(self._engine, period, extract)

    def _write_manifest(self, engine: Engine, period: Period, extract: Extract) -> None:
        with engine.begin() as connection:
            connection.execute(
                _MANIFEST,
                [
                    {
                        "extract_id": extract.extract_id,
                        "ordinal": ordinal,
                        "source": self._source.name,
                        "resource": self._resource,
                        "period": str(period),
                        "origin": item.origin,
                        "is_synthetic": extract.is_synthetic,
                        "source_url": item.url,
                        **manifest_fields(item.file),
                    }
                    for ordinal, item in enumerate([*extract.files, *extract.attachments], start=1)
                ],
            )
