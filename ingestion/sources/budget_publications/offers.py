"""A document as a listing offers it, whichever door it came through."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Literal

from ingestion.core.dates import read_day
from ingestion.core.period import Period
from ingestion.core.web import ProblemCode
from ingestion.ledger.obligations import period_of
from ingestion.sources.budget_publications.settings import SOURCE

DoorName = Literal["ckns", "web", "manual"]
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)", re.ASCII)
_MOST_YEARS_BEFORE, _MOST_YEARS_AFTER = 1, 4


@dataclass(frozen=True)
class Offer:
    """One document of a listing.

    Attributes:
        door: through which it came.
        address: what tells it from others: address of its file, else its own words.
        approved_text, published_text: days as published; the day beside is None where the text is
            absent, unreadable or no possible day for the budget year.
        file_url: where its file lies; empty when it has none or the link must not be followed.
        problem: why there is nothing to fetch.
        content: of a file dropped by hand, which is there already.
        window: the window it was put into by hand; else its days decide.
    """

    door: DoorName
    address: str
    publisher_name: str = ""
    title: str = ""
    form_text: str = ""
    stage_text: str = ""
    period_type_text: str = ""
    period_text: str = ""
    budget_year: int | None = None
    circular_text: str = ""
    currency_unit_text: str = ""
    approved_text: str = ""
    approved_on: date | None = None
    published_text: str = ""
    published_on: date | None = None
    page_url: str = ""
    file_url: str = ""
    file_name: str = ""
    problem: ProblemCode | None = None
    content: bytes | None = field(default=None, repr=False, compare=False)
    window: Period | None = None

    @property
    def document_key(self) -> str:
        """Key of the document: the same as long as its address is."""
        return f"{self.door}:{hashlib.sha256(self.address.encode()).hexdigest()[:16]}"

    @property
    def day(self) -> date | None:
        """The day that decides its window; None when no day or year of it is known."""
        start = date(self.budget_year, 1, 1) if self.budget_year else None
        return self.published_on or self.approved_on or start

    @property
    def period(self) -> Period | None:
        """The window that it belongs to; None when its day is not known, or before any window."""
        if self.window is not None:
            return self.window
        return period_of(SOURCE, "documents", self.day) if self.day else None

    def facts(self) -> dict[str, str]:
        """What the listing says, as text; empty facts are left out."""
        found = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name not in _NOT_FACTS and value not in ("", None):
                found[item.name] = str(value)
        return found


_NOT_FACTS = {"address", "problem", "content", "window"}


@dataclass(frozen=True)
class Wording:
    """How a door writes days and years: declared forms, and where the budget year stands."""

    dates: Sequence[str]
    year_in: Sequence[str]

    def interpret(
        self, texts: Mapping[str, str], asked_year: int | None = None
    ) -> dict[str, object]:
        """Facts of an offer from its texts.

        Args:
            texts: cleaned texts by fact.
            asked_year: the budget year that was asked for; it stands where the texts name none, or
                more than one.
        """
        year = asked_year
        for name in self.year_in:
            years = set(_YEAR.findall(texts.get(name, "")))
            if len(years) == 1:
                year = int(years.pop())
                break
        approved = self._day(texts.get("approved_text", ""), year)
        published = self._day(texts.get("published_text", ""), year)
        return {**texts, "budget_year": year, "approved_on": approved, "published_on": published}

    def _day(self, text: str, year: int | None) -> date | None:
        day = read_day(text, self.dates) if text else None
        if day is None or year is None:
            return day
        # A slip such as 2062 for 2026 would put the document where nobody ever looks.
        possible = year - _MOST_YEARS_BEFORE <= day.year <= year + _MOST_YEARS_AFTER
        return day if possible else None


def told_apart(offers: Iterable[Offer]) -> list[Offer]:
    """Offers without repetitions; documents that share an address are told apart by their words.

    One file may be listed as several documents. The first by day and words keeps the plain
    address, so that the order of the listing plays no part.
    """
    by_key: dict[str, dict[tuple[str, ...], Offer]] = {}
    for offer in offers:
        words = (
            str(offer.published_on or "9999"),
            offer.publisher_name,
            offer.stage_text,
            offer.period_text,
            offer.form_text,
            offer.title,
        )
        by_key.setdefault(offer.document_key, {}).setdefault(words, offer)
    found = []
    for group in by_key.values():
        first, *others = sorted(group)
        found.append(group[first])
        found += [
            replace(group[words], address="\x1f".join((group[words].address, *words)))
            for words in others
        ]
    return found
