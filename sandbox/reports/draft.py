"""A report before it becomes a file: its sheets, and what is meant in each of its cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ingestion.sources.agency_reports.forms_model import Field
from sandbox.budget.numerals import written
from sandbox.budget.paper import Ink, Paper, Place
from sandbox.reports.figures import Value

Expect = Literal["right", "right_or_refused", "refused", "empty"]
"""What a reader owes for a cell: its value | its value or a problem | no value, something stands
there that is none | nothing stands there."""
_FIRST_SERIAL = dt.date(1899, 12, 30)


@dataclass(slots=True)
class Entry:
    """A cell that an office fills in.

    Attributes:
        field: of the form.
        row_code: of the form's row.
        ink: what stands in the cell; it stays the same object wherever the cell moves.
        value: as meant; none where nothing is to be said.
        expect: see `Expect`.
    """

    field: Field
    row_code: str
    ink: Ink
    value: Value | None
    expect: Expect = "right"

    @property
    def number(self) -> Decimal:
        """The value of an entry that is a number.

        Raises:
            TypeError: it is none.
        """
        if not isinstance(self.value, Decimal):
            raise TypeError(f"{self.field.code}: no number")
        return self.value

    @property
    def day(self) -> dt.date:
        """The value of an entry that is a day.

        Raises:
            TypeError: it is none.
        """
        if not isinstance(self.value, dt.date):
            raise TypeError(f"{self.field.code}: no day")
        return self.value


@dataclass(slots=True)
class Draft:
    """The sheets of a report and where things stand on the first one.

    Attributes:
        papers: one per sheet; the report is on the first.
        covers: sheets that stand before it in the file.
        entries: the asked cells in the order of the form.
        header: first and last row of the table's header.
        value_columns: columns that an office fills in, by code of the form's column.
        label_column: of the rows' labels.
        code_column: of the rows' codes; none where the form prints none.
        unit_column: of the units; none where there is none.
        note_column: for notes; none where there is none.
        inks: other cells by what they are: ``title``, ``period``, ``agency``, ``form_id``,
            ``status``, ``nil:<section>``.
        written_as: a key of `sandbox.budget.numerals.SEPARATORS`, or ``stored``.
        is_1904: days are counted from 1904.
        filtered: range that a filter is left on; empty for none.
    """

    papers: list[Paper]
    entries: list[Entry]
    header: tuple[int, int]
    value_columns: dict[str, int]
    label_column: int
    code_column: int | None = None
    unit_column: int | None = None
    note_column: int | None = None
    inks: dict[str, Ink] = field(default_factory=dict)
    written_as: str = "stored"
    is_1904: bool = False
    filtered: str = ""
    covers: list[Paper] = field(default_factory=list)

    @property
    def sheets(self) -> list[Paper]:
        """All sheets as they stand in the file."""
        return [*self.covers, *self.papers]

    @property
    def paper(self) -> Paper:
        """The sheet with the report."""
        return self.papers[0]

    def place(self, ink: Ink) -> Place | None:
        """Where a cell stands now; none when it was taken away."""
        for place, other in self.paper.cells.items():
            if other is ink:
                return place
        return None

    def row(self, entry: Entry) -> int:
        """The row of an entry.

        Raises:
            LookupError: the cell was taken away.
        """
        place = self.place(entry.ink)
        if place is None:
            raise LookupError(entry.field.code)
        return place[0]

    def body_rows(self) -> list[int]:
        """Rows of the sheet with asked cells, ascending."""
        asked = {id(entry.ink) for entry in self.entries}
        return sorted({row for (row, _), ink in self.paper.cells.items() if id(ink) in asked})

    def numbers(self) -> list[Entry]:
        """Entries with a number in them."""
        return [entry for entry in self.entries if isinstance(entry.value, Decimal)]

    def of_type(self, *types: str) -> list[Entry]:
        """Filled entries of some types of fields."""
        return [e for e in self.entries if e.field.type in types and e.value is not None]

    def insert_rows(self, before: int, count: int) -> None:
        """Move everything of the sheet from a row on down."""
        self.paper.insert_rows(before, count)
        self.header = tuple(row + count if row >= before else row for row in self.header)  # type: ignore[assignment]

    def insert_column(self, before: int) -> None:
        """Move everything of the sheet from a column on to the right."""
        self.paper.insert_column(before)

        def moved(column: int | None) -> int | None:
            return column + 1 if column is not None and column >= before else column

        self.value_columns = {
            code: column + 1 if column >= before else column
            for code, column in self.value_columns.items()
        }
        self.label_column = moved(self.label_column) or self.label_column
        self.code_column = moved(self.code_column)
        self.unit_column = moved(self.unit_column)
        self.note_column = moved(self.note_column)

    def texts(self) -> Iterator[Ink]:
        """Cells with words that no office fills in."""
        asked = {id(entry.ink) for entry in self.entries}
        for ink in self.paper.cells.values():
            if isinstance(ink.value, str) and id(ink) not in asked:
                yield ink


def fill_in(draft: Draft, entry: Entry) -> None:
    """Write an entry's value into its cell as the office writes its figures."""
    value, kind = entry.value, entry.field.type
    if value is None:
        entry.ink.value, entry.expect = None, "empty"
    elif isinstance(value, dt.date):
        if draft.written_as == "stored":
            entry.ink.value = Decimal((value - _FIRST_SERIAL).days)
            entry.ink.number_format = "dd/mm/yyyy"
        else:
            entry.ink.value = f"{value:%d/%m/%Y}"
    elif isinstance(value, Decimal) and kind == "yes_no":
        entry.ink.value = "Có" if value else "Không"
    elif isinstance(value, Decimal):
        entry.ink.value = value if draft.written_as == "stored" else text_of(value, draft)
    elif kind == "choice":
        labels = {choice.code: choice.label_vi for choice in entry.field.choices}
        entry.ink.value = labels[value]
    else:
        entry.ink.value = value


def text_of(value: Decimal, draft: Draft, numbers: str = "") -> str:
    """A number as text in the draft's way of writing, or in another one.

    A number that could be read in two ways is written without groups: what is not to puzzle a
    reader must not.
    """
    how = numbers or (draft.written_as if draft.written_as != "stored" else "text_dots")
    decimals = max(0, -int(value.as_tuple().exponent))
    is_puzzling = (
        not numbers and ((not decimals and 1000 <= abs(value) < 1_000_000) or decimals == 3)
    )  # fmt: skip
    return written(value, decimals, "text_plain" if is_puzzling and not decimals else how)
