"""A portal without an interface, read from its web pages by rules.

A list of links leads to a page for each dataset. Where the facts stand on it is said by XPath in
``source.yml``; another design of the portal is another set of rules.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

import lxml.html

from ingestion.core.addresses import AddressRefused, joined
from ingestion.core.at_once import asked_at_once
from ingestion.core.errors import DataRefused, PagesDrifted, SourceUnavailable, StatusRefused
from ingestion.core.log import event
from ingestion.core.web import WebClient
from ingestion.core.web_pages import clean, page_tree, pages_of
from ingestion.sources.open_data_portal.adapters.entries import (
    Maker,
    hidden,
    number,
)
from ingestion.sources.open_data_portal.catalogue import (
    Catalogue,
    DatasetEntry,
    PublisherEntry,
    State,
)
from ingestion.sources.open_data_portal.settings import Portal

logger = logging.getLogger(__name__)

_LISTED = ("contacts", "tags")
_ADDRESSES = ("licence_url", "url")
_HIDDEN: Mapping[int, State] = {401: "private", 403: "private", 404: "deleted", 410: "deleted"}
_LONGEST = 200_000


class PagesAdapter:
    """Reads the catalogue of a portal from its web pages."""

    def __init__(self, client: WebClient, portal: Portal) -> None:
        """Prepare; nothing is asked yet."""
        self._client = client
        self._portal = portal

    async def read(self, day: date) -> Catalogue:
        """Everything that the portal offers; see `Adapter.read`."""
        return await _Reading(self._client, self._portal).read()


class _Reading:
    """State of one reading of the portal."""

    def __init__(self, client: WebClient, portal: Portal) -> None:
        self._client = client
        self._rules = portal.pages
        self._maker = Maker(portal, portal.pages.moments, client.base_url)
        self._is_synthetic = False
        self._failed_in_a_row = 0

    async def read(self) -> Catalogue:
        addresses, stated = await self._listed()
        entries = await asked_at_once(self._shown, addresses, self._rules.requests_at_once)
        if entries and all(entry.state == "unreadable" for entry in entries):
            raise SourceUnavailable(f"none of the pages of {len(entries)} datasets can be read")
        publishers, remarks = await self._publishers()
        return self._maker.catalogue(
            entries,
            publishers,
            stated=stated,
            way="pages",
            is_synthetic=self._is_synthetic,
            remarks=remarks,
        )

    async def _listed(self) -> tuple[list[str], int | None]:
        """Addresses of the datasets' pages, and the portal's own count of them.

        Raises:
            PagesDrifted: the list does not hold what it counts, or repeats itself.
        """
        rules = self._rules
        addresses: list[str] = []
        stated: int | None = None
        async for page in pages_of(self._client, rules.listing_rules, self._client.base_url):
            self._is_synthetic |= page.is_synthetic
            counted = number(_value(page.tree, rules.count)) if rules.count else None
            if stated is not None and counted is not None and counted != stated:
                raise PagesDrifted(f"the list counts {stated} datasets, then {counted}")
            stated = counted if stated is None else stated
            links = [clean(link, 4000) for link in _all(page.tree, rules.datasets)]
            try:
                addresses += dict.fromkeys(joined(page.url, link) for link in links)
            except AddressRefused as refusal:
                raise DataRefused(f"link to a dataset's page: {refusal}") from None
            self._maker.check_size(len(addresses))
        if len(set(addresses)) != len(addresses):
            raise PagesDrifted("a dataset stands on two pages of the list")
        if stated is not None and stated != len(addresses):
            raise PagesDrifted(f"the list counts {stated} datasets and links to {len(addresses)}")
        return addresses, stated

    async def _shown(self, address: str) -> DatasetEntry:
        """The dataset of a page, or why it is not to be had."""
        try:
            page = await self._client.page(address)
            tree = page_tree(page, self._rules.page_mib, self._rules.dataset, self._rules.end)
        except StatusRefused as refused:
            self._failed_in_a_row = 0
            state = _HIDDEN.get(refused.status, "unreadable")
            return hidden(address, _last_step(address), state)
        except (SourceUnavailable, DataRefused) as error:
            event(logger, "the page of a dataset cannot be read", reason=error)
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= self._rules.down_after:
                raise SourceUnavailable(
                    f"{self._failed_in_a_row} pages of datasets in a row cannot be read; the last: "
                    f"{error}"
                ) from None
            return hidden(address, _last_step(address), "unreadable")
        self._failed_in_a_row = 0
        facts = _facts(tree, self._rules.fields, address)
        fields = self._rules.resource_fields
        rows = [_facts(row, fields, address) for row in _all(tree, self._rules.rows)]
        return self._maker.dataset(
            {"page_url": address, **facts, "resources": rows, "stated_resource_count": len(rows)}
        )

    async def _publishers(self) -> tuple[list[PublisherEntry], list[str]]:
        """Organisations of their own page, if there is one."""
        rules = self._rules.publishers
        if not rules.get("path"):
            return [], []
        try:
            page = await self._client.page(joined(self._client.base_url + "/", rules["path"]))
            tree = page_tree(page, self._rules.page_mib, rules["rows"], self._rules.end)
            rows = _all(tree, rules["rows"])
            return [
                self._maker.publisher(_facts(row, rules["fields"], page.url)) for row in rows
            ], []
        except (SourceUnavailable, DataRefused) as error:
            event(logger, "the page of organisations cannot be read", reason=error)
            return [], [f"organisations were taken from the datasets: {error}"]


def _facts(node: lxml.html.HtmlElement, paths: Mapping[str, str], page_url: str) -> dict[str, Any]:
    """Facts of a page or row; addresses are those of the page they stand on."""
    facts: dict[str, Any] = {}
    for fact, path in paths.items():
        if fact in _LISTED:
            facts[fact] = [_text(found) for found in _all(node, path)]
            continue
        facts[fact] = _value(node, path)
        if fact in _ADDRESSES and facts[fact]:
            # One that cannot be joined stays as published: it is judged where it is asked for.
            with contextlib.suppress(AddressRefused):
                facts[fact] = joined(page_url, facts[fact])
    return facts


def _value(node: lxml.html.HtmlElement, path: str) -> str:
    """What a path leads to, as text; of several places the first."""
    found = node.xpath(path)
    return _text(found[0] if found else "") if isinstance(found, list) else _text(found)


def _text(found: object) -> str:
    if isinstance(found, lxml.html.HtmlElement):
        found = found.text_content()
    return clean(found, _LONGEST)


def _all(node: lxml.html.HtmlElement, path: str) -> list[Any]:
    found = node.xpath(path)
    return found if isinstance(found, list) else [found]


def _last_step(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]
