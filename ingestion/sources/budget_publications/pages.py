"""A listing on web pages, read by rules: where the rows are, and where in a row a fact stands."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import lxml.html

from ingestion.core.addresses import AddressRefused, joined
from ingestion.core.errors import DataRefused, PagesDrifted
from ingestion.core.web import WebClient
from ingestion.core.web_pages import clean, pages_of
from ingestion.sources.budget_publications.offers import Offer, Wording
from ingestion.sources.budget_publications.settings import PageRules


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
    before: list[tuple[str, str, str]] = []
    listing_url = ""
    async for page in pages_of(client, rules.listing_rules, base_url):
        is_synthetic |= page.is_synthetic
        if page.listing_url != listing_url:
            listing_url, before = page.listing_url, []
        found = list(_offers(page.tree, rules, page.url, listing_url))
        words = [(offer.address, offer.title, offer.publisher_name) for offer in found]
        if words and words == before:
            raise PagesDrifted("a page of the listing repeats the one before it")
        before = words
        offers += found
        if len(offers) > rules.most_rows:
            raise DataRefused(f"the listing has more than {rules.most_rows} entries")
    return offers, is_synthetic


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
