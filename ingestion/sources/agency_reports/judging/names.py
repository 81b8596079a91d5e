"""Which agency a name at the head of a report means, whatever its accents and spelling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from ingestion.catalogue.agencies import Agency
from ingestion.reading.labels import within_one
from ingestion.reading.text import clean, key
from ingestion.sources.agency_reports.judging.settings import rules

_NO_REPORTERS = ("province",)
"""Kinds that stand above every letter and report nothing themselves."""


class Names:
    """The agencies by the names that people write.

    Args:
        agencies: every agency through the eras.
    """

    def __init__(self, agencies: Iterable[Agency]) -> None:
        self._by_name: dict[str, list[Agency]] = defaultdict(list)
        for agency in agencies:
            if agency.kind not in _NO_REPORTERS and not agency.is_technical:
                self._by_name[key(agency.name_vi)].append(agency)

    def exactly(self, text: str) -> list[Agency]:
        """Agencies of any era that a text names, accents and what stands around it aside."""
        for name in _variants(text):
            if name in self._by_name:
                return self._by_name[name]
        return []

    def nearly(self, text: str) -> list[Agency]:
        """Agencies whose name one wrong letter separates from a text; of one name only."""
        found = {
            name
            for variant in _variants(text)
            if len(variant) >= rules().not_at_letters
            for name in self._by_name
            if within_one(name, variant)
        }
        return self._by_name[found.pop()] if len(found) == 1 else []


def _variants(text: str) -> list[str]:
    """A text with and without the words that may stand around a name."""
    whole = key(clean(text))
    found = [whole]
    for words in rules().before:
        if whole.startswith(words + " "):
            found.append(whole[len(words) + 1 :])
    for words in rules().after:
        found += [name[: -len(words) - 1] for name in list(found) if name.endswith(" " + words)]
    return list(dict.fromkeys(found))


def is_addressed(text: str) -> bool:
    """Whether a line names the receiver."""
    folded = key(clean(text))
    return any(folded == words or folded.startswith(words + " ") for words in rules().addressed)


def of_day(agencies: Sequence[Agency], days: Sequence[date]) -> list[Agency]:
    """Those of the first of the days on which any of them existed."""
    for day in days:
        found = [agency for agency in agencies if agency.is_valid_on(day)]
        if found:
            return found
    return []
