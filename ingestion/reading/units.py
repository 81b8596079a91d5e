"""Units of measure as published: found by a dictionary of real spellings, never guessed.

``data/units.csv`` holds the spellings; one that is not there is no unit. "Đơn vị:" names a unit of
money or the publishing organisation: the words after it decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from ingestion.reading.tables import Unit
from ingestion.reading.text import clean, key
from ingestion.reading.words import read_data, says

# The words that announce a unit, with what follows them. Without a colon only the longer ones do.
_ANNOUNCED = re.compile(
    r"(?:đơn\s?vị\s?tính|don\s?vi\s?tinh|đ\.?v\.?t\.?|dvt|đv\s?tính|units?\s?of\s?measure)\s*[:;.\-–]?"
    r"\s*(?P<certain>[^:]+)$"
    r"|(?:đơn\s?vị|don\s?vi|đv|units?|currency)\s*[:;\-–]\s*(?P<open>.+)$",
    re.IGNORECASE,
)
_PERCENT_ALONE = re.compile(r"(?<![\d.,\s])\s*%")
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_BETWEEN = re.compile(r"\s*(?:[;,/&+]|\bvà\b|\band\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spelling:
    """One row of the dictionary."""

    code: str
    factor: Decimal
    is_misspelling: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """What a line "Đơn vị…" turned out to say.

    Attributes:
        kind: ``unit``; ``organisation``; ``unknown``: a unit is announced and its spelling is not
            in the dictionary.
        text: the words after the announcement, as published.
        unit: of kind ``unit``.
    """

    kind: Literal["unit", "organisation", "unknown"]
    text: str
    unit: Unit | None = None


@lru_cache(maxsize=1)
def spellings() -> dict[str, Spelling]:
    """The dictionary, by normalised spelling."""
    return {
        _normal(row["spelling"]): Spelling(
            row["code"], Decimal(row["factor"]), row["is_misspelling"] == "true"
        )
        for row in read_data("units.csv")
    }


@lru_cache(maxsize=1)
def _unaccented() -> dict[str, Spelling]:
    """Units of money without accents, where that means one thing; it counts as a misspelling."""
    folded: dict[str, set[Spelling]] = {}
    for text, spelling in spellings().items():
        if len(key(text)) > 1:
            plain = Spelling(spelling.code, spelling.factor, is_misspelling=True)
            folded.setdefault(key(text), set()).add(plain)
    return {
        text: found.copy().pop()
        for text, found in folded.items()
        if len(found) == 1 and next(iter(found)).code == "vnd"
    }


def _normal(text: str) -> str:
    return clean(text).lower().strip(" .;:,()[]*-–").replace("( ", "(").replace(" )", ")")


@lru_cache(maxsize=4_096)
def _lookup(text: str) -> Spelling | None:
    if len(text) > 60:
        return None
    known = spellings()
    normal = _normal(text)
    found = known.get(normal)
    if found is None and normal.isascii() and any(letter.isalpha() for letter in normal):
        found = _unaccented().get(key(normal))
    if found is not None:
        return found
    parts = [known.get(_normal(part)) for part in _BETWEEN.split(normal) if part.strip()]
    certain = [part for part in parts if part is not None]
    if len(parts) < 2 or len(certain) < len(parts):
        return None
    # "Triệu đồng, %": the unit of the amounts is the only one that is no ratio.
    main = {part for part in certain if part.code not in ("percent", "permille")}
    return main.pop() if len(main) == 1 else None


def find_unit(text: str, where: str) -> Unit | None:
    """The unit that a text names and nothing but names; None for any other text.

    Args:
        text: such as ``Triệu đồng``, ``1.000 đồng``, ``triệu đồng, %``.
        where: its address, kept with the unit.
    """
    found = _lookup(text)
    if found is None:
        return None
    return Unit(text.strip(), found.code, found.factor, where, found.is_misspelling)


def stated_unit(line: str, where: str) -> Statement | None:
    """What a line above a table says after "Đơn vị tính:", "ĐVT:", "Đơn vị:".

    Args:
        line: cleaned.
        where: its address.

    Returns:
        None when the line announces nothing.
    """
    bare = line.strip(" ()[]*")
    if len(bare) <= 40 and (unit := find_unit(bare, where)) is not None:
        # "Năm", "tháng", "đơn vị" alone are words before they are units.
        return Statement("unit", bare, unit) if unit.code in ("vnd", "percent", "usd") else None
    announced = _ANNOUNCED.search(bare)
    if announced is None:
        return None
    certain = announced["certain"] is not None
    text = (announced["certain"] if certain else announced["open"]).strip(" .:;-–()[]*")
    if not text:
        return None
    unit = find_unit(text, where)
    if unit is not None:
        return Statement("unit", text, unit)
    if not certain and says(text, "organisation"):
        return Statement("organisation", text)
    return Statement("unknown", text)


def label_unit(label: str, where: str) -> Unit | None:
    """The unit that one header label gives its column, such as ``Dự toán (triệu đồng)``."""
    for inside in _IN_BRACKETS.findall(label):
        unit = find_unit(inside, where)
        if unit is not None and (unit.code != "percent" or not _is_share(label)):
            return unit
        statement = None if unit is not None else stated_unit(inside, where)
        if statement is not None and statement.unit is not None:
            return statement.unit
    if "%" in label or "‰" in label:
        if "‰" in label:
            return Unit("‰", "permille", Decimal(1), where)
        # "hưởng 100%" says what is shared, not what the column measures in.
        if _PERCENT_ALONE.search(label) and not _is_share(label):
            return Unit("%", "percent", Decimal(1), where)
        return None
    statement = stated_unit(label, where)
    return statement.unit if statement is not None else None


def is_ratio_label(label: str) -> bool:
    """Whether a label names a ratio though it states no unit."""
    return says(label, "percent_header")


def may_be_ratio(label: str) -> bool:
    """Whether a label leaves open that its numbers are ratios: they must never inherit money.

    "Thu hưởng 100%" are amounts; "(%)" anywhere else is enough to doubt it.
    """
    return is_ratio_label(label) or _PERCENT_ALONE.search(label) is not None or "‰" in label


def _is_share(label: str) -> bool:
    """Whether it names amounts that are shared by a ratio: "Thu phân chia theo tỷ lệ (%)"."""
    folded = key(label)
    return " theo ty le" in folded or " theo ti le" in folded
