"""The period that a title speaks of: "quý I năm 2026", "6 tháng đầu năm 2026", "năm 2025".

Nothing is guessed: a line that speaks of two periods, of an impossible one or only of a decree's
date says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from ingestion.core.period import Kind
from ingestion.reading.tables import StatedPeriod
from ingestion.reading.text import clean, key
from ingestion.reading.words import says

PeriodKind = Kind | Literal["nine_months"]

EARLIEST, LATEST = 1990, 2099
"""Budget years outside of these are typing errors or another calendar (2569 is Buddhist)."""

_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_QUARTERS |= {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "01": 1, "02": 2, "03": 3, "04": 4}
_QUARTERS |= {"first": 1, "second": 2, "third": 3, "fourth": 4}
_HALVES = {"dau": 1, "cuoi": 7, "": 1, "first": 1, "second": 7}

_YEAR = r"(?P<year>\d{4})"
_OF_YEAR = rf"(?:cua )?(?:nam |nam ngan sach )?{_YEAR}"
# Of texts folded by `key`: no accents, no punctuation. The longer ways of saying come first.
_WAYS: list[tuple[PeriodKind, re.Pattern[str]]] = [
    ("quarter", re.compile(rf"\bquy (?P<quarter>[a-z]+|\d{{1,2}}) {_OF_YEAR}\b")),
    ("quarter", re.compile(rf"\bq(?P<quarter>\d) {_OF_YEAR}\b")),
    ("quarter", re.compile(rf"\b(?P<quarter>first|second|third|fourth) quarter (?:of )?{_YEAR}\b")),
    (
        "half_year",
        re.compile(rf"\b(?:6|06|sau) thang ?(?P<half>dau|cuoi|) {_OF_YEAR}\b"),
    ),
    (
        "half_year",
        re.compile(rf"\b(?:first |the )?(?:6|six) months (?:of )?{_YEAR}\b"),
    ),
    ("half_year", re.compile(rf"\b(?P<half>first|second) half (?:of )?{_YEAR}\b")),
    (
        "nine_months",
        re.compile(rf"\b(?:9|09|chin) thang (?:dau )?{_OF_YEAR}\b"),
    ),
    ("nine_months", re.compile(rf"\b(?:first )?(?:9|nine) months (?:of )?{_YEAR}\b")),
    (
        "quarter",
        re.compile(rf"\b(?:3|03|ba) thang dau {_OF_YEAR}\b"),
    ),
    ("month", re.compile(rf"\bthang (?P<month>\d{{1,2}}) {_OF_YEAR}\b")),
    ("year", re.compile(rf"\bnam (?:ngan sach |tai chinh )?{_YEAR}\b")),
    ("year", re.compile(rf"\b(?:fy|year|plan|final|budget|estimates?|actual|accounts) {_YEAR}\b")),
    ("year", re.compile(rf"\b{_YEAR} (?:plan|final|budget|estimates?|actual|accounts)\b")),
]
_PART_OF_YEAR = re.compile(r"\b(?:quy|thang|quarter|months?|half)\b")
_BEGUN = re.compile(r"\b(?:quy [a-z\d]+|\d+ thang(?: dau)?)(?: nam)?$")
_DAY = re.compile(r"\bngay \d{0,2} ?thang \d{0,2} ?nam \d{4}\b|\bngay \d{1,2} \d{1,2} \d{4}\b")
_COMPARED = re.compile(r"\b(?:so voi|so sanh|cung ky)\b")
_SPAN = re.compile(r"\b(?:giai doan|tu nam|nam) \d{4} (?:den nam |den |nam )?\d{4}\b")
_PUBLISHED_DAY = re.compile(
    r"(?:ngày\s+)?(?P<day>\d{1,2})(?:\s+tháng\s+|[/.-])(?P<month>\d{1,2})"
    r"(?:\s+năm\s+|[/.-])(?P<year>\d{4})",
    re.IGNORECASE,
)


def find_period(text: str, where: str) -> StatedPeriod | None:
    """The one period that a line speaks of.

    Args:
        text: cleaned line of a title, or a labelled fact.
        where: its address.

    Returns:
        None when it speaks of none, of several, of an impossible one, or of another document.
    """
    if not any(letter.isdigit() for letter in text) or says(text, "reference"):
        return None
    folded = _DAY.sub(" ", key(text))
    compared = _COMPARED.search(folded)
    if compared:
        folded = folded[: compared.start()]
    if _SPAN.search(folded):
        return None
    found: dict[tuple[PeriodKind, date], None] = {}
    impossible = False
    for kind, way in _WAYS:
        for match in way.finditer(folded):
            start = _start(kind, match.groupdict())
            if start is None:
                impossible = True
            else:
                found[kind, start] = None
        folded = way.sub(" ", folded)
    if impossible or len(found) != 1:
        return None
    ((kind, start),) = found
    # "Quý V năm 2025" is no quarter, and it is not the year either.
    if kind == "year" and _PART_OF_YEAR.search(folded):
        return None
    return StatedPeriod(kind, start, text, where)


def find_period_of_title(lines: Iterable[tuple[str, str]]) -> StatedPeriod | None:
    """The period of the first title line that speaks of one.

    Args:
        lines: (cleaned line, its address), top to bottom.
    """
    inside_reference = False
    begun = ""
    for line, where in lines:
        # A reference in brackets may run on over several lines.
        if says(line, "reference") and line.startswith("("):
            inside_reference = True
        if not inside_reference:
            # "… QUÝ I" on one line and "NĂM 2026" on the next are one period, not the year.
            period = find_period(f"{begun} {line}" if begun else line, where)
            if period is not None:
                return period
            begun = line if _BEGUN.search(key(line)) else ""
        if line.rstrip(" .;").endswith(")"):
            inside_reference = False
    return None


def find_period_of_facts(facts: Mapping[str, str]) -> StatedPeriod | None:
    """The period of a published XML's own labels: ``year`` and ``periodType``."""
    by_name = {name.lower(): clean(value) for name, value in facts.items()}
    year = by_name.get("year", "")
    kind = key(by_name.get("periodtype", ""))
    if kind in ("", "nam", "year"):
        return find_period(f"năm {year}", "facts") if year else None
    return find_period(f"{by_name['periodtype']} năm {year}", "facts")


