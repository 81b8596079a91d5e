"""The deliveries of a window with their judgements, as raw records; nobody is asked over a network.

Everything that was received on the days of the window is landed, repeated deliveries of a file
included: which of them counts is decided in the warehouse, whatever the order of loading.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine

from ingestion.core.connection import Connection
from ingestion.core.door import Door
from ingestion.core.errors import DataRefused
from ingestion.core.extractor import Fetched, Fetcher, Progress, Workplace, finish_in_thread
from ingestion.core.landing import Incoming, Landing
from ingestion.core.period import Period
from ingestion.core.source import Source
from ingestion.sources.agency_reports.doors.archive import collect_archive
from ingestion.sources.agency_reports.intake import Intake, register
from ingestion.sources.agency_reports.intake.judgements import kept_judgement
from ingestion.sources.agency_reports.intake.register import Registered
from ingestion.sources.agency_reports.settings import read_intake_settings

_ROWS_A_FILE = 200

Record = dict[str, Any]


class NoClient:
    """Stands where other sources have a session: agencies come to us.

    Attributes:
        is_synthetic: whether the connection says that what comes is simulated.
    """

    def __init__(self, connection: Connection) -> None:
        self.is_synthetic = says_synthetic(connection)

    async def __aenter__(self) -> Self:
        """Enter."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """Nothing to close."""


def says_synthetic(connection: Connection) -> bool:
    """Whether a connection's extra says that what comes is simulated."""
    return str(connection.extra.get("synthetic", "")).lower() in ("1", "true")


def make_client(source: Source, connection: Connection, base_url: str | None) -> NoClient:
    """No session; the connection only says whether the data is simulated."""
    return NoClient(connection)


def make_extractor(
    source: Source,
    resource: str,
    client: NoClient,
    progress: Progress | None = None,
    workplace: Workplace | None = None,
) -> Fetcher:
    """Brings the deliveries of a window."""
    if workplace is None:
        raise TypeError("this source keeps files, so it needs a workplace")
    return Submissions(source, workplace, progress, is_synthetic=client.is_synthetic)


def make_extractor_by_hand(
    source: Source,
    resource: str,
    progress: Progress | None = None,
    workplace: Workplace | None = None,
) -> Fetcher:
    """The same; what lies in the archive is taken as real."""
    if workplace is None:
        raise TypeError("this source keeps files, so it needs a workplace")
    return Submissions(source, workplace, progress, is_synthetic=False)


class Submissions:
    """Lands the deliveries of a window."""

    def __init__(
        self,
        source: Source,
        workplace: Workplace,
        progress: Progress | None = None,
        *,
        is_synthetic: bool,
    ) -> None:
        """Prepare."""
        self._workplace = workplace
        self._progress = progress
        self._is_synthetic = is_synthetic
        self._contract = source.contract.resources[register.RESOURCE]

    async def fetch(self, period: Period, place: Incoming) -> Fetched:
        """Take in what the archive holds for the window, finish what waits, land everything.

        Raises:
            DataRefused: in a dry run, which registers nothing; or the archive is not believed.
            IngestionError: a delivery could not be judged; nothing is landed.
        """
        if self._workplace.engine is None:
            raise DataRefused("deliveries are registered in the warehouse; a dry run has none")
        try:
            return await finish_in_thread(self._fetch, self._workplace.engine, period, place)
        except BaseException:
            await asyncio.to_thread(place.discard)
            raise

    def _fetch(self, engine: Engine, period: Period, place: Incoming) -> Fetched:
        last = period.end - timedelta(days=1)
        landing = self._workplace.landing
        with Intake(engine, landing, read_intake_settings().workers) as intake:
            for day in period.days():
                collect_archive(
                    self._workplace.manual_url,
                    day.start,
                    intake,
                    is_synthetic=self._is_synthetic,
                )
            intake.finish_pending(period.start, last)
        deliveries = register.received(engine, period.start, last)
        fetched = Fetched(total=len(deliveries), took_dropped=True)
        door = Door(self._contract)
        states: dict[str, int] = {}
        for start in range(0, len(deliveries) or 1, _ROWS_A_FILE):
            batch = deliveries[start : start + _ROWS_A_FILE]
            projected = door.project([record_of(item, landing) for item in batch])
            number = len(fetched.files) + 1
            fetched.files[number] = place.add(number, projected.lines)
            fetched.masked += projected.masked
            for item in batch:
                states[item.state] = states.get(item.state, 0) + 1
                fetched.is_synthetic |= item.is_synthetic
            if self._progress:
                self._progress(f"submissions {period}", start + len(batch), len(deliveries))
        fetched.facts = {"states": states}
        return fetched


def record_of(delivery: Registered, landing: Landing) -> Record:
    """The raw record of a judged delivery.

    Raises:
        LandingCorrupted: its judgement is not what it was.
    """
    judgement = kept_judgement(landing, delivery.judgement_path or "")
    told: Record = {
        "submission_id": delivery.submission_id,
        "_file_sha256": delivery.file_sha256,
        "receipt_no": delivery.receipt_no,
        "door": delivery.door,
        "received_at": delivery.received_at.isoformat(),
        "claimed_agency_code": delivery.claimed_agency_code,
        "file_name": delivery.file_name,
        "byte_count": delivery.byte_count,
        **judgement.record,
    }
    return {name: value for name, value in told.items() if value is not None}
