"""All listings of a run, each fetched once however many windows it serves."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from ingestion.core.errors import DataRefused, PagesDrifted
from ingestion.core.log import event
from ingestion.core.period import Period
from ingestion.core.web import WebClient
from ingestion.sources.budget_publications.ckns import offers_of_year
from ingestion.sources.budget_publications.offers import DoorName, Offer, told_apart
from ingestion.sources.budget_publications.pages import offers_of_pages
from ingestion.sources.budget_publications.settings import Settings

logger = logging.getLogger(__name__)

KnownCount = Callable[[DoorName, int | None], int]
"""How many documents of a door (and budget year) were known before."""


@dataclass
class Shelf:
    """The offers of a span of budget years, by window.

    Attributes:
        unplaced: offers without any day or year, which belong to no window.
        is_synthetic: a listing says that its data is simulated.
    """

    by_window: dict[Period, list[Offer]] = field(default_factory=lambda: defaultdict(list))
    unplaced: int = 0
    is_synthetic: bool = False


_Listing = tuple[list[Offer], bool]


class Listings:
    """The doors that are asked over the network."""

    def __init__(
        self,
        client: WebClient,
        settings: Settings,
        attempts: int,
        known_count: KnownCount,
        web_url: str,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            client: asks.
            settings: rules of the doors.
            attempts: how often a listing that lost rows is asked for.
            known_count: what was known before, to notice a listing that lost too much.
            web_url: site of the listing on web pages.
        """
        self._client = client
        self._settings = settings
        self._attempts = attempts
        self._known_count = known_count
        self._web_url = web_url
        self._listings: dict[tuple[DoorName, int | None], _Listing | DataRefused] = {}
        self._shelves: dict[range, Shelf] = {}
        self._lock = asyncio.Lock()

    async def shelf(self, period: Period) -> Shelf:
        """What is offered for the budget years that can matter to a window.

        Raises:
            SourceUnavailable: a listing does not come.
            DataRefused: a listing must not be believed.
        """
        settings = self._settings
        years = range(
            period.start.year - settings.years_back, period.start.year + settings.years_ahead + 1
        )
        async with self._lock:
            if years not in self._shelves:
                self._shelves[years] = await self._make_shelf(years)
            return self._shelves[years]

    async def _make_shelf(self, years: range) -> Shelf:
        client, settings = self._client, self._settings
        shelf = Shelf()
        portal: list[Offer] = []
        ask: Callable[[], Awaitable[_Listing]]
        for year in years:
            ask = partial(offers_of_year, client, settings.ckns, year)
            offers, synthetic = await self._once("ckns", year, ask)
            portal += offers
            shelf.is_synthetic |= synthetic
        ask = partial(offers_of_pages, client, settings.web, self._web_url)
        pages, synthetic = await self._once("web", None, ask)
        shelf.is_synthetic |= synthetic
        for offer in (*told_apart(portal), *told_apart(pages)):
            if offer.day is None:
                shelf.unplaced += 1
            elif offer.period is not None:  # else from before the first window
                shelf.by_window[offer.period].append(offer)
        if shelf.unplaced:
            event(
                logger,
                "documents without day and year belong to no window",
                level=logging.WARNING,
                count=shelf.unplaced,
            )
        return shelf

    async def _once(
        self, door: DoorName, year: int | None, ask: Callable[[], Awaitable[_Listing]]
    ) -> _Listing:
        """A listing, asked for once; what was refused stays refused in this run."""
        key = (door, year)
        if key not in self._listings:
            try:
                listing = await self._whole(ask)
                await asyncio.to_thread(self._check_size, door, year, listing[0])
                self._listings[key] = listing
            except DataRefused as refusal:
                self._listings[key] = refusal
        found = self._listings[key]
        if isinstance(found, DataRefused):
            raise found
        return found

    async def _whole(self, ask: Callable[[], Awaitable[_Listing]]) -> _Listing:
        for attempt in range(1, self._attempts + 1):
            try:
                return await ask()
            except PagesDrifted as drift:
                event(logger, "a listing is not whole", attempt=attempt, reason=drift)
                if attempt == self._attempts:
                    raise DataRefused(f"{drift}; {attempt} attempts") from None
        raise AssertionError("unreachable: there is at least one attempt")

    def _check_size(self, door: DoorName, year: int | None, offers: list[Offer]) -> None:
        """A listing that lost most of what it had is not believed.

        Raises:
            DataRefused: it has.
        """
        bounds = self._settings.shrinkage
        known = self._known_count(door, year)
        offered = len({offer.document_key for offer in offers})
        if known >= bounds.least and offered < known * bounds.least_share:
            of_year = f" of {year}" if year else ""
            raise DataRefused(
                f"the listing of door {door}{of_year} offers {offered} documents where {known} "
                "were known: taken for an outage, nothing is changed"
            )