def find_period_of_labels(labels: Iterable[tuple[str, str]]) -> StatedPeriod | None:
    """The period that all labels of a header agree on, such as "Plan 2013".

    Args:
        labels: (cleaned label, its address).

    Returns:
        None when two labels speak of different periods, or one of a part of an unnamed year.
    """
    first: StatedPeriod | None = None
    for label, where in labels:
        period = find_period(label, where)
        if period is None:
            if _PART_OF_YEAR.search(key(label)) or _COMPARED.search(key(label)):
                return None
        elif first is None:
            first = period
        elif (period.kind, period.start) != (first.kind, first.start):
            return None
    return first


def find_day(text: str) -> date | None:
    """The one day that a text states with day, month and year of four digits; None otherwise.

    ``12/03/27`` has no century and ``31/02/2027`` no such day: neither is a date.
    """
    found = set()
    for match in _PUBLISHED_DAY.finditer(clean(text)):
        year = int(match["year"])
        try:
            day = date(year, int(match["month"]), int(match["day"]))
        except ValueError:
            return None
        if not EARLIEST <= year <= LATEST:
            return None
        found.add(day)
    return found.pop() if len(found) == 1 else None


def _start(kind: PeriodKind, parts: Mapping[str, str | None]) -> date | None:
    year = int(parts["year"] or 0)
    if not EARLIEST <= year <= LATEST:
        return None
    month = 1
    if kind == "quarter" and "quarter" in parts:
        quarter = _QUARTERS.get(parts["quarter"] or "")
        if quarter is None:
            return None
        month = 3 * quarter - 2
    elif kind == "half_year":
        month = _HALVES[parts.get("half") or ""]
    elif kind == "month":
        month = int(parts["month"] or 0)
        if not 1 <= month <= 12:
            return None
    return date(year, month, 1)
