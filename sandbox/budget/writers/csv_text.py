"""Text with delimiters, in the encodings that spreadsheets here save it in."""

from __future__ import annotations

import csv
import io
import unicodedata
from decimal import Decimal
from typing import Final

from sandbox.budget.paper import Paper, Place, cell_name
from sandbox.budget.writers.written import Address

_SHAPES: Final = {"\u0302", "\u0306", "\u031b"}
"""Marks that make another letter (ê, ă, ơ); code page 1258 has those letters, tones stand after."""


def write_csv(paper: Paper, encoding: str, delimiter: str) -> bytes:
    """Write a paper as delimited text.

    Args:
        paper: the only one.
        encoding: ``utf-8-sig`` | ``utf-16`` | ``cp1258``.
        delimiter: between the cells.
    """
    text = io.StringIO()
    lines = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    for inks in paper.lines():
        lines.writerow(
            [
                ""
                if ink is None or ink.value is None
                else f"{ink.value:f}"
                if isinstance(ink.value, Decimal)
                else ink.value
                for ink in inks
            ]
        )
    content = text.getvalue()
    if encoding == "cp1258":
        # A dash that the code page lacks has no place in the forms; anything else would be a bug.
        return with_tones_apart(content).encode("cp1258")
    return content.encode(encoding)


def csv_addresses(paper: Paper) -> dict[Place, Address]:
    """Lines are rows."""
    return {place: ("CSV", cell_name(*place)) for place in paper.slots}


def with_tones_apart(text: str) -> str:
    """Vietnamese as code page 1258 keeps it: letters with their shape, tones after them."""
    written: list[str] = []
    for letter in unicodedata.normalize("NFD", text):
        if letter in _SHAPES and written:
            tones = ""
            while unicodedata.combining(written[-1]):
                tones = written.pop() + tones
            written[-1] = unicodedata.normalize("NFC", written[-1] + letter)
            written.extend(tones)
        else:
            written.append(letter)
    return "".join(written)
