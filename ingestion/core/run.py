"""Ingestion of a range of days, without Airflow: fetch, land, load, and say how each step ended.

Windows are fetched a few days ahead of the one being loaded. A day that fails does not stop the
others; a source that is down twice in a row does.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Literal

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ingestion.core import environment
from ingestion.core.connection import Connection, read_connection
from ingestion.core.contract import ContractError
from ingestion.core.errors import (
    Cause,
    DataRefused,
    IngestionError,
    LandingCorrupted,
    SourceUnavailable,
)
from ingestion.core.extract import Extract, TakeIn
from ingestion.core.extractor import Extractor, Progress
from ingestion.core.http import SourceClient
from ingestion.core.landing import Landing
from ingestion.core.ledger import Cell, deny
from ingestion.core.load import Loaded, load_extract, parse_only
from ingestion.core.log import event, mask
from ingestion.core.outcome import Outcome, recorded_step, write_outcome
from ingestion.core.period import Period, day_range
from ingestion.core.source import Source, read_source

logger = logging.getLogger(__name__)


@dataclass
class LoadSummary:
    """What became of one (resource, period); small and JSON-serialisable.

    Attributes:
        state: ``accepted``, ``failed`` or ``missing``; a dry run that would be accepted says
            ``accepted`` with no load id.
        reasons: rejected records by reason code.
        masked_count: personal-looking values masked inside kept fields.
        message: why it failed; free of secrets and personal values.
        exit_code: what ``cchc`` should end with for this period.
    """

    source: str
    resource: str
    period: str
    state: Literal["accepted", "failed", "missing"] = "accepted"
    cause: Cause | None = None
    extract_id: str | None = None
    load_id: int | None = None
    row_count: int = 0
    rejected_count: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    masked_count: int = 0
    file_count: int = 0
    byte_count: int = 0
    is_synthetic: bool = False
    seconds: float = 0.0
    message: str = ""
    exit_code: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As a plain dictionary."""
        return asdict(self)


