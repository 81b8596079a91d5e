"""What a file holds, before anybody says what it means: sheets of values with their addresses.

Every reader, whatever the format, gives a `Document`; everything that interprets starts from one. A
value keeps the address a person would look it up by: sheet and cell of a workbook, page and place
of a PDF.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

FileKind = Literal["xlsx", "xls", "html", "xml", "csv", "pdf"]
"""What a file really is, by its content; never by its name."""

Value = str | int | float | bool | date | datetime | time | timedelta | None
"""A cell as stored: a number only where the file stores a number, text as it stands."""

CellProblem = Literal["formula_without_value", "error_value", "oversized_number", "truncated"]
"""Why a cell's value cannot be relied on, though the file could be read.

``formula_without_value``: a formula that no program has calculated yet, or beside which a value is
kept that it does not give. ``error_value``: ``#REF!`` and its like. ``oversized_number``: a whole
number with more digits than a float keeps. ``truncated``: text cut at the bound.
"""


@dataclass(frozen=True, slots=True)
class Span:
    """A merged range; rows and columns count from 1 and both ends are included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should know about a file that could be read.

    Attributes:
        code: stable code, such as ``macros_ignored``, ``external_links_ignored``, ``renamed``,
            ``hidden_sheet``, ``legacy_font``, ``scanned_page``.
        where: sheet, page or cell; empty for the file as a whole.
        message_vi: one sentence.
    """

    code: str
    where: str
    message_vi: str


@dataclass(slots=True)
class Sheet:
    """A rectangle of values.

    Attributes:
        name: name of the sheet; ``HTML 2``, ``XML``, ``CSV``, or ``Bảng 1`` for a table of a PDF.
        values: rows of equal length; ``values[0][0]`` stands at (first_row, first_column). The
            value of a merged range stands in its upper left cell, the other cells are None.
        first_row: row number of ``values[0]``, from 1.
        first_column: column number of ``values[0][0]``, from 1.
        visibility: hidden sheets are read too, and said to be hidden.
        merged: merged ranges, absolute.
        hidden_rows: row numbers that a person does not see (hidden or filtered away).
        hidden_columns: column numbers that a person does not see.
        problems: cells that cannot be relied on, by (row, column).
        scaled: numbers whose format shows another number than is stored, with the power of ten
            between; ``values`` has what is shown.
        pages: for tables of a PDF that go on over pages: for each row of ``values`` the page it
            stands on and its place there, (page, row), both from 1; empty otherwise.
    """

    name: str
    values: list[list[Value]]
    first_row: int = 1
    first_column: int = 1
    visibility: Literal["visible", "hidden", "very_hidden"] = "visible"
    merged: Sequence[Span] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    problems: dict[tuple[int, int], CellProblem] = field(default_factory=dict)
    scaled: dict[tuple[int, int], int] = field(default_factory=dict)
    pages: Sequence[tuple[int, int]] = ()

    def address(self, row: int, column: int) -> str:
        """Where a person finds a cell: ``C12``, in a PDF ``trang 3 C12`` (row on that page)."""
        if self.pages:
            page, place = self.pages[row - self.first_row]
            return f"trang {page} {column_letters(column)}{place}"
        return f"{column_letters(column)}{row}"


@dataclass(slots=True)
class Document:
    """A file as read.

    Attributes:
        kind: what the content is.
        sheets: in the file's order; PDFs have one sheet per table that may go on over pages.
        encoding: of text formats, as found out (``utf-8``, ``utf-16-le``, ``cp1258`` …).
        declared_encoding: what the file says it is, where it says so.
        facts: labelled facts outside the tables, such as the attributes of a published XML
            (``title``, ``year``, ``periodType``, ``curencyunit`` …), as published.
        text_lines: text outside tables, top to bottom, with (page, line); PDFs only.
        remarks: what a person should know.
    """

    kind: FileKind
    sheets: list[Sheet]
    encoding: str | None = None
    declared_encoding: str | None = None
    facts: dict[str, str] = field(default_factory=dict)
    text_lines: list[tuple[int, str]] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


class FileRefused(Exception):
    """A file that is not read, for a reason its sender can act on.

    Args:
        code: stable code, such as ``password``, ``zip_bomb``, ``too_many_pages``, ``not_a_table``.
        message_vi: one sentence: what, where, why, what to do. Holds nothing quoted from the file
            but what `ingestion.core.log.quote_foreign` lets through.
    """

    def __init__(self, code: str, message_vi: str) -> None:
        super().__init__(f"{code}: {message_vi}")
        self.code = code
        self.message_vi = message_vi


def column_letters(column: int) -> str:
    """Letters of a column number from 1: 1 is ``A``, 27 ``AA``.

    >>> column_letters(28)
    'AB'
    """
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
