"""Whether the first row of a table names its columns.

A row of data in its place shows itself: by numbers and dates over columns of the same, or by texts
that stand in the column again. Years, and 1, 2, 3 … in a row, are names that people give.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from ingestion.reading.text import key
from ingestion.sources.open_data_portal.inspecting.settings import TableRules
from ingestion.sources.open_data_portal.inspecting.table import Table

HeaderState = Literal[
    "present", "missing", "title_above", "blank_names", "duplicate_names", "not_applicable"
]

_NUMBER = re.compile(r"[-+(]?\d[\d., ]*[)%]?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d{1,2}:\d{2}.*)?")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_COLUMN_SHARE = 0.5  # of the values below that are numbers: then one above is data as well


def stands_below_title(table: Table) -> bool:
    """Whether the first row is a line of text over the table rather than its header."""
    if table.has_keys or len(table.rows) < 2:
        return False
    filled = sum(1 for cell in table.rows[0] if cell.strip())
    wide = sum(1 for row in table.rows[1:] if sum(1 for cell in row if cell.strip()) > 1)
    return filled == 1 and wide * 2 > len(table.rows) - 1


def below_title(table: Table) -> Table:
    """The table without the lines of text over it, of which each fills one cell at most."""
    start = next(
        (n for n, row in enumerate(table.rows) if sum(1 for cell in row if cell.strip()) > 1), 0
    )
    return replace(table, rows=table.rows[start:], lines=table.lines[start:])


def is_data(table: Table, rules: TableRules) -> bool:
    """Whether the first row is a row of values."""
    if table.has_keys or not table.rows:
        return False
    first, below = table.rows[0], table.rows[1 : rules.header_look_rows]
    cells = [cell.strip() for cell in first]
    if any(_MAIL.fullmatch(cell) or _is_date(cell, rules) for cell in cells):
        return True
    if len(below) < rules.header_from_rows:
        return bool(cells) and sum(map(is_number, cells)) * 2 > len(cells) and not _counts(cells)
    if not _counts(cells) and any(
        is_number(cell) and not _is_year(cell, rules) and _is_numeric(below, column)
        for column, cell in enumerate(cells)
    ):
        return True
    return _repeats(cells, below, rules)


def is_number(text: str) -> bool:
    """Whether a cell is a number as people write them."""
    return _NUMBER.fullmatch(text) is not None


def _is_year(text: str, rules: TableRules) -> bool:
    first, last = rules.years
    return text.isascii() and text.isdigit() and len(text) == 4 and first <= int(text) <= last


def _is_date(text: str, rules: TableRules) -> bool:
    """A full date; a month such as 06/2026 may head a column."""
    return _DATE.fullmatch(text) is not None and not _is_year(text, rules)


def _counts(cells: list[str]) -> bool:
    """Whether the numbers beside the texts count 1, 2, 3 …, as months and marks of columns do."""
    numbers = [cell for cell in cells if is_number(cell)]
    is_beside_text = len(numbers) < len([cell for cell in cells if cell])
    counted = numbers == [str(n) for n in range(1, len(numbers) + 1)]
    return is_beside_text and len(numbers) > 2 and counted


def _is_numeric(rows: list[list[str]], column: int) -> bool:
    values = [row[column].strip() for row in rows if column < len(row) and row[column].strip()]
    return bool(values) and sum(map(is_number, values)) > _COLUMN_SHARE * len(values)


def _repeats(cells: list[str], below: list[list[str]], rules: TableRules) -> bool:
    """Whether a text of the row stands in its own column again, the row as a whole does not."""
    rows = [row for row in below if [cell.strip() for cell in row] != cells]
    for column, label in enumerate(cells):
        if not key(label) or is_number(label):
            continue
        wanted = label.casefold()
        found = sum(
            1 for row in rows if column < len(row) and row[column].strip().casefold() == wanted
        )
        if found >= rules.repeated_in_column:
            return True
    return False
