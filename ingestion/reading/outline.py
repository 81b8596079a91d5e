"""Which row is a part of which: the outline A / I / 1 / 1.1 / a / – as levels and parents.

Adding up every row of a published table counts parents again and again (3.95 to 6.98 times in the
corpus behind field.md 3.5), so that nothing may be added before this is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ingestion.reading.grid import Value
from ingestion.reading.text import clean
from ingestion.reading.words import says

Style = Literal["letter", "roman", "number", "small", "small_roman", "dash", "plus", "none"]

_ROMAN = re.compile(r"(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_CLEAN_MARK = re.compile(r"^[(\[]?(.*?)[.)\]/:]*$")
_NUMBERED = re.compile(r"\d{1,3}")
_PATH = re.compile(r"(?:[A-ZĐ]{1,5}|\d{1,3})(?:\.\d{1,3}){1,4}")
_LEADING = re.compile(
    r"^(?P<mark>\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[A-ZĐ]|[a-zđ])(?P<end>[.)/])\s*(?=[^\W\d_])"
)
_BULLETS = {"-": "dash", "–": "dash", "—": "dash", "*": "dash", "•": "dash", "+": "plus"}
_FORMULA = re.compile(r"\(\s*(?:[A-Z]{1,4}|\d{1,2})(?:\s*[+\-–]\s*(?:[A-Z]{1,4}|\d{1,2}))+\s*\)")
_ALPHABET = "ABCDĐEFGHIJKLMNOPQRSTUVWXYZ"
_SMALL = "abcdđefghijklmnopqrstuvwxyz"
_LOOK_AHEAD = 500
"""Rows that are asked how a bare I goes on; bounds what a hostile file costs."""

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}


@dataclass(slots=True)
class OutlineRow:
    """One row as the outline needs it.

    Attributes:
        mark: as published, cleaned.
        item: label, cleaned, without bullets.
        indent: blanks before the label.
        has_numbers: whether a number column holds something.
        style: of the mark; ``none`` without one.
        order: place in the mark's own sequence, from 1.
        kind: ``item``, ``total`` or ``heading``.
        is_of_which: the row begins the parts "Trong đó".
        level, parent, is_parent_certain: found by `place`; parents are indexes.
    """

    mark: str
    item: str
    indent: int = 0
    has_numbers: bool = True
    style: Style = "none"
    order: int = 0
    kind: Literal["item", "total", "heading"] = "item"
    is_of_which: bool = False
    level: int | None = None
    parent: int | None = None
    is_parent_certain: bool = True


def mark_text(value: Value) -> str:
    """A mark as published, cleaned: ``1.0`` stored as a number is ``1``."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, str):
        text = clean(value)
        if text in _BULLETS:
            return "-" if _BULLETS[text] == "dash" else "+"
        found = _CLEAN_MARK.match(text)
        return found[1].strip() if found else text
    return ""


def outline_row(mark: str, label: str, *, has_numbers: bool) -> OutlineRow:
    """A row with its bullet or leading mark taken off its label.

    Args:
        mark: from `mark_text`; empty where the table has no mark column or the cell is blank.
        label: as published, its leading blanks kept.
        has_numbers: whether a number column of the row holds something.
    """
    indent = len(label) - len(label.lstrip(" \u00a0\t"))
    item = clean(label)
    is_of_which = says(item, "of_which")
    if is_of_which and not mark:
        rest = item.partition(":")[2].strip() if ":" in item else ""
        if rest:
            item = rest
    if not mark and item[:1] in _BULLETS and len(item) > 1:
        mark = "-" if _BULLETS[item[0]] == "dash" else "+"
        item = item.lstrip("-–—*•+ ")
    elif not mark and (found := _LEADING.match(item)) is not None:
        mark, item = found["mark"], item[found.end() :]
    row = OutlineRow(mark, item, indent, has_numbers, is_of_which=is_of_which)
    if not mark:
        row.kind = "total" if says(item, "unmarked_total") or says(item, "total") else "item"
    elif says(item, "total") and _FORMULA.search(item):
        row.kind = "total"
    if (
        not mark
        and row.kind == "item"
        and item.lower().startswith("tổng")
        and _FORMULA.search(item)
    ):
        row.kind = "total"
    if is_of_which:
        row.kind = "item"
    if not has_numbers and row.kind != "total":
        row.kind = "heading"
    return row


