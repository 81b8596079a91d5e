"""Pages of a web site that is read by rules: taken apart safely, followed from one to the next."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import lxml.etree
import lxml.html

from ingestion.core.addresses import AddressRefused, joined
from ingestion.core.errors import DataRefused, PagesDrifted
from ingestion.core.web import Page, WebClient
from ingestion.reading.encodings import decode
from ingestion.reading.grid import FileRefused

_READABLE = ("utf-8", "utf-16-le", "utf-16-be", "cp1258")
_LONGEST_TEXT = 1000


@dataclass(frozen=True)
class ListingRules:
    """Where a listing starts, how it goes on, and what its pages must look like (XPath).

    Attributes:
        marker: a page without it is not the listing that the rules were written for.
        end: how a page ends that was not cut short; lower case.
    """

    start: Sequence[str]
    next_page: str
    most_pages: int
    page_mib: float
    marker: str
    end: str


@dataclass(frozen=True)
class ListingPage:
    """One page of a listing.

    Attributes:
        url: its address.
        listing_url: of the first page of the listing that it belongs to.
    """

    tree: lxml.html.HtmlElement
    url: str
    listing_url: str
    is_synthetic: bool


async def pages_of(
    client: WebClient, rules: ListingRules, base_url: str
) -> AsyncIterator[ListingPage]:
    """The pages of a listing in their order.

    Raises:
        SourceUnavailable: a page does not come.
        DataRefused: a page is not the listing that the rules were written for, or out of bounds.
        PagesDrifted: pages lead in a circle, or one was cut short.
    """
    seen: set[str] = set()
    for start in rules.start:
        listing_url = joined(base_url + "/", start)
        address: str | None = listing_url
        while address is not None:
            if address in seen:
                raise PagesDrifted("the listing's pages lead in a circle")
            if len(seen) >= rules.most_pages:
                raise DataRefused(f"the listing has more than {rules.most_pages} pages")
            seen.add(address)
            page = await client.page(address)
            tree = page_tree(page, rules.page_mib, rules.marker, rules.end)
            yield ListingPage(tree, address, listing_url, page.is_synthetic)
            address = _next(tree, rules.next_page, address)


def page_tree(page: Page, mib: float, marker: str, end: str) -> lxml.html.HtmlElement:
    """The page as a tree; nothing is loaded from anywhere.

    Args:
        page: as it came.
        mib: bound on its size.
        marker: XPath of what it must hold.
        end: how it must end; lower case.

    Raises:
        DataRefused: it is too large, no HTML, or does not hold what it must.
        PagesDrifted: it was cut short, so that rows and the next page may be missing.
    """
    what = urlsplit(page.url).path
    if len(page.body) > mib * 1024 * 1024:
        raise DataRefused(f"{what}: a page of more than {mib:g} MiB")
    try:
        decoded = decode(page.body)
    except FileRefused as refusal:
        raise DataRefused(f"{what}: the page's text cannot be decoded: {refusal.code}") from None
    if decoded.encoding not in _READABLE and not decoded.text.isascii():
        raise DataRefused(f"{what}: the page is in no encoding that is known to be Vietnamese")
    # What the page says of its encoding may be wrong; the bytes have been understood already.
    parser = lxml.html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, huge_tree=False
    )
    try:
        tree = lxml.html.document_fromstring(decoded.text.encode(), parser=parser)
    except (lxml.etree.LxmlError, ValueError):
        raise DataRefused(f"{what}: the page is no HTML that can be read") from None
    if not tree.xpath(marker):
        raise DataRefused(f"{what}: the page holds no listing where the rules look for one")
    if not decoded.text.rstrip().lower().endswith(end):
        raise PagesDrifted(f"{what}: a page of the listing ends early")
    return tree


def clean(text: object, most: int = _LONGEST_TEXT) -> str:
    """A text of others in one line, NFC, bounded; nothing of it is interpreted."""
    if text is None or isinstance(text, dict | list | bool):
        return ""
    flat = " ".join(str(text).replace("\x00", " ").split())
    storable = flat.encode("utf-8", "ignore").decode()  # without halves of surrogate pairs
    return unicodedata.normalize("NFC", storable)[:most]


def _next(tree: lxml.html.HtmlElement, path: str, page_url: str) -> str | None:
    links = [clean(link) for link in tree.xpath(path)]
    if not links:
        return None
    try:
        return joined(page_url, links[0])
    except AddressRefused as refusal:
        raise DataRefused(f"link to the next page: {refusal}") from None
