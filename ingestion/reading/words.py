"""Words that tell headers, totals, notes and signatures: ``data/structure_words.csv``."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from ingestion.reading.text import key

Use = Literal[
    "mark_header",
    "item_header",
    "text_header",
    "unit_header",
    "percent_header",
    "total",
    "unmarked_total",
    "of_which",
    "footnote",
    "signature",
    "organisation",
    "form",
    "reference",
    "not_title",
]


def read_data(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file beside this module."""
    text = files("ingestion.reading").joinpath("data", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@dataclass(frozen=True, slots=True)
class _Matcher:
    """Whole texts, beginnings by their first word, and beginnings whose accents count."""

    whole: frozenset[str]
    starts: dict[str, tuple[str, ...]]
    accented: tuple[str, ...]


@lru_cache(maxsize=1)
def _matchers() -> dict[str, _Matcher]:
    rows: dict[str, list[tuple[str, str]]] = {}
    for row in read_data("structure_words.csv"):
        rows.setdefault(row["use"], []).append((row["match"], row["words"]))
    matchers = {}
    for use, words in rows.items():
        starts: dict[str, list[str]] = {}
        for match, text in words:
            if match == "start":
                starts.setdefault(text.split(" ", 1)[0], []).append(text)
        matchers[use] = _Matcher(
            frozenset(text for match, text in words if match in ("whole", "word")),
            {first: tuple(found) for first, found in starts.items()},
            tuple(text for match, text in words if match == "accented"),
        )
    return matchers


@lru_cache(maxsize=32_768)
def says(text: str, use: Use) -> bool:
    """Whether a cleaned text is, or begins with, words of that use."""
    matcher = _matchers()[use]
    folded = key(text)
    if folded in matcher.whole:
        return True
    if any(_begins(folded, words) for words in matcher.starts.get(folded.split(" ", 1)[0], ())):
        return True
    if not matcher.accented:
        return False
    lower = text.lower()
    has_accents = not lower.isascii()
    return any(
        _begins(lower, words) or (not has_accents and _begins(folded, key(words)))
        for words in matcher.accented
    )


def has_english(text: str) -> bool:
    """Whether a text without accents has a word of the English halves of headers."""
    english = _matchers()["english"].whole
    return any(word in english for word in key(text).split())


def _begins(text: str, words: str) -> bool:
    return text.startswith(words) and text[len(words) : len(words) + 1] in ("", " ", ",", ".", ":")
