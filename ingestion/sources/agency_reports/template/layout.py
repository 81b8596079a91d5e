"""Where everything stands on the report sheet. Pure: sections in, addresses out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from openpyxl.utils import get_column_letter

from ingestion.sources.agency_reports.forms_model import Field, Row, Section

SlotKind = Literal["number", "code", "item", "unit", "input", "previous", "note"]

NUMBER_ROW, TITLE_ROW, SUBTITLE_ROW, AGENCY_ROW, PERIOD_ROW, DUE_ROW, HEADING_ROW = range(1, 8)
LABEL_LETTER, FACT_LETTER = "D", "F"
"""Columns of the second label above the table and of its fact; the label is two columns wide."""

_WIDTHS: Mapping[str, float] = {
    "number": 5,
    "code": 19,
    "item": 50,
    "unit": 12,
    "previous": 17,
    "note": 26,
    "count": 15,
    "amount": 17,
    "decimal": 15,
    "level": 15,
    "yes_no": 15,
    "date": 14,
    "choice": 17,
    "text": 24,
}
"""Widths of columns in characters, by kind of column or by what is filled in."""
_GRID_CODE_WIDTH = 13


@dataclass(frozen=True)
class Slot:
    """A column of the sheet.

    Attributes:
        letter: of the column.
        kind: what stands in it.
        column: code of the section's column, of an input; otherwise empty.
    """

    letter: str
    kind: SlotKind
    column: str
    width: float


@dataclass(frozen=True)
class Line:
    """A row of a section in its row of the sheet."""

    at: int
    number: int
    row: Row


@dataclass(frozen=True)
class Block:
    """A section on the sheet.

    Attributes:
        headings_at: row of its column headings; None where those above it hold.
        at: row of its title.
    """

    section: Section
    slots: tuple[Slot, ...]
    headings_at: int | None
    at: int
    lines: tuple[Line, ...]

    @property
    def is_grid(self) -> bool:
        """Whether its rows hold more than one answer."""
        return len(self.section.columns) > 1

    def letter(self, kind: SlotKind, column: str = "") -> str:
        """Letter of a column; of the first input where no column is named."""
        for slot in self.slots:
            if slot.kind == kind and column in ("", slot.column):
                return slot.letter
        raise KeyError(f"{self.section.code}: {kind} {column}")

    @property
    def nil_cell(self) -> str | None:
        """Where the office says that nothing occurred."""
        return f"{self.letter('input')}{self.at}" if self.section.may_be_nil else None

    def fields(self) -> Iterator[tuple[str, Line, Field]]:
        """Every cell to fill in, with its address."""
        for line in self.lines:
            for field in line.row.fields:
                yield f"{self.letter('input', field.column)}{line.at}", line, field


@dataclass(frozen=True)
class Layout:
    """Addresses on the report sheet.

    Attributes:
        last_letter: of the columns in use.
        last_row: last row in use.
    """

    blocks: tuple[Block, ...]
    last_letter: str
    last_row: int

    @property
    def agency_cell(self) -> str:
        """Where the agency's name stands."""
        return f"C{AGENCY_ROW}"

    @property
    def period_cell(self) -> str:
        """Where the period stands."""
        return f"C{PERIOD_ROW}"

    @property
    def due_cell(self) -> str:
        """Where the due date stands."""
        return f"C{DUE_ROW}"

    @property
    def form_id_cell(self) -> str:
        """Where the form id stands."""
        return f"{FACT_LETTER}{AGENCY_ROW}"

    @property
    def value_status_cell(self) -> str:
        """Where the office says what its figures are."""
        return f"{FACT_LETTER}{PERIOD_ROW}"

    @property
    def field_cells(self) -> dict[str, str]:
        """Addresses of the cells to fill in, by field code."""
        return {field.code: cell for block in self.blocks for cell, _, field in block.fields()}

    @property
    def note_cells(self) -> dict[str, str]:
        """Addresses of the notes, by row code."""
        return {
            line.row.code: f"{block.letter('note')}{line.at}"
            for block in self.blocks
            for line in block.lines
        }

    @property
    def nil_cells(self) -> dict[str, str]:
        """Addresses of the questions whether anything occurred, by section code."""
        return {block.section.code: block.nil_cell for block in self.blocks if block.nil_cell}


def lay_out(sections: Sequence[Section]) -> Layout:
    """Give every section, row and field its place.

    Args:
        sections: what the agency is asked, at least one.
    """
    blocks: list[Block] = []
    at = HEADING_ROW
    slots: tuple[Slot, ...] = ()
    for section in sections:
        headings_at = None
        if [s.column for s in slots if s.kind == "input"] != [c.code for c in section.columns]:
            slots = _slots(section)
            headings_at = at
            at += 1
        lines = tuple(
            Line(at + number, number, row) for number, row in enumerate(section.rows, start=1)
        )
        blocks.append(Block(section, slots, headings_at, at, lines))
        at += 1 + len(lines)
    last = max((block.slots[-1].letter for block in blocks), key=lambda s: (len(s), s))
    return Layout(tuple(blocks), last, at - 1)


def _slots(section: Section) -> tuple[Slot, ...]:
    grid = len(section.columns) > 1
    kinds: list[tuple[SlotKind, str, float]] = [
        ("number", "", _WIDTHS["number"]),
        ("code", "", _GRID_CODE_WIDTH if grid else _WIDTHS["code"]),
        ("item", "", _WIDTHS["item"]),
    ]
    if not grid:
        kinds.append(("unit", "", _WIDTHS["unit"]))
    for column in section.columns:
        widest = max(_WIDTHS[field.type] for field in section.fields if field.column == column.code)
        kinds.append(("input", column.code, widest))
    kinds += [("previous", "", _WIDTHS["previous"]), ("note", "", _WIDTHS["note"])]
    return tuple(
        Slot(get_column_letter(at), kind, column, width)
        for at, (kind, column, width) in enumerate(kinds, start=1)
    )
