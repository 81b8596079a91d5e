"""Readings of a window: of every version with a file that raw holds for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from sqlalchemy import Engine, text

from ingestion.core.door import Door
from ingestion.core.errors import DataRefused
from ingestion.core.extractor import Fetched, Progress, Workplace, finish_in_thread
from ingestion.core.landing import Incoming
from ingestion.core.period import Period
from ingestion.core.source import Source
from ingestion.sources.budget_publications.reader import Reader, Reading, Version
from ingestion.sources.budget_publications.records import Record, record_of
from ingestion.sources.budget_publications.settings import read_settings

_ROWS_A_FILE = 200
_LINES_A_FILE = 20_000

_STATED = (
    "publisher_name",
    "title",
    "form_text",
    "stage_text",
    "period_type_text",
    "period_text",
    "currency_unit_text",
    "budget_year",
)

_VERSIONS = f"""
    select distinct on (version_key)
        version_key, file_sha256, file_bytes, file_name, {", ".join(_STATED)}
    from raw.budget_publications__documents
    where {{}} and file_sha256 is not null
    order by version_key, is_current desc, _load_id desc"""  # noqa: S608 - names of our own


def versions_of(engine: Engine, periods: Sequence[Period]) -> list[Version]:
    """Versions with a file in some windows, by key."""
    return _versions(engine, "_period = any(:wanted)", [str(period) for period in periods])


def versions_named(engine: Engine, keys: Sequence[str]) -> list[Version]:
    """Versions with a file, by their keys."""
    return _versions(engine, "version_key = any(:wanted)", list(keys))


def _versions(engine: Engine, condition: str, wanted: list[str]) -> list[Version]:
    with engine.connect() as connection:
        found = connection.execute(text(_VERSIONS.format(condition)), {"wanted": wanted}).all()
    return [
        Version(
            version_key=row.version_key,
            file_sha256=row.file_sha256,
            file_bytes=row.file_bytes or 0,
            file_name=row.file_name or "",
            stated={name: row._mapping[name] for name in _STATED if row._mapping[name] is not None},
        )
        for row in found
    ]


class Readings:
    """Lands the readings of a window; those that were made before are taken as they are."""

    def __init__(
        self, source: Source, workplace: Workplace, progress: Progress | None = None
    ) -> None:
        """Prepare."""
        self._workplace = workplace
        self._progress = progress
        self._contract = source.contract.resources["readings"]

    async def fetch(self, period: Period, place: Incoming) -> Fetched:
        """Land the readings of a window.

        Raises:
            DataRefused: in a dry run, which has no documents to read.
            LandingCorrupted: a kept file is not what it was.
        """
        if self._workplace.engine is None:
            raise DataRefused("readings are made of documents in the warehouse; a dry run has none")
        stop = Event()
        try:
            return await finish_in_thread(self._fetch, self._workplace.engine, period, place, stop)
        except BaseException:
            stop.set()
            await asyncio.to_thread(place.discard)
            raise

    def _fetch(self, engine: Engine, period: Period, place: Incoming, stop: Event) -> Fetched:
        versions = versions_of(engine, [period])
        fetched = Fetched(total=len(versions), took_dropped=True)
        states: dict[str, int] = {}
        door = Door(self._contract)
        workers = read_settings().reading.workers
        with Reader(self._workplace.landing, workers) as reader:
            readings = read_in_order(reader, versions, workers, stop)
            records = (
                self._told(record_of(version, reading, reader.version, self._contract), states)
                for version, reading in zip(versions, readings, strict=True)
            )
            for batch in _batches(records):
                projected = door.project(batch)
                number = len(fetched.files) + 1
                fetched.files[number] = place.add(number, projected.lines)
                fetched.masked += projected.masked
                if self._progress:
                    done = sum(states.values())
                    self._progress(f"readings {period}", done, len(versions))
            fetched.facts = {"states": states, "reader_version": reader.version}
        return fetched

    @staticmethod
    def _told(record: Record, states: dict[str, int]) -> Record:
        state = str(record.get("state", ""))
        states[state] = states.get(state, 0) + 1
        return record


def read_in_order(
    reader: Reader, versions: Sequence[Version], workers: int, stop: Event
) -> Iterator[Reading]:
    """Readings in the order of the versions, a few made ahead so that memory stays flat."""
    ahead = 2 * workers
    with ThreadPoolExecutor(workers, thread_name_prefix="read") as pool:
        waiting: deque[Future[Reading]] = deque()
        try:
            for version in versions:
                waiting.append(pool.submit(reader.read, version))
                if len(waiting) >= ahead:
                    yield waiting.popleft().result()
                if stop.is_set():
                    raise InterruptedError("stopped while reading")
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records in files of a bounded number of lines; at least one file, though it be empty."""
    batch: list[Record] = []
    lines, count = 0, 0
    for record in records:
        batch.append(record)
        lines += len(record["lines"])
        if len(batch) >= _ROWS_A_FILE or lines >= _LINES_A_FILE:
            yield batch
            batch, lines, count = [], 0, count + 1
    if batch or not count:
        yield batch