def ingest(
    source: str,
    resource: str,
    first: date,
    last: date,
    *,
    base_url: str | None = None,
    manual: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> list[LoadSummary]:
    """Ingest every day from ``first`` to ``last``, both included.

    Args:
        source: name of a folder in ``ingestion/sources``.
        resource: name of a resource in its ``source.yml``.
        first: first day (of server update time, or the snapshot's day).
        last: last day.
        base_url: another address than the connection's.
        manual: load only files dropped by hand; the source is not asked.
        dry_run: fetch and parse into a temporary folder; neither landing nor warehouse is touched.
        progress: called with (what, done, of how many) while pages arrive and rows are loaded.

    Returns:
        One summary per day, in order; a failed day is a summary too, see `require_accepted`.

    Raises:
        ConfigurationError: no warehouse or no connection is set up.
        ContractError: no such source or resource.
        ValueError: ``last`` lies before ``first``.
    """
    settings = read_source(source)
    if resource not in settings.resources:
        raise ContractError(
            f"{source} has no resource {resource!r}; there are: {', '.join(settings.resources)}"
        )
    periods = day_range(first, last)
    landing_url = environment.landing_url()
    engine = None if dry_run else environment.engine("cchc_ingest")
    with tempfile.TemporaryDirectory(prefix="cchc-dry-run-") as scratch:
        landing = Landing(scratch if dry_run else landing_url)
        take_in = TakeIn(settings, resource, landing, landing_url, engine)
        run = _Run(settings, resource, landing, take_in, engine, progress)
        try:
            connection = None if manual else read_connection(settings.connection)
            return asyncio.run(run.all(periods, connection, base_url))
        finally:
            if engine is not None:
                engine.dispose()


def require_accepted(summaries: list[LoadSummary]) -> None:
    """Raise when a period was not accepted, for callers (DAG tasks) that must fail then.

    Raises:
        SourceUnavailable, DataRefused, IngestionError: by the first failure's cause.
    """
    failed = [summary for summary in summaries if summary.state != "accepted"]
    if failed:
        names = ", ".join(summary.period for summary in failed)
        kinds = {kind.exit_code: kind for kind in (SourceUnavailable, DataRefused)}
        raise kinds.get(failed[0].exit_code, IngestionError)(
            f"{failed[0].source} {failed[0].resource} {names}: {failed[0].message}"
        )


class _Run:
    """One call of `ingest`."""

    def __init__(
        self,
        source: Source,
        resource: str,
        landing: Landing,
        take_in: TakeIn,
        engine: Engine | None,
        progress: Progress | None,
    ) -> None:
        self._source = source
        self._resource = resource
        self._contract = source.contract.resources[resource]
        self._landing = landing
        self._take_in = take_in
        self._engine = engine
        self._progress = progress

    async def all(
        self, periods: list[Period], connection: Connection | None, base_url: str | None
    ) -> list[LoadSummary]:
        """Fetch ahead, load in order. Without a connection only dropped files are taken in."""
        ahead = asyncio.Semaphore(self._source.periods_ahead)
        summaries: list[LoadSummary] = []
        async with AsyncExitStack() as stack:
            extractor: Extractor | None = None
            synthetic = False
            if connection is not None:
                module = importlib.import_module(f"ingestion.sources.{self._source.name}.extractor")
                client: SourceClient = module.make_client(self._source, connection, base_url)
                await stack.enter_async_context(client)
                extractor = module.make_extractor(
                    self._source, self._resource, client, progress=self._progress
                )
                synthetic = str(connection.extra.get("synthetic", "")).lower() in ("1", "true")

            async def take(period: Period) -> Extract:
                await ahead.acquire()
                return await self._take_in.take(period, extractor, synthetic)

            tasks = [asyncio.create_task(take(period)) for period in periods]
            try:
                for period, task in zip(periods, tasks, strict=True):
                    summaries.append(await self._period(period, task))
                    ahead.release()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        return summaries

    async def _period(self, period: Period, taken: asyncio.Task[Extract]) -> LoadSummary:
        """Wait for a period's extract and load it; whatever happens becomes a summary."""
        started = time.monotonic()
        summary = LoadSummary(self._source.name, self._resource, str(period))
        try:
            extract = await taken
            summary.extract_id = str(extract.extract_id)
            summary.masked_count = extract.masked
            summary.file_count = len(extract.files)
            summary.byte_count = extract.byte_count
            summary.is_synthetic = extract.is_synthetic
            if extract.files:
                loaded = await asyncio.to_thread(self._load, period, extract)
                summary.load_id = loaded.load_id or None
                summary.row_count = loaded.row_count
                summary.rejected_count = loaded.rejected_count
                summary.reasons = dict(loaded.reasons)
            else:
                summary.state, summary.cause = "missing", "source"
                summary.message = "no file was dropped by hand for this period"
                summary.exit_code = DataRefused.exit_code
        except IngestionError as error:
            summary.state, summary.cause = "failed", error.cause
            summary.message, summary.exit_code = mask(str(error)), error.exit_code
        except Exception as error:
            # A fault of ours must not take the other periods with it; it is told in full.
            logger.exception("fault in our own code or database")
            summary.state, summary.cause = "failed", "ours"
            summary.message = mask(f"{type(error).__name__}: {error}".splitlines()[0])
            summary.exit_code = IngestionError.exit_code
        summary.seconds = round(time.monotonic() - started, 3)
        if summary.state != "accepted":
            await asyncio.to_thread(self._deny, period, summary)
        event(
            logger,
            "period done",
            level=logging.INFO if summary.state == "accepted" else logging.ERROR,
            **{key: value for key, value in summary.as_dict().items() if value},
        )
        return summary

    def _load(self, period: Period, extract: Extract) -> Loaded:
        """Load an extract; in a dry run, parse it only."""
        if self._engine is None:
            return parse_only(self._landing, self._contract, self._cell(period), extract)
        outcome = Outcome(
            "load",
            self._source.name,
            self._resource,
            str(period),
            extract_id=extract.extract_id,
        )
        parsed = replace(outcome, step="parse")
        report = self._progress
        with recorded_step(self._engine, outcome):
            try:
                loaded = load_extract(
                    self._landing,
                    self._contract,
                    self._cell(period),
                    extract,
                    lambda done: report and report(f"load {period}", done, extract.row_count),
                )
            except LandingCorrupted:
                outcome.step = "parse"
                raise
            outcome.load_id = loaded.load_id
            outcome.details = {"rows": loaded.row_count, "synthetic": extract.is_synthetic}
        parsed.load_id = loaded.load_id
        parsed.details = {"rejected": loaded.rejected_count, "reasons": dict(loaded.reasons)}
        write_outcome(self._engine, parsed)
        return loaded

    def _deny(self, period: Period, summary: LoadSummary) -> None:
        """Tell the ledger that nothing was loaded."""
        if self._engine is None or summary.state == "accepted":
            return
        try:
            deny(self._engine, self._cell(period), summary.state, summary.cause or "ours")
        except SQLAlchemyError as error:
            # The warehouse is what failed: the summary and the log say so, the ledger cannot.
            event(logger, "ledger not written", level=logging.ERROR, reason=type(error).__name__)

    def _cell(self, period: Period) -> Cell:
        settings = self._source.resources[self._resource]
        return Cell(self._source.name, self._resource, period, settings.due_on(period))
