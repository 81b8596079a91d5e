"""A sheet as somebody would see it, before it becomes a file of some kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ingestion.reading.grid import column_letters
from sandbox.budget.forms import FilledRow, Form, FormColumn

Expect = Literal["right", "right_or_refused", "refused"]
Place = tuple[int, int]
"""Row and column, both from 1."""
_Shift = Callable[[int], int]


@dataclass(slots=True)
class Ink:
    """What stands in a cell.

    Attributes:
        value: text, or a number to be stored as one.
        number_format: how a stored number is shown.
        formula: without ``=``; ``value`` is then what it gave last.
        bold: printed bold.
        is_calculated: a formula carries the value it gave last.
        error: error value that the cell shows instead, such as ``#REF!``.
    """

    value: str | Decimal | None
    number_format: str = "General"
    formula: str = ""
    bold: bool = False
    is_calculated: bool = True
    error: str = ""


@dataclass(slots=True)
class Slot:
    """A number cell with what a reader must find there.

    Attributes:
        form: of the table.
        row: of the form.
        row_index: index of the row among the form's rows.
        column: of the form.
        value: as published, in the unit of the file.
        factor: of the unit; 1 for percents.
        text: as published.
        expect: see `sandbox.budget.render.Answer`.
        defect: id of the defect that touches it; else empty.
    """

    form: Form
    row: FilledRow
    row_index: int
    column: FormColumn
    value: Decimal
    factor: int
    text: str
    expect: Expect = "right"
    defect: str = ""


@dataclass(slots=True)
class Table:
    """Where the parts of a table stand on a paper; rows from 1, both ends included.

    Attributes:
        form: which one.
        lines: rows of the form.
        title_rows: rows with the title and what stands below it.
        unit_place: of the line with the unit.
        unit_text: the unit, for files that name it apart from the line.
        form_place: of the form's number.
        organisation_place: of the publisher.
        header: first and last row, the numbering line included.
        numbering_row: the line that numbers columns.
        body: first and last row below the header.
        columns: column of the paper by number of the form's column.
        mark_column: of the outline marks.
        item_column: of the labels.
        rows: row of the paper by index of the form's row.
    """

    form: Form
    lines: tuple[FilledRow, ...]
    title_rows: list[int]
    unit_place: Place | None
    unit_text: str
    form_place: Place | None
    organisation_place: Place
    header: tuple[int, int]
    numbering_row: int | None
    body: tuple[int, int]
    columns: dict[int, int]
    mark_column: int
    item_column: int
    rows: dict[int, int]


@dataclass(slots=True)
class Paper:
    """A sheet.

    Attributes:
        name: of the sheet.
        cells: what stands where.
        merged: (first row, first column, last row, last column).
        slots: the number cells.
        tables: top to bottom.
        hidden_rows: row numbers.
        hidden_columns: column numbers.
        visibility: of the sheet.
    """

    name: str
    cells: dict[Place, Ink] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    slots: dict[Place, Slot] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    visibility: Literal["visible", "hidden"] = "visible"

    @property
    def last_row(self) -> int:
        """Number of the last row with anything in it; 0 for an empty sheet."""
        return max((row for row, _ in self.cells), default=0)

    @property
    def last_column(self) -> int:
        """Number of the last column with anything in it; 0 for an empty sheet."""
        return max((column for _, column in self.cells), default=0)

    def put(
        self, row: int, column: int, value: str | Decimal | None, *, bold: bool = False
    ) -> None:
        """Write into a cell."""
        self.cells[row, column] = Ink(value, bold=bold)

    def text(self, row: int, column: int) -> str:
        """What stands in a cell, as text."""
        ink = self.cells.get((row, column))
        return "" if ink is None or ink.value is None else str(ink.value)

    def lines(self) -> Iterator[list[Ink | None]]:
        """The rows from the first to the last, with all their columns."""
        width = self.last_column
        for row in range(1, self.last_row + 1):
            yield [self.cells.get((row, column)) for column in range(1, width + 1)]

    def insert_rows(self, before: int, count: int) -> None:
        """Move everything from a row on down."""
        self._move(lambda row: row + count if row >= before else row, lambda column: column)

    def insert_column(self, before: int) -> None:
        """Move everything from a column on to the right."""
        self._move(lambda row: row, lambda column: column + 1 if column >= before else column)

    def _move(self, row_of: _Shift, column_of: _Shift) -> None:
        self.cells = {(row_of(r), column_of(c)): ink for (r, c), ink in self.cells.items()}
        self.slots = {(row_of(r), column_of(c)): slot for (r, c), slot in self.slots.items()}
        self.merged = [
            (row_of(top), column_of(left), row_of(bottom), column_of(right))
            for top, left, bottom, right in self.merged
        ]
        self.hidden_rows = {row_of(row) for row in self.hidden_rows}
        self.hidden_columns = {column_of(column) for column in self.hidden_columns}
        for table in self.tables:
            table.title_rows = [row_of(row) for row in table.title_rows]
            for name in ("unit_place", "form_place", "organisation_place"):
                place = getattr(table, name)
                if place:
                    setattr(table, name, (row_of(place[0]), column_of(place[1])))
            table.header = (row_of(table.header[0]), row_of(table.header[1]))
            table.body = (row_of(table.body[0]), row_of(table.body[1]))
            if table.numbering_row:
                table.numbering_row = row_of(table.numbering_row)
            table.columns = {number: column_of(at) for number, at in table.columns.items()}
            table.mark_column = column_of(table.mark_column)
            table.item_column = column_of(table.item_column)
            table.rows = {index: row_of(at) for index, at in table.rows.items()}


def cell_name(row: int, column: int) -> str:
    """Address of a cell, such as ``C12``."""
    return f"{column_letters(column)}{row}"
