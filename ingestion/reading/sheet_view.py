"""A sheet as its readers look at it: only rows that hold something, text converted and cleaned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ingestion.reading.grid import Sheet, Span, Value
from ingestion.reading.numbers import parse
from ingestion.reading.text import LegacyFont, clean, convert_legacy, legacy_font, may_be_legacy


@dataclass(slots=True)
class Line:
    """A row that holds something.

    Attributes:
        row: its number in the sheet.
        cells: stored values by column; text in Unicode, with its line breaks.
        is_hidden: nobody sees it.
    """

    row: int
    cells: dict[int, Value]
    is_hidden: bool = False

    def text(self, column: int) -> str:
        """A cell's text, cleaned; empty for anything but text."""
        value = self.cells.get(column)
        return clean(value) if isinstance(value, str) else ""

    def texts(self) -> Iterator[tuple[int, str]]:
        """(column, cleaned text) of the cells that hold text, from left to right."""
        for column, value in self.cells.items():
            if isinstance(value, str):
                yield column, clean(value)

    def has_numbers(self, after: int = 0) -> bool:
        """Whether a cell right of a column holds something like a number."""
        return any(
            column > after and looks_like_number(value) for column, value in self.cells.items()
        )


@dataclass(slots=True)
class SheetView:
    """A sheet's rows that hold something.

    Attributes:
        sheet: as read.
        lines: from top to bottom.
        font: the legacy font that its text was converted from.
        spans: merged ranges by the (row, column) of their upper left cell.
    """

    sheet: Sheet
    lines: list[Line]
    font: LegacyFont | None
    spans: Mapping[tuple[int, int], Span]

    @classmethod
    def of(cls, sheet: Sheet) -> SheetView:
        """Look at a sheet."""
        font = legacy_font(value for row in sheet.values for value in row if isinstance(value, str))
        lines = []
        first = sheet.first_column
        for number, row in enumerate(sheet.values, sheet.first_row):
            cells: dict[int, Value] = {
                column: value
                for column, value in enumerate(row, first)
                if value is not None and not (isinstance(value, str) and not clean(value))
            }
            if cells:
                lines.append(Line(number, cells, number in sheet.hidden_rows))
        if font is not None:
            for line in lines:
                for column, value in line.cells.items():
                    if isinstance(value, str) and may_be_legacy(value):
                        line.cells[column] = convert_legacy(value, font)
        spans = {(span.first_row, span.first_column): span for span in sheet.merged}
        return cls(sheet, lines, font, spans)

    def address(self, row: int, column: int) -> str:
        """Where a person finds a cell."""
        return self.sheet.address(row, column)


def looks_like_number(value: Value) -> bool:
    """Whether a cell holds a number or a text that could be one."""
    if isinstance(value, str):
        token = parse(clean(value))
        return token.state == "value" or token.separator != ""
    return isinstance(value, int | float) and not isinstance(value, bool)


def looks_like_year(value: Value) -> bool:
    """Whether a cell holds nothing but a year, as column headers do."""
    if isinstance(value, str):
        text = clean(value)
        return len(text) == 4 and text.isdigit() and "1990" <= text <= "2099"
    return isinstance(value, int | float) and 1990 <= value <= 2099 and value == int(value)
