"""A portal that describes its catalogue as DCAT: JSON-LD, Turtle, RDF/XML or ``data.json``.

Documents are parsed in the isolated reading process (`ingestion.reading.isolation`): a parser of
foreign RDF has neither network nor files there, and bounded memory and time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from ingestion.core.addresses import AddressRefused, joined
from ingestion.core.errors import DataRefused, PagesDrifted, StatusRefused
from ingestion.core.log import event, quote_foreign
from ingestion.core.web import WebClient
from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated, Limits
from ingestion.sources.open_data_portal.adapters.entries import (
    Maker,
    hidden,
    number,
)
from ingestion.sources.open_data_portal.catalogue import Catalogue, DatasetEntry, PublisherEntry
from ingestion.sources.open_data_portal.settings import DcatRules, Portal

logger = logging.getLogger(__name__)

_JOB = "ingestion.sources.open_data_portal.dcat_graph:read_catalogue"
_KINDS = (
    "application/ld+json",
    "application/json",
    "text/turtle",
    "application/x-turtle",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
    "text/plain",
)


@dataclass
class _Gathered:
    """Facts of all pages of a catalogue.

    Attributes:
        named: datasets that a page links to without describing them.
        total: as the catalogue says; None where it says nothing.
    """

    datasets: list[Mapping[str, Any]] = field(default_factory=list)
    publishers: list[Mapping[str, Any]] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    total: int | None = None
    is_synthetic: bool = False

    def add(self, facts: Mapping[str, Any]) -> None:
        """Take in a page."""
        self.datasets += facts["datasets"]
        self.publishers += facts["publishers"]
        self.named += facts["named"]
        self.total = number(facts["total"]) if self.total is None else self.total


class DcatAdapter:
    """Reads the catalogue of a portal that describes it as DCAT."""

    def __init__(self, client: WebClient, portal: Portal) -> None:
        """Prepare; nothing is asked yet."""
        self._client = client
        self._portal = portal
        self._rules = portal.dcat
        self._maker = Maker(portal, portal.dcat.moments, client.base_url)

    async def read(self, day: date) -> Catalogue:
        """Everything that the portal offers; see `Adapter.read`."""
        refused: StatusRefused | DataRefused | None = None
        remarks = []
        with reading_process(self._rules) as isolated:
            for path in self._rules.paths:
                try:
                    gathered = await self._pages(
                        isolated, joined(self._client.base_url + "/", path)
                    )
                except PagesDrifted:
                    raise
                except (StatusRefused, DataRefused) as error:
                    refused = refused or error
                    if not isinstance(error, StatusRefused):
                        remarks.append(f"{path} was refused: {error}")
                        event(logger, "a catalogue was refused", path=path, reason=error)
                    continue
                catalogue = catalogue_of(gathered, self._maker, remarks)
                stated = catalogue.stated_dataset_count
                if stated not in (None, len(catalogue.datasets)):
                    raise PagesDrifted(
                        f"the catalogue counts {stated} datasets, its pages hold "
                        f"{len(catalogue.datasets)}"
                    )
                return catalogue
        raise refused or DataRefused("no path of a catalogue is set (portal.dcat.paths)")

    async def _pages(self, isolated: Isolated, start: str) -> _Gathered:
        gathered = _Gathered()
        seen: set[str] = set()
        address = start
        while address:
            if address in seen:
                raise PagesDrifted("the catalogue's pages lead in a circle")
            if len(seen) >= self._rules.most_pages:
                raise DataRefused(f"the catalogue has more than {self._rules.most_pages} pages")
            seen.add(address)
            page = await self._client.document(address, _KINDS)
            gathered.is_synthetic |= page.is_synthetic
            facts = await asyncio.to_thread(parsed, isolated, page.body, page.url)
            gathered.add(facts)
            self._maker.check_size(len(gathered.datasets))
            address = _following(facts["next"], page.url)
        return gathered


def reading_process(rules: DcatRules) -> Isolated:
    """The process that reads catalogues, with bounds of its own: a graph takes much memory."""
    return Isolated(1, Limits(memory_bytes=rules.memory_mib * 1024 * 1024, seconds=rules.seconds))


def parsed(isolated: Isolated, content: bytes, url: str) -> Mapping[str, Any]:
    """Facts of one document.

    Raises:
        DataRefused: it is no catalogue, or one that must not be read.
    """
    try:
        return isolated.run(_JOB, content, urlsplit(url).path, {"base": url})
    except FileRefused as refusal:
        what = quote_foreign(urlsplit(url).path, 80)
        raise DataRefused(f"{what}: {refusal.code}: {refusal.message_vi}") from None


def catalogue_of(gathered: _Gathered, maker: Maker, remarks: Iterable[str] = ()) -> Catalogue:
    """The catalogue of all pages' facts.

    Raises:
        PagesDrifted: a dataset stands on two pages.
        DataRefused: it is out of bounds.
    """
    entries: dict[str, DatasetEntry] = {}
    for facts in gathered.datasets:
        entry = maker.dataset(facts)
        if entry.dataset_id in entries:
            raise PagesDrifted("a dataset stands twice in the catalogue")
        entries[entry.dataset_id] = entry
    described = {facts.get("address") for facts in gathered.datasets}
    for address in dict.fromkeys(gathered.named):
        if address not in described:
            entry = hidden(address, "", "unreadable")
            entries.setdefault(entry.dataset_id, entry)
    return maker.catalogue(
        entries.values(),
        _publishers(gathered.publishers, maker),
        stated=gathered.total,
        way="dump",
        is_synthetic=gathered.is_synthetic,
        remarks=tuple(remarks),
    )


def gathered_of(facts: Mapping[str, Any]) -> _Gathered:
    """One document as the whole catalogue."""
    gathered = _Gathered()
    gathered.add(facts)
    return gathered


def _publishers(given: Iterable[Mapping[str, Any]], maker: Maker) -> list[PublisherEntry]:
    found: dict[str, PublisherEntry] = {}
    for facts in given:
        entry = maker.publisher(facts)
        known = found.get(entry.publisher_id)
        if known is None or not known.title:
            found[entry.publisher_id] = entry
    return list(found.values())


def _following(link: object, url: str) -> str:
    """The address of the next page; "" where there is none.

    Raises:
        DataRefused: it leads to another site.
    """
    if not isinstance(link, str) or not link:
        return ""
    try:
        address = joined(url, link)
    except AddressRefused as refusal:
        raise DataRefused(f"link to the next page: {refusal}") from None
    here, there = urlsplit(url), urlsplit(address)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise DataRefused("the next page of the catalogue lies on another site")
    return address
