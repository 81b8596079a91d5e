"""Ingestion of a range of days, without Airflow: fetch, land, load, and say how each step ended.

Windows are fetched a few days ahead of the one being loaded. A day that fails does not stop the
others; a source that is down several times in a row does. In bulk, days are loaded together.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import tempfile
import time
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack, ExitStack
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
from ingestion.core.extractor import Client, Fetcher, Progress, Workplace
from ingestion.core.landing import Landing
from ingestion.core.load import Loaded, load_extracts, parse_only
from ingestion.core.log import event, mask
from ingestion.core.outcome import Outcome, recorded_step, write_outcome
from ingestion.core.period import Period
from ingestion.core.source import Source, read_source
from ingestion.ledger.cells import Cell, deny
from ingestion.ledger.obligations import due_on, periods_due

logger = logging.getLogger(__name__)

_BULK_RECORDS = 250_000
"""In bulk, periods are loaded together until they hold so many records; about a month at most."""


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
    bulk: bool = False,
    only: Collection[Period] | None = None,
    progress: Progress | None = None,
) -> list[LoadSummary]:
    """Ingest every period due that ends between ``first`` and ``last``, both included.

    Args:
        source: name of a folder in ``ingestion/sources``.
        resource: name of a resource in its ``source.yml``.
        first: first day (of server update time, or the snapshot's day).
        last: last day.
        base_url: another address than the connection's.
        manual: load only files dropped by hand; the source is not asked.
        dry_run: fetch and parse into a temporary folder; neither landing nor warehouse is touched.
        bulk: load many periods in one transaction, for a back-fill; the rows are the same. When
            loading together fails they are loaded one by one, so that none suffers for another.
        only: of the periods due, only these.
        progress: called with (what, done, of how many) while pages arrive and rows are loaded.

    Returns:
        One summary per period, in order; a failed one is a summary too, see `require_accepted`.

    Raises:
        ConfigurationError: no warehouse or no connection is set up.
        ContractError: no such source or resource.
        ValueError: ``last`` lies before ``first``.
    """
    settings = read_source(source).in_bulk() if bulk else read_source(source)
    if resource not in settings.resources:
        raise ContractError(
            f"{source} has no resource {resource!r}; there are: {', '.join(settings.resources)}"
        )
    due = periods_due(source, resource, first, last)
    periods = [period for period in due if only is None or period in only]
    landing_url = environment.landing_url()
    engine = None if dry_run else environment.engine("cchc_ingest")
    with tempfile.TemporaryDirectory(prefix="cchc-dry-run-") as scratch:
        landing = Landing(scratch if dry_run else landing_url)
        take_in = TakeIn(settings, resource, landing, landing_url, engine)
        records = _BULK_RECORDS if bulk else 0
        workplace = Workplace(landing, landing_url, engine)
        run = _Run(settings, resource, workplace, take_in, progress, records)
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


@dataclass
class _Taken:
    """A period that was taken in: its summary so far, and what was landed unless that failed."""

    period: Period
    summary: LoadSummary
    extract: Extract | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def is_loadable(self) -> bool:
        """Whether anything was landed."""
        return self.extract is not None and bool(self.extract.files)

    def fail(self, error: Exception) -> None:
        """Say in the summary what went wrong, and whose fault it was."""
        self.summary.state = "failed"
        if isinstance(error, IngestionError):
            self.summary.cause, self.summary.exit_code = error.cause, error.exit_code
            self.summary.message = mask(str(error))
        else:
            # A fault of ours must not take the other periods with it; it is told in full.
            logger.error("fault in our own code or database", exc_info=error)
            self.summary.cause, self.summary.exit_code = "ours", IngestionError.exit_code
            self.summary.message = mask(f"{type(error).__name__}: {error}".splitlines()[0])


class _Run:
    """One call of `ingest`."""

    def __init__(
        self,
        source: Source,
        resource: str,
        workplace: Workplace,
        take_in: TakeIn,
        progress: Progress | None,
        records_together: int,
    ) -> None:
        self._source = source
        self._resource = resource
        self._contract = source.contract.resources[resource]
        self._workplace = workplace
        self._landing = workplace.landing
        self._take_in = take_in
        self._engine = workplace.engine
        self._progress = progress
        self._records_together = records_together

    async def all(
        self, periods: list[Period], connection: Connection | None, base_url: str | None
    ) -> list[LoadSummary]:
        """Fetch ahead, load in order.

        Without a connection only dropped files are taken in: by a fetcher of the source's own
        where its module has one for that, else as JSON.
        """
        ahead = asyncio.Semaphore(self._source.periods_ahead)
        summaries: list[LoadSummary] = []
        async with AsyncExitStack() as stack:
            module = importlib.import_module(f"ingestion.sources.{self._source.name}.extractor")
            extractor: Fetcher | None = None
            synthetic = False
            make: dict[str, Any] = {"progress": self._progress, "workplace": self._workplace}
            if connection is not None:
                client: Client = module.make_client(self._source, connection, base_url)
                await stack.enter_async_context(client)
                extractor = module.make_extractor(self._source, self._resource, client, **make)
                synthetic = str(connection.extra.get("synthetic", "")).lower() in ("1", "true")
            elif hasattr(module, "make_extractor_by_hand"):
                extractor = module.make_extractor_by_hand(self._source, self._resource, **make)

            async def take(period: Period) -> Extract:
                await ahead.acquire()
                return await self._take_in.take(period, extractor, synthetic)

            tasks = [asyncio.create_task(take(period)) for period in periods]
            waiting: list[_Taken] = []
            try:
                for period, task in zip(periods, tasks, strict=True):
                    waiting.append(await self._taken(period, task))
                    records = sum(item.extract.row_count for item in waiting if item.extract)
                    if records >= self._records_together:
                        summaries += await self._finish(waiting)
                        waiting = []
                    ahead.release()
                summaries += await self._finish(waiting)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        return summaries

    async def _taken(self, period: Period, task: asyncio.Task[Extract]) -> _Taken:
        """Wait for a period's extract; whatever happens becomes a summary."""
        summary = LoadSummary(self._source.name, self._resource, str(period))
        taken = _Taken(period, summary)
        try:
            taken.extract = extract = await task
        except Exception as error:
            taken.fail(error)
            return taken
        summary.extract_id = str(extract.extract_id)
        summary.masked_count = extract.masked
        summary.file_count = len(extract.files)
        summary.byte_count = extract.byte_count
        summary.is_synthetic = extract.is_synthetic
        if not extract.files:
            summary.state, summary.cause = "missing", "source"
            summary.message = "no file was dropped by hand for this period"
            summary.exit_code = DataRefused.exit_code
        return taken

    async def _finish(self, taken: Sequence[_Taken]) -> list[LoadSummary]:
        """Load what was landed, together if it is more than one period, and report on each."""
        left = [item for item in taken if item.is_loadable]
        if len(left) > 1:
            try:
                await asyncio.to_thread(self._load, left)
                left = []
            except Exception as error:
                reason = mask(str(error)) or type(error).__name__
                event(logger, "loading one by one", level=logging.WARNING, reason=reason)
        for item in left:
            try:
                await asyncio.to_thread(self._load, [item])
            except Exception as error:
                item.fail(error)
        for item in taken:
            summary = item.summary
            summary.seconds = round(time.monotonic() - item.started, 3)
            if summary.state != "accepted":
                await asyncio.to_thread(self._deny, item.period, summary)
            event(
                logger,
                "period done",
                level=logging.INFO if summary.state == "accepted" else logging.ERROR,
                **{key: value for key, value in summary.as_dict().items() if value},
            )
        return [item.summary for item in taken]

    def _load(self, taken: Sequence[_Taken]) -> None:
        """Load extracts in one transaction; in a dry run, parse them only."""
        due = [(self._cell(item.period), item.extract) for item in taken if item.extract]
        if self._engine is None:
            loads = [parse_only(self._landing, self._contract, *one) for one in due]
        else:
            loads = self._load_recorded(self._engine, due)
        for item, loaded in zip(taken, loads, strict=True):
            item.summary.load_id = loaded.load_id or None
            item.summary.row_count = loaded.row_count
            item.summary.rejected_count = loaded.rejected_count
            item.summary.reasons = dict(loaded.reasons)

    def _load_recorded(self, engine: Engine, due: list[tuple[Cell, Extract]]) -> list[Loaded]:
        """Load and write the outcomes ``load`` and ``parse`` of every period."""
        outcomes = [
            Outcome(
                "load",
                cell.source,
                cell.resource,
                str(cell.period),
                extract_id=extract.extract_id,
            )
            for cell, extract in due
        ]
        parsed = [replace(outcome, step="parse") for outcome in outcomes]
        records = sum(extract.row_count for _, extract in due)
        first, last = due[0][0].period, due[-1][0].period
        label = f"load {first}" if first == last else f"load {first} … {last}"
        report = self._progress
        with ExitStack() as steps:
            for outcome in outcomes:
                steps.enter_context(recorded_step(engine, outcome))
            try:
                loads = load_extracts(
                    self._landing,
                    self._contract,
                    due,
                    lambda done: report and report(label, done, records),
                )
            except LandingCorrupted:
                for outcome in outcomes:
                    outcome.step = "parse"
                raise
            for outcome, loaded, (_, extract) in zip(outcomes, loads, due, strict=True):
                outcome.load_id = loaded.load_id
                outcome.details = {
                    "rows": loaded.row_count,
                    "periods_together": len(due),
                    "synthetic": extract.is_synthetic,
                }
        for outcome, loaded in zip(parsed, loads, strict=True):
            outcome.load_id = loaded.load_id
            outcome.details = {"rejected": loaded.rejected_count, "reasons": dict(loaded.reasons)}
            write_outcome(engine, outcome)
        return loads

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
        due = due_on(self._source.name, self._resource, period)
        return Cell(self._source.name, self._resource, period, due)
