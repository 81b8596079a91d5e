"""The portal's interface: one question a budget year, an answer of JSON inside JSON."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from ingestion.core.addresses import AddressRefused, joined
from ingestion.core.door import decode
from ingestion.core.errors import DataRefused, PagesDrifted
from ingestion.core.guard import fold
from ingestion.core.log import event
from ingestion.core.web import ProblemCode, WebClient
from ingestion.core.web_pages import clean
from ingestion.sources.budget_publications.offers import Offer, Wording
from ingestion.sources.budget_publications.settings import CknsRules

logger = logging.getLogger(__name__)

_MOST_LAYERS = 4


async def offers_of_year(
    client: WebClient, rules: CknsRules, year: int
) -> tuple[list[Offer], bool]:
    """What the portal offers for a budget year, and whether it says that it is simulated.

    Raises:
        SourceUnavailable: the portal does not answer.
        DataRefused: its answer has another shape.
        PagesDrifted: its answer lost records, or may have.
    """
    url = joined(client.base_url + "/", rules.path)
    asked = {**rules.parameters, rules.year_parameter: year, **rules.page}
    page = await client.post_json(url, asked)
    what = f"{rules.path} {year}"
    records, total = _records(decode(page.body, what), rules, what)
    if total is not None and total != len(records):
        raise PagesDrifted(f"{what}: {len(records)} records, {total} announced")
    if len(records) >= rules.page_size:
        raise PagesDrifted(f"{what}: {len(records)} records fill the page, more may be cut off")
    ours = [record for record in records if _is_wanted(record, rules.only)]
    if len(ours) < len(records):
        event(logger, "records of others left out", year=year, count=len(records) - len(ours))
    found = [offer for record in ours for offer in _offers(record, rules, url, year)]
    return found, page.is_synthetic


def _records(
    payload: object, rules: CknsRules, what: str
) -> tuple[list[Mapping[str, Any]], int | None]:
    """Records and announced total; text that is JSON itself is decoded layer by layer."""
    total: int | None = None
    for _ in range(_MOST_LAYERS):
        if isinstance(payload, str):
            payload = decode(payload.encode(), what)
        elif type(payload) is dict:
            total = _total(payload, rules.total) if total is None else total
            inner = [payload[name] for name in rules.records if name in payload]
            if not inner and len(payload) == 1:
                inner = list(payload.values())
            if len(inner) != 1:
                raise DataRefused(f"{what}: the answer holds no list of records")
            payload = inner[0]
    if not isinstance(payload, list):
        raise DataRefused(f"{what}: the answer holds no list of records")
    if not all(type(record) is dict for record in payload):
        raise DataRefused(f"{what}: a record is not one plain JSON object")
    return payload, total


def _total(payload: Mapping[str, Any], names: Sequence[str]) -> int | None:
    for name in names:
        value = payload.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def _is_wanted(record: Mapping[str, Any], only: Mapping[str, Sequence[str]]) -> bool:
    return all(
        fold(clean(record.get(name))) in {fold(value) for value in values}
        for name, values in only.items()
    )


def _offers(record: Mapping[str, Any], rules: CknsRules, url: str, year: int) -> list[Offer]:
    """The documents of a record: one for each attachment, one without a file when it has none."""
    texts = {fact: clean(record.get(name)) for fact, name in rules.fields.items()}
    facts = Wording(rules.dates, rules.year_in).interpret(texts, year)
    own_words = "\x1f".join([str(year), *(texts[fact] for fact in sorted(texts))])
    attachments = record.get(rules.attachments["list"])
    found = []
    for attachment in attachments if isinstance(attachments, list) else []:
        given = attachment if type(attachment) is dict else {}
        link = clean(given.get(rules.attachments["link"]))
        name = clean(given.get(rules.attachments["name"]))
        if not link:
            continue
        try:
            address = joined(url, link)
        except AddressRefused:
            # Kept by its words alone: what is no address is not stored.
            words = f"{own_words}\x1f{link}"
            found.append(_offer(facts, words, url, name, problem="address_refused"))
            continue
        found.append(_offer(facts, address, url, name, file_url=address))
    return found or [_offer(facts, own_words, url, "", problem="no_file")]


def _offer(
    facts: Mapping[str, Any],
    address: str,
    page_url: str,
    file_name: str,
    file_url: str = "",
    problem: ProblemCode | None = None,
) -> Offer:
    return Offer(
        door="ckns",
        address=address,
        page_url=page_url,
        file_name=file_name,
        file_url=file_url,
        problem=problem,
        **facts,
    )
