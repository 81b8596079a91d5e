"""Rows of a publisher's list of its datasets, by the words of its header."""

from __future__ import annotations

from collections.abc import Iterable

from ingestion.core.guard import mask_personal
from ingestion.reading.text import clean, key
from ingestion.sources.open_data_portal.inspecting.settings import TableRules
from ingestion.sources.open_data_portal.inspecting.table import Table

ListEntry = dict[str, str | int]
"""``position`` from 1, ``title``, ``name``, ``publisher_name``."""

_FIELDS = {"title": "title", "name": "name", "publisher": "publisher_name"}
_LONGEST = 500


def list_entries(
    tables: Iterable[Table], words: dict[str, tuple[str, ...]], rules: TableRules
) -> list[ListEntry]:
    """The rows that name a dataset, of every table that has a column for titles.

    Args:
        tables: of the file; the header may stand below lines of text.
        words: of headers by what the column is, folded; the first ones are preferred.
        rules: how far down the header is looked for, and how many rows are taken.
    """
    entries: list[ListEntry] = []
    for table in tables:
        start, columns = _header(table, words, rules)
        if "title" not in columns:
            continue
        for row in table.rows[start:]:
            cells = {
                _FIELDS[use]: _text(row[column]) if column < len(row) else ""
                for use, column in columns.items()
            }
            if not any(letter.isalpha() for letter in cells["title"]):
                continue  # marks of columns, blank rows
            if len(entries) == rules.list_entries:
                return entries
            blank = dict.fromkeys(_FIELDS.values(), "")
            entries.append({"position": len(entries) + 1, **blank, **cells})
    return entries


def _header(
    table: Table, words: dict[str, tuple[str, ...]], rules: TableRules
) -> tuple[int, dict[str, int]]:
    """The row after the header, and the columns by use."""
    best: tuple[int, dict[str, int]] = (0, {})
    for index, row in enumerate(table.rows[: rules.list_header_within]):
        labels = [key(cell) for cell in row]
        if len([label for label in labels if label]) < 1:
            continue
        columns: dict[str, int] = {}
        for use in _FIELDS:
            column = _column(labels, words[use], set(columns.values()))
            if column is not None:
                columns[use] = column
        if "title" in columns and len(columns) > len(best[1]):
            best = (index + 1, columns)
    return best


def _column(labels: list[str], words: tuple[str, ...], taken: set[int]) -> int | None:
    """The column whose label is one of the words; else begins with one of several words."""
    for word in words:
        for column, label in enumerate(labels):
            if column not in taken and label == word:
                return column
    for word in words:
        if " " not in word:
            continue
        for column, label in enumerate(labels):
            if column not in taken and label.startswith(f"{word} "):
                return column
    return None


def _text(cell: str) -> str:
    return mask_personal(clean(cell))[0][:_LONGEST]
