"""The catalogue of a day, whole and believable, or a reason why there is none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ingestion.core.errors import DataRefused, PagesDrifted
from ingestion.core.extractor import Workplace
from ingestion.core.log import event
from ingestion.core.period import Period
from ingestion.core.source import Shrinkage, Source
from ingestion.core.web import WebClient
from ingestion.sources.open_data_portal.adapters import make_adapter
from ingestion.sources.open_data_portal.bounds import Bounds
from ingestion.sources.open_data_portal.catalogue import Catalogue, DatasetEntry
from ingestion.sources.open_data_portal.dropped import dropped_catalogue
from ingestion.sources.open_data_portal.known import known_datasets
from ingestion.sources.open_data_portal.records import repeated_datasets
from ingestion.sources.open_data_portal.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Portal:
    """The portal as a connection tells it.

    Attributes:
        client: asks it.
        as_of_header: header in which it is told the day whose state is wanted; "" for a portal
            that shows its present only.
    """

    client: WebClient
    settings: Settings
    as_of_header: str = ""

    def on(self, period: Period) -> WebClient:
        """The client that asks for a day."""
        if not self.as_of_header:
            return self.client
        return self.client.saying({self.as_of_header: str(period)})

    def time_trouble(self, period: Period, source: Source, latest_hours: float) -> str:
        """Why the portal's present may not stand for a day; "" where it may."""
        if self.as_of_header:
            return ""
        end = period.bounds(source.zone)[1]
        now = datetime.now(UTC)
        if now < end:
            return f"{period} is not over yet: its snapshot is taken after midnight"
        if now > end + timedelta(hours=latest_hours):
            return (
                f"{period} ended more than {latest_hours:g} hours ago and the portal shows its "
                "present only: drop a catalogue of that day by hand"
            )
        return ""


@dataclass(frozen=True)
class Snapshot:
    """A catalogue that may be loaded.

    Attributes:
        by_hand: it was dropped by a person.
    """

    catalogue: Catalogue
    by_hand: bool


class Snapshots:
    """Gets the catalogues of days: dropped by hand, else from the portal."""

    def __init__(
        self, source: Source, bounds: Bounds, workplace: Workplace, portal: Portal | None
    ) -> None:
        """Without a portal only the manual door is looked at."""
        self._source = source
        self._bounds = bounds
        self._workplace = workplace
        self._portal = portal

    async def of(self, period: Period) -> Snapshot | None:
        """The catalogue of a day; None where nobody was asked and nothing was dropped.

        Raises:
            SourceUnavailable: the portal does not answer.
            DataRefused: the day is over for too long, or what came is not the whole.
        """
        by_hand = await asyncio.to_thread(
            dropped_catalogue, self._workplace.manual_url, self._bounds.dropped, period
        )
        if by_hand is not None:
            return Snapshot(await self._believed(period, by_hand), True)
        if self._portal is None:
            return None
        trouble = self._portal.time_trouble(
            period, self._source, self._bounds.snapshot.latest_hours
        )
        if trouble:
            raise DataRefused(trouble)
        adapter = make_adapter(self._portal.on(period), self._portal.settings)
        for attempt in range(1, self._source.window_attempts + 1):
            try:
                catalogue = await adapter.read(period.start)
                return Snapshot(await self._believed(period, catalogue), False)
            except PagesDrifted as drift:
                event(logger, "a catalogue is not whole", attempt=attempt, reason=drift)
                if attempt == self._source.window_attempts:
                    raise DataRefused(f"{drift}; {attempt} attempts") from None
        raise AssertionError("unreachable: there is at least one attempt")

    async def _believed(self, period: Period, catalogue: Catalogue) -> Catalogue:
        """A catalogue that is whole, with datasets known by the ids that they had."""
        check_whole(catalogue)
        known = await asyncio.to_thread(known_datasets, self._workplace.engine, period)
        check_size(catalogue, len(known), self._bounds.shrinkage)
        return named_as_before(catalogue, known)


def check_whole(catalogue: Catalogue) -> None:
    """Whether all that the portal counts is there, once.

    Private and deleted datasets may lie beyond its count; those it counts and does not show are
    there as ``unreadable``.

    Raises:
        PagesDrifted: it is not.
    """
    if repeated := repeated_datasets(catalogue):
        raise PagesDrifted(f"{repeated} datasets came more than once")
    found = len(catalogue.datasets)
    counted = sum(item.state in ("active", "unreadable") for item in catalogue.datasets)
    stated = catalogue.stated_dataset_count
    if stated is not None and not counted <= stated <= found:
        raise PagesDrifted(f"{counted} datasets came, the portal counts {stated}")


def check_size(catalogue: Catalogue, known: int, bounds: Shrinkage) -> None:
    """Whether a catalogue holds enough of what the last one held.

    Raises:
        DataRefused: it lost most of it.
    """
    found = len(catalogue.datasets)
    if known >= bounds.least and found < known * bounds.least_share:
        raise DataRefused(
            f"the portal shows {found} datasets where {known} were known: taken for an outage, "
            "nothing is changed (source.yml: shrinkage, when the loss is real)"
        )


def named_as_before(catalogue: Catalogue, known: Mapping[str, str]) -> Catalogue:
    """Datasets that the portal only names get the id that they had when they could be read.

    Otherwise one that cannot be read today would seem withdrawn, and another one published.

    Args:
        catalogue: as it was read.
        known: short name by id, of the last snapshot.
    """
    here = {item.dataset_id for item in catalogue.datasets}
    ids = {name: dataset_id for dataset_id, name in known.items() if dataset_id not in here}

    def named(item: DatasetEntry) -> DatasetEntry:
        if item.state == "active" or item.dataset_id in known or item.name not in ids:
            return item
        return replace(item, dataset_id=ids[item.name])

    return replace(catalogue, datasets=tuple(named(item) for item in catalogue.datasets))
