"""What a column label says, whatever its accents, spelling and language: words to concepts.

A label such as ``Dự toán TW giao năm 2026`` is folded (accents, case, punctuation), its years and
periods are taken out, and the rest must consist wholly of known phrases. One unknown word makes the
label unknown: a word that nobody has listed may turn the meaning round ("điều chỉnh").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

NOTHING = "-"
"""The concept of words that say nothing about which column it is ("năm", "trong đó")."""

_NUMBERED = re.compile(r"[(\[]\s*\d+\s*(?:[=+\-–:/x*.%\d\s]*)[)\]]")
_NOT_WORD = re.compile(r"[^0-9a-z%]+")
_JOINT = re.compile(r"\s[-–—/|]\s|[\n:;]")
"""Where two labels were joined into one; inside a label too ("giáo dục - đào tạo")."""
_YEAR = re.compile(r"\b(?:nam )?((?:19|20)\d\d)\b")
_RELATIVE = (
    (re.compile(r"\bnam n 1\b|\bn 1\b"), -1),
    (re.compile(r"\bnam n\b"), 0),
)
_PERIOD = re.compile(
    r"\b(?:quy (?:i{1,3}|iv|[1-4])|(?:[369]|ba|sau|chin) thang(?: dau(?: nam)?)?"
    r"|(?:quy|thang) (?:nay|bao cao))\b"
)
_LONGEST_PHRASE = 20


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """Text without accents, case and punctuation, words apart by one space; ``%`` is a word.

    >>> fold("Dự toán (TW giao) – %")
    'du toan tw giao %'
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("đ", "d").replace("%", " % ")
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", letters).strip()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the labels above one column say.

    Attributes:
        concepts: sorted; without `NOTHING` and ``percent``.
        is_percent: a ``%`` stands in them.
        years: calendar years named, sorted.
        relative: ``-1`` where "the year before" is named in words, ``0`` for "this year".
        has_period: a part of a year is named ("quý I").
        unknown: words that no phrase knows, folded; empty where everything is understood.
    """

    concepts: tuple[str, ...]
    is_percent: bool = False
    years: tuple[int, ...] = ()
    relative: int | None = None
    has_period: bool = False
    unknown: str = ""


class Phrases:
    """The known phrases and what they mean.

    Args:
        spelled: phrase, as `plain` gives it, to the concepts that it stands for.
        short: folded abbreviation (one word) to the folded words that it stands for.
    """

    def __init__(
        self, spelled: Mapping[str, tuple[str, ...]], short: Mapping[str, str] | None = None
    ) -> None:
        self._short = dict(short or {})
        self._plain: dict[str, str] = {}
        self._spelled = dict(spelled)
        self._near = [phrase for phrase in spelled if len(phrase) >= 8]
        self._known: dict[tuple[str, ...], Meaning] = {}

    def plain(self, text: str) -> str:
        """Text folded, with its abbreviations written out."""
        found = self._plain.get(text)
        if found is None:
            found = expand(fold(text), self._short)
            if len(self._plain) < 16_384:
                self._plain[text] = found
        return found

    def meaning(self, labels: tuple[str, ...]) -> Meaning:
        """What the labels of one column say together."""
        found = self._known.get(labels)
        if found is None:
            found = self._read(labels)
            if len(self._known) < 4096:
                self._known[labels] = found
        return found

    def _read(self, labels: Iterable[str]) -> Meaning:
        concepts: set[str] = set()
        years: set[int] = set()
        unknown: list[str] = []
        relative: int | None = None
        has_period = False
        for label in labels:
            pieces = [piece for piece in _JOINT.split(label) if piece.strip()]
            if len(pieces) > 1 and all(not self.meaning((piece,)).unknown for piece in pieces):
                parts = [self.meaning((piece,)) for piece in pieces]
            else:
                parts = [self._of_piece(label)]
            for part in parts:
                concepts.update(part.concepts)
                if part.is_percent:
                    concepts.add("percent")
                years.update(part.years)
                relative = part.relative if relative is None else relative
                has_period |= part.has_period
                unknown += part.unknown.split()
        return Meaning(
            tuple(sorted(concepts - {"percent"})),
            "percent" in concepts,
            tuple(sorted(years)),
            relative,
            has_period,
            " ".join(unknown),
        )

    def _of_piece(self, label: str) -> Meaning:
        unknown: list[str] = []
        relative: int | None = None
        text = self.plain(_NUMBERED.sub(" ", label))
        years = {int(year) for year in _YEAR.findall(text)}
        text = _YEAR.sub(" ", text)
        for pattern, offset in _RELATIVE:
            if pattern.search(text):
                relative, text = offset, pattern.sub(" ", text)
        has_period = bool(_PERIOD.search(text))
        concepts = self._concepts(_PERIOD.sub(" ", text), unknown)
        if "last_year" in concepts:
            relative = -1
        named = concepts - {NOTHING, "percent", "last_year"}
        return Meaning(
            tuple(sorted(named)),
            "percent" in concepts,
            tuple(sorted(years)),
            relative,
            has_period,
            " ".join(unknown),
        )

    def _concepts(self, text: str, unknown: list[str]) -> set[str]:
        """What a plain text says, if need be with a letter wrong; what nobody knows is added."""
        words = text.split()
        readings = self._segmented(words)
        if len(readings) == 1:
            return set(*readings)
        if readings:
            unknown.append(text)
            return set()
        concepts: set[str] = set()
        at = 0
        while at < len(words):
            length, meant = self._longest(words[at:]) or self._misspelt(words[at:])
            concepts.update(meant)
            if not length:
                unknown.append(words[at])
            at += max(length, 1)
        return concepts

    def _segmented(self, words: list[str]) -> set[frozenset[str]]:
        """The concepts of the fewest known phrases that make up all words.

        Empty where none do; several where as few phrases give different concepts.
        """
        best: list[tuple[int, set[frozenset[str]]]] = [(0, {frozenset()})]
        for end in range(1, len(words) + 1):
            fewest, found = len(words) + 1, set[frozenset[str]]()
            for start in range(max(0, end - _LONGEST_PHRASE), end):
                count, before = best[start]
                meant = self._spelled.get(" ".join(words[start:end]))
                if not before or meant is None or count + 1 > fewest:
                    continue
                if count + 1 < fewest:
                    fewest, found = count + 1, set()
                found |= {known.union(meant) for known in before}
            best.append((fewest, found))
        return best[-1][1]

    def _longest(self, words: list[str]) -> tuple[int, tuple[str, ...]] | None:
        for length in range(min(_LONGEST_PHRASE, len(words)), 0, -1):
            meant = self._spelled.get(" ".join(words[:length]))
            if meant is not None:
                return length, meant
        return None

    def _misspelt(self, words: list[str]) -> tuple[int, tuple[str, ...]]:
        """A long phrase with one letter wrong, missing or too much, if only one phrase fits."""
        for length in range(min(_LONGEST_PHRASE, len(words)), 0, -1):
            text = " ".join(words[:length])
            if len(text) < 7:
                break
            near = {self._spelled[known] for known in self._near if within_one(text, known)}
            if len(near) == 1:
                return length, near.pop()
        return 0, ()


def expand(folded: str, short: Mapping[str, str]) -> str:
    """Folded text with abbreviations written out."""
    return " ".join(short.get(word, word) for word in folded.split())


def within_one(one: str, other: str) -> bool:
    """Whether one letter changed, added or left out makes one of the other.

    Digits are no letters: ``loai 1`` is no misspelt ``loai 2``.
    """
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    rest_one = one[at + 1 :] if len(one) == len(other) else one[at:]
    if rest_one != other[at + 1 :]:
        return False
    differing = other[at : at + 1] + (one[at : at + 1] if len(one) == len(other) else "")
    return not any(c.isdigit() or c == "%" for c in differing)
