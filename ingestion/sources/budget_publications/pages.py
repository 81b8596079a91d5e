"""A listing on web pages, read by rules: where the rows are, and where in a row a fact stands."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import lxml.etree
import lxml.html

from ingestion.core.addresses import AddressRefused, joined
from ingestion.core.errors import DataRefused, PagesDrifted
from ingestion.core.web import Page, WebClient
from ingestion.reading.encodings import decode
from ingestion.reading.grid import FileRefused
from ingestion.sources.budget_publications.offers import Offer, Wording, clean
from ingestion.sources.budget_publications.settings import PageRules

_READABLE = ("utf-8", "utf-16-le", "utf-16-be", "cp1258")


async def offers_of_pages(
    client: WebClient, rules: PageRules, base_url: str
) -> tuple[list[Offer], bool]:
    """Everything that the listing's pages offer, and whether they say that it is simulated.

    Args:
        client: asks for pages, as robots.txt allows.
        rules: where the facts stand.
        base_url: of the site.

    Raises:
        SourceUnavailable: a page does not come.
        DataRefused: a page is not the listing that the rules were written for, or out of bounds.
        PagesDrifted: pages lead in a circle or repeat each other.
    """
    offers: list[Offer] = []
    is_synthetic = False
    seen: set[str] = set()
    for start in rules.start:
        listing_url = joined(base_url + "/", start)
        address: str | None = listing_url
        before: list[tuple[str, str, str]] = []
        while address is not None:
            if address in seen:
                raise PagesDrifted("the listing's pages lead in a circle")
            if len(seen) >= rules.most_pages:
                raise DataRefused(f"the listing has more than {rules.most_pages} pages")
            seen.add(address)
            page = await client.page(address)
            is_synthetic |= page.is_synthetic
            tree = _tree(page, rules)
            found = list(_offers(tree, rules, address, listing_url))
            words = [(offer.address, offer.title, offer.publisher_name) for offer in found]
            if words and words == before:
                raise PagesDrifted("a page of the listing repeats the one before it")
            before = words
            offers += found
            if len(offers) > rules.most_rows:
                raise DataRefused(f"the listing has more than {rules.most_rows} entries")
            address = _next(tree, rules, address)
    return offers, is_synthetic


def _tree(page: Page, rules: PageRules) -> lxml.html.HtmlElement:
    """The page as a tree; nothing is loaded from anywhere.

    Raises:
        DataRefused: it is too large, no HTML, or holds no listing.
        PagesDrifted: it was cut short, so that rows and the next page may be missing.
    """
    what = urlsplit(page.url).path
    if len(page.body) > rules.page_mib * 1024 * 1024:
        raise DataRefused(f"{what}: a page of more than {rules.page_mib:g} MiB")
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
    if not tree.xpath(rules.listing):
        raise DataRefused(f"{what}: the page holds no listing where the rules look for one")
    if not decoded.text.rstrip().lower().endswith(rules.end):
        raise PagesDrifted(f"{what}: a page of the listing ends early")
    return tree


def _offers(
    tree: lxml.html.HtmlElement, rules: PageRules, page_url: str, listing_url: str
) -> Iterator[Offer]:
    """The documents of a page: one for each link of a row, one without a file where there is none.

    They are said to stand on the listing, not on one page of it: rows move on when others come.
    """
    wording = Wording(rules.dates, rules.year_in)
    for row in tree.xpath(rules.rows):
        texts = {fact: clean(row.xpath(path)) for fact, path in rules.fields.items()}
        stated_name = texts.pop("file_name", "")
        facts = wording.interpret(texts)
        links = [clean(link) for link in row.xpath(rules.link)]
        own_words = "\x1f".join(
            [urlsplit(listing_url).path, *(texts[fact] for fact in sorted(texts))]
        )
        for link in dict.fromkeys(filter(None, links)):
            try:
                address = joined(page_url, link)
            except AddressRefused:
                address = ""
            if not address.startswith(("http://", "https://")):
                yield Offer(
                    door="web",
                    address=f"{own_words}\x1f{link}",
                    page_url=listing_url,
                    problem="address_refused",
                    **facts,  # type: ignore[arg-type]
                )
                continue
            name = stated_name if len(links) == 1 else ""
            yield Offer(
                door="web",
                address=address,
                page_url=listing_url,
                file_url=address,
                file_name=name or clean(unquote(urlsplit(address).path.rpartition("/")[2])),
                **facts,  # type: ignore[arg-type]
            )
        if not any(links):
            yield Offer(
                door="web",
                address=own_words,
                page_url=listing_url,
                problem="no_file",
                **facts,  # type: ignore[arg-type]
            )


def _next(tree: lxml.html.HtmlElement, rules: PageRules, page_url: str) -> str | None:
    links = [clean(link) for link in tree.xpath(rules.next_page)]
    if not links:
        return None
    try:
        return joined(page_url, links[0])
    except AddressRefused as refusal:
        raise DataRefused(f"link to the next page: {refusal}") from None
