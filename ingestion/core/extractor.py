"""Extractors: one base class per access pattern, a small subclass per source.

An extractor turns (resource, period) into landed pages. It guarantees that they are the whole of
what the source has for the period: pages that repeat, move, fall short or disagree about the total
are fetched again a bounded number of times and then refused.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Any, Protocol, TypeVar

import numpy as np
from sqlalchemy import Engine

from ingestion.core.door import Door, decode
from ingestion.core.errors import DataRefused, PagesDrifted
from ingestion.core.http import Answer, SourceClient
from ingestion.core.landing import Incoming, LandedFile, Landing
from ingestion.core.log import event
from ingestion.core.period import Period
from ingestion.core.source import ResourceSettings, Source

logger = logging.getLogger(__name__)

_Result = TypeVar("_Result")
Progress = Callable[[str, int, int], None]
"""Called with (what, done, of how many)."""


@dataclass(frozen=True)
class Page:
    """What a source says in one page."""

    records: list[Any]
    total: int
    is_synthetic: bool = False


@dataclass(frozen=True)
class ExtractFile:
    """A landed file and where its content came from."""

    file: LandedFile
    origin: str
    url: str


@dataclass
class Fetched:
    """The landed pages of one window; keys of ``files`` are page numbers from 1.

    Attributes:
        attachments: files kept unchanged beside them.
        took_dropped: files dropped by hand are among them already.
        origin: how the pages came: ``api`` or ``manual``.
        facts: what else the outcome of the step should say; JSON.
    """

    files: dict[int, LandedFile] = field(default_factory=dict)
    url: str = ""
    total: int = 0
    masked: int = 0
    is_synthetic: bool = False
    attachments: list[ExtractFile] = field(default_factory=list)
    took_dropped: bool = False
    origin: str = "api"
    facts: dict[str, Any] = field(default_factory=dict)


class Fetcher(Protocol):
    """Whatever brings the landed pages of a window."""

    async def fetch(self, period: Period, place: Incoming) -> Fetched:
        """Fetch the period into hidden landing files; ``place`` is left empty on failure."""
        ...


class Client(Protocol):
    """A session with a source."""

    async def __aenter__(self) -> Any:  # noqa: ANN401 - each source has a client of its own
        """Enter."""
        ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """Close."""
        ...


@dataclass(frozen=True)
class Workplace:
    """What a fetcher may use besides its client.

    Attributes:
        landing: where files are kept.
        manual_url: landing zone below which files are dropped by hand.
        engine: the warehouse, for what is known already; None in a dry run.
    """

    landing: Landing
    manual_url: str
    engine: Engine | None


class Extractor(ABC):
    """Fetches the pages of one resource over HTTP."""

    def __init__(
        self, source: Source, resource: str, client: SourceClient, progress: Progress | None = None
    ) -> None:
        """Bind the extractor to a resource and a session."""
        self._source = source
        self._settings: ResourceSettings = source.resources[resource]
        self._contract = source.contract.resources[resource]
        self._client = client
        self._progress = progress
        self._door = Door(self._contract)
        self._door_lock = threading.Lock()

    @abstractmethod
    def parameters(self, period: Period) -> dict[str, str]:
        """Query parameters that ask for the period, without paging."""

    @abstractmethod
    def read_page(self, payload: object, answer: Answer, what: str) -> Page:
        """Take a decoded answer apart.

        Raises:
            DataRefused: it has not the shape of this source's pages.
        """

    async def fetch(self, period: Period, place: Incoming) -> Fetched:
        """Fetch all pages of the period through the door into hidden landing files.

        Args:
            period: what to fetch.
            place: where the files go; left empty when this fails.

        Raises:
            SourceUnavailable: the source does not answer.
            DataRefused: what it answers must not be loaded.
        """
        for attempt in range(1, self._source.window_attempts + 1):
            try:
                return await self._fetch_once(period, place)
            except PagesDrifted as drift:
                await asyncio.to_thread(place.discard)
                event(
                    logger,
                    "pages do not fit together",
                    resource=self._settings.name,
                    period=period,
                    attempt=attempt,
                    reason=drift,
                )
                if attempt == self._source.window_attempts:
                    raise DataRefused(f"{drift}; {attempt} attempts") from None
            except BaseException:
                await asyncio.to_thread(place.discard)
                raise
        raise AssertionError("unreachable: window_attempts is at least 1")

    async def _fetch_once(self, period: Period, place: Incoming) -> Fetched:
        window = _Window(self, period, place)
        pages = await window.first()
        numbers = iter(range(2, pages + 1))

        async def worker() -> None:
            for number in numbers:
                await window.page(number)

        tasks = [
            asyncio.create_task(worker())
            for _ in range(min(self._source.http.concurrency, max(0, pages - 1)))
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await window.check_end(pages)
        return window.fetched


class _Window:
    """State while the pages of one window are fetched."""

    def __init__(self, extractor: Extractor, period: Period, place: Incoming) -> None:
        self._extractor = extractor
        self._settings = extractor._settings
        self._what = f"{extractor._settings.name} {period}"
        self._parameters = extractor.parameters(period)
        self._place = place
        self._seen = array("q")
        self.fetched = Fetched()

    async def first(self) -> int:
        """Fetch page 1; returns how many pages the source announces."""
        page = await self._get(1)
        self.fetched.total = page.total
        await self._take(1, page)
        return max(1, -(-page.total // self._settings.page_size))

    async def page(self, number: int) -> None:
        """Fetch one further page."""
        page = await self._get(number)
        if page.total != self.fetched.total:
            raise PagesDrifted(
                f"{self._what}: the total changed from {self.fetched.total} to {page.total} "
                f"at page {number}"
            )
        await self._take(number, page)
        report = self._extractor._progress
        if report:
            report(self._what, len(self.fetched.files), -(-page.total // self._settings.page_size))

    async def check_end(self, pages: int) -> None:
        """Checks over all pages: nothing twice, nothing missing, nothing beyond the end."""
        keys = np.sort(np.frombuffer(self._seen, dtype=np.int64)) if self._seen else np.array([])
        repeated = int(np.count_nonzero(keys[1:] == keys[:-1]))
        if repeated:
            raise PagesDrifted(f"{self._what}: {repeated} records came on more than one page")
        if self.fetched.total and self.fetched.total % self._settings.page_size == 0:
            # A total of whole pages is what a silent cap looks like: there must be nothing after.
            beyond = await self._get(pages + 1)
            if beyond.records:
                raise PagesDrifted(
                    f"{self._what}: {len(beyond.records)} records beyond the announced total "
                    f"of {self.fetched.total}"
                )

    async def _get(self, number: int) -> Page:
        what = f"{self._what} page {number}"
        parameters = {
            **self._parameters,
            "page": str(number),
            "page_size": str(self._settings.page_size),
        }
        attempts = self._extractor._source.window_attempts
        for attempt in range(1, attempts + 1):
            answer = await self._extractor._client.get(self._settings.path, parameters)
            try:
                payload = await asyncio.to_thread(decode, answer.body, what)
                break
            except DataRefused as refusal:
                if attempt == attempts:
                    raise
                event(logger, "fetching a broken page again", reason=refusal, attempt=attempt)
        if number == 1:
            self.fetched.url = answer.url
        return self._extractor.read_page(payload, answer, what)

    async def _take(self, number: int, page: Page) -> None:
        """Check the page's size, pass it through the door and keep its lines."""
        size = self._settings.page_size
        due = min(size, max(0, self.fetched.total - (number - 1) * size))
        if len(page.records) != due:
            raise PagesDrifted(
                f"{self._what} page {number}: {len(page.records)} records instead of {due}, "
                f"the source announces {self.fetched.total}"
            )
        self.fetched.is_synthetic |= page.is_synthetic
        file, identities, masked = await finish_in_thread(self._land, number, page.records)
        # Within one page a repeated record is the source's own; across pages it is drift.
        self._seen.extend(identities)
        self.fetched.files[number] = file
        self.fetched.masked += masked

    def _land(self, number: int, records: list[Any]) -> tuple[LandedFile, set[int], int]:
        with self._extractor._door_lock:
            projected = self._extractor._door.project(records)
        file = self._place.add(number, projected.lines)
        return file, {hash(key) for key in projected.identities if key}, projected.masked


async def finish_in_thread(work: Callable[..., _Result], *given: object) -> _Result:
    """Run ``work`` in a thread; when cancelled, wait for the thread first.

    A cancelled task does not stop its thread, which would go on writing into a place that is being
    cleared.
    """
    task = asyncio.ensure_future(asyncio.to_thread(work, *given))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


class WindowedPages(Extractor):
    """Records updated within a half-open window of server time."""

    def parameters(self, period: Period) -> dict[str, str]:
        """The period's bounds in the source's time zone, reaching back by the overlap."""
        start, end = period.bounds(self._source.zone)
        start -= timedelta(hours=self._settings.overlap_hours)
        return {"updated_from": start.isoformat(), "updated_to": end.isoformat()}


class SnapshotPages(Extractor):
    """The state of a whole resource as of a day."""

    def parameters(self, period: Period) -> dict[str, str]:
        """The period's last day: of a month, the state with which it closed."""
        return {"as_of": (period.end - timedelta(days=1)).isoformat()}