def place(rows: Sequence[OutlineRow]) -> None:
    """Give every row its level and parent.

    A mark's style that is open above closes what lies under it; a new style opens below the row
    before it. Rows without a mark lie under the last marked one if such a row exists; that is
    certain only where the label says so ("Trong đó", a bullet) or the labels are indented.
    """
    _name_styles(rows)
    has_marks = any(row.style not in ("none", "dash", "plus") for row in rows)
    stack: list[tuple[Style, int]] = []
    paths: dict[str, int] = {}
    for index, row in enumerate(rows):
        if row.kind == "total":
            continue
        if row.style == "none":
            _place_unmarked(rows, index, stack, has_marks=has_marks)
            continue
        prefix = row.mark.rpartition(".")[0] if _PATH.fullmatch(row.mark) else ""
        if prefix and prefix in paths:
            parent = paths[prefix]
            while stack and stack[-1][1] != parent:
                stack.pop()
        else:
            styles = [style for style, _ in stack]
            if row.style in styles:
                del stack[styles.index(row.style) :]
            elif not prefix and row.style not in ("dash", "plus", "small", "small_roman"):
                _close_unmarked(stack)
        row.parent = stack[-1][1] if stack else None
        row.level = len(stack)
        if row.parent is not None and not rows[row.parent].is_parent_certain:
            row.is_parent_certain = row.style in ("dash", "plus") and row.is_parent_certain
        stack.append((row.style if not prefix else "none", index))
        if row.style not in ("dash", "plus"):
            paths[row.mark] = index


def _close_unmarked(stack: list[tuple[Style, int]]) -> None:
    while stack and stack[-1][0] in ("none", "dash", "plus"):
        stack.pop()


def _place_unmarked(
    rows: Sequence[OutlineRow], index: int, stack: list[tuple[Style, int]], *, has_marks: bool
) -> None:
    row = rows[index]
    if row.is_of_which:
        # "Trong đó" belongs to the row above, the bullets under it are its siblings.
        while stack and stack[-1][0] in ("dash", "plus", "none"):
            stack.pop()
        row.parent = stack[-1][1] if stack else (index - 1 if index else None)
        row.level = len(stack)
        if row.kind != "heading":
            stack.append(("dash", index))
        return
    if not has_marks:
        while stack and rows[stack[-1][1]].indent >= row.indent:
            stack.pop()
        row.parent = stack[-1][1] if stack else None
        row.level = len(stack)
        stack.append(("none", index))
        return
    while stack and stack[-1][0] in ("dash", "plus", "none"):
        stack.pop()
    row.parent = stack[-1][1] if stack else None
    row.level = len(stack)
    row.is_parent_certain = row.parent is None
    stack.append(("none", index))


def _name_styles(rows: Sequence[OutlineRow]) -> None:
    """Say of every mark what it is; a bare I, V or X is a letter or a number by its neighbours."""
    last_letter = last_roman = last_small = 0
    for index, row in enumerate(rows):
        mark = row.mark
        if not mark:
            continue
        if mark in ("-", "+"):
            row.style = "dash" if mark == "-" else "plus"
        elif _NUMBERED.fullmatch(mark):
            row.style, row.order = "number", int(mark)
        elif _PATH.fullmatch(mark):
            row.style = "number"
            row.order = int(mark.rpartition(".")[2])
        elif mark.upper() == mark and _ROMAN.fullmatch(mark):
            as_letter = _ALPHABET.find(mark) + 1 if len(mark) == 1 else 0
            order = _roman(mark)
            if as_letter and as_letter == last_letter + 1 and last_letter:
                _decide_letter(rows, index, as_letter, order, last_roman)
            else:
                row.style, row.order = "roman", order
                if as_letter and order > 1 and order != last_roman + 1:
                    row.is_parent_certain = False
            if row.style == "letter":
                last_letter, last_roman = row.order, 0
            else:
                last_roman = row.order
        elif len(mark) == 1 and mark in _ALPHABET:
            row.style, row.order = "letter", _ALPHABET.index(mark) + 1
            last_letter, last_roman = row.order, 0
        elif (
            len(mark) == 1
            and mark in _SMALL
            and not (mark in "iv" and last_small + 1 != _SMALL.index(mark) + 1)
        ):
            row.style, row.order = "small", _SMALL.index(mark) + 1
            last_small = row.order
        elif mark.lower() == mark and _ROMAN.fullmatch(mark.upper()):
            row.style, row.order = "small_roman", _roman(mark.upper())
        else:
            row.is_parent_certain = False


def _decide_letter(
    rows: Sequence[OutlineRow], index: int, as_letter: int, as_roman: int, last_roman: int
) -> None:
    """A bare I after H: the next marks say whether it goes on with J or with II."""
    row = rows[index]
    following_letter = _ALPHABET[as_letter] if as_letter < len(_ALPHABET) else ""
    skipping_letter = _ALPHABET[as_letter + 1] if as_letter + 1 < len(_ALPHABET) else ""
    following_roman = _to_roman(as_roman + 1)
    for later in rows[index + 1 : index + 1 + _LOOK_AHEAD]:
        if later.mark in (following_letter, skipping_letter):
            row.style, row.order = "letter", as_letter
            return
        if later.mark == following_roman:
            row.style, row.order = "roman", as_roman
            return
    if last_roman and as_roman == last_roman + 1:
        row.style, row.order = "roman", as_roman
        return
    row.style, row.order, row.is_parent_certain = "letter", as_letter, False


def _roman(mark: str) -> int:
    total = 0
    for letter, following in zip(mark, [*mark[1:], ""], strict=True):
        value = _VALUES[letter]
        total += -value if following and _VALUES[following] > value else value
    return total


def _to_roman(number: int) -> str:
    text = ""
    for value, letters in (
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ):
        while number >= value:
            text, number = text + letters, number - value
    return text
