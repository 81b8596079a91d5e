"""Documents of a window from all doors, with their files; and the readings of those files."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from ingestion.core.connection import Connection
from ingestion.core.contract import PROBLEMS
from ingestion.core.door import Door
from ingestion.core.extractor import (
    ExtractFile,
    Fetched,
    Fetcher,
    Progress,
    Workplace,
    finish_in_thread,
)
from ingestion.core.landing import Incoming
from ingestion.core.period import Period
from ingestion.core.source import Source
from ingestion.core.web import WebClient
from ingestion.sources.budget_publications.dropped import dropped_offers, later_windows
from ingestion.sources.budget_publications.files import Counts, Files
from ingestion.sources.budget_publications.known import KnownRow, Row, known_count, known_rows
from ingestion.sources.budget_publications.listings import Listings
from ingestion.sources.budget_publications.offers import DoorName, Offer, told_apart
from ingestion.sources.budget_publications.readings import Readings
from ingestion.sources.budget_publications.settings import Settings, read_settings
from ingestion.sources.budget_publications.versions import folded, version_of

_ROWS_A_FILE = 2_000


class BudgetClient(WebClient):
    """A session with the sites of this source.

    Attributes:
        web_url: site of the listing on web pages.
    """

    def __init__(self, source: Source, settings: Settings, base_url: str, web_url: str) -> None:
        """Prepare; nothing is sent before the first request."""
        files = replace(
            source.http,
            response_mib=settings.files.mib,
            request_seconds=settings.files.seconds,
            attempts=min(settings.files.attempts, source.http.attempts),
        )
        super().__init__(base_url, source.http, own=[web_url], hosts=settings.hosts, files=files)
        self.web_url = web_url


def make_client(source: Source, connection: Connection, base_url: str | None) -> BudgetClient:
    """A session at the connection's address, or at ``base_url``.

    ``extra`` of the connection may name another site for the listing on web pages.
    """
    settings = read_settings()
    address = base_url or connection.base_url
    named = "" if base_url else str(connection.extra.get(settings.web.base, ""))
    return BudgetClient(source, settings, address, named.rstrip("/") or address)


def make_extractor(
    source: Source,
    resource: str,
    client: BudgetClient,
    progress: Progress | None = None,
    workplace: Workplace | None = None,
) -> Fetcher:
    """Brings documents or readings of a window."""
    if workplace is None:
        raise TypeError("this source keeps files, so it needs a workplace")
    if resource == "readings":
        return Readings(source, workplace, progress)
    return Documents(source, workplace, client, progress)


def make_extractor_by_hand(
    source: Source,
    resource: str,
    progress: Progress | None = None,
    workplace: Workplace | None = None,
) -> Fetcher:
    """The same, asking nobody: only files dropped by hand, and what is known already."""
    if workplace is None:
        raise TypeError("this source keeps files, so it needs a workplace")
    if resource == "readings":
        return Readings(source, workplace, progress)
    return Documents(source, workplace, None, progress)


@dataclass
class Window:
    """What was found for a window.

    Attributes:
        rows: all versions, as they go through the door.
        offered: how many documents are offered now.
        kept: files that were newly kept.
        known: rows that raw holds for the window.
    """

    rows: list[Row]
    offered: int
    unplaced: int
    counts: Counts
    kept: list[ExtractFile] = field(default_factory=list)
    known: list[KnownRow] = field(default_factory=list)


class Documents:
    """Documents that the doors offer for a window, with the versions known before."""

    def __init__(
        self,
        source: Source,
        workplace: Workplace,
        client: BudgetClient | None,
        progress: Progress | None = None,
    ) -> None:
        """Without a client only the manual door is looked at."""
        self._settings = read_settings()
        self._workplace = workplace
        self._progress = progress
        self._contract = source.contract.resources["documents"]
        self._files = Files(client, self._settings, workplace.landing)
        self._together = asyncio.Semaphore(self._settings.files.requests_at_once)
        self._later: dict[str, Period] | None = None
        self._listings: Listings | None = None
        if client is not None:
            self._listings = Listings(
                client,
                self._settings,
                source.window_attempts,
                lambda door, year: known_count(workplace.engine, door, year),
                client.web_url,
            )

    async def fetch(self, period: Period, place: Incoming) -> Fetched:
        """Land the documents of a window.

        Raises:
            SourceUnavailable: a listing, or file after file, does not come.
            DataRefused: a listing or a dropped file must not be believed; nothing is landed.
        """
        window = await self.window(period)
        fetched = Fetched(
            total=window.offered,
            is_synthetic=window.counts.is_synthetic,
            attachments=window.kept,
            took_dropped=True,
            facts={
                "fetched": window.counts.fetched,
                "unchanged": window.counts.unchanged,
                "file_problems": window.counts.problems,
                "unplaced": window.unplaced,
                "versions_kept": len(window.rows) - window.offered,
            },
        )
        if self._listings is None and not window.rows:
            return fetched  # nobody was asked and nothing was dropped: that is not an empty window
        door = Door(self._contract)
        try:
            for start in range(0, len(window.rows) or 1, _ROWS_A_FILE):
                projected = door.project([dict(row) for row in window.rows[start:][:_ROWS_A_FILE]])
                number = len(fetched.files) + 1
                fetched.files[number] = await finish_in_thread(place.add, number, projected.lines)
                fetched.masked += projected.masked
        except BaseException:
            await asyncio.to_thread(place.discard)
            raise
        return fetched

    async def window(self, period: Period) -> Window:
        """All versions of a window as they are now; new files are kept, nothing else is written."""
        offers: list[Offer] = []
        asked: set[DoorName] = {"manual"}
        unplaced = 0
        counts = Counts()
        if self._listings is not None:
            shelf = await self._listings.shelf(period)
            offers += shelf.by_window.get(period, [])
            unplaced, counts.is_synthetic = shelf.unplaced, shelf.is_synthetic
            asked |= {"ckns", "web"}
        settings, manual_url = self._settings, self._workplace.manual_url
        offers += told_apart(
            await asyncio.to_thread(
                dropped_offers, manual_url, settings.manual, settings.dropped, period
            )
        )
        later = await self._dropped_later()
        keys = [offer.document_key for offer in offers]
        known = await asyncio.to_thread(known_rows, self._workplace.engine, period, keys)
        before: dict[str, list[KnownRow]] = defaultdict(list)
        for item in known:
            before[item.row["document_key"]].append(item)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        kept: list[ExtractFile] = []
        done = 0

        async def current(offer: Offer) -> Row:
            nonlocal done
            earlier = before[offer.document_key]
            async with self._together:
                file, problem = await self._files.get(offer, earlier, kept, counts)
            done += 1
            if self._progress:
                self._progress(f"documents {period}", done, len(offers))
            row = version_of(offer, file, problem, earlier, now)
            if later.get(offer.address, period) > period and offer.door == "manual":
                return {**row, "is_current": "false"}
            return row

        tasks = [asyncio.create_task(current(offer)) for offer in offers]
        try:
            rows = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        here = [item for item in known if item.period == str(period)]
        versions = folded(rows, [item.row for item in here], asked)
        kept.sort(key=lambda item: (item.file.path, item.url))
        return Window(versions, len(offers), unplaced, counts, kept, here)

    async def _dropped_later(self) -> dict[str, Period]:
        """Of files dropped by hand: the last window of each address; looked up once a run."""
        if self._later is None:
            settings = self._settings
            self._later = await asyncio.to_thread(
                later_windows, self._workplace.manual_url, settings.manual, settings.dropped
            )
        return self._later

    def is_changed(self, window: Window) -> bool:
        """Whether raw would be another when the window were loaded again."""
        lines = Door(self._contract).project([dict(row) for row in window.rows]).lines
        found: list[dict[str, Any]] = [orjson.loads(line) for line in lines]
        loadable = [row for row in found if PROBLEMS not in row]
        return _content(loadable) != _content([dict(item.row) for item in window.known])


def _content(rows: list[dict[str, Any]]) -> set[tuple[tuple[str, str], ...]]:
    return {tuple(sorted(row.items())) for row in rows}
