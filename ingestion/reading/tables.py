"""What the sheets of a file say: tables with labelled columns, outlined rows and numbers.

Built from a `Document` by `ingestion.reading.structure`, still without knowing any form. Every
number says how it came about, and one that could mean two things is refused with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from ingestion.core.period import Kind

NumberState = Literal["value", "blank", "dash", "not_applicable", "text", "refused"]
"""What stands in a cell of a number column; a published 0 is a ``value``.

``dash``: ``-`` or ``–``. ``not_applicable``: ``x``. ``text``: words. ``refused``: it looks like a
number and is not certain.
"""

ColumnRole = Literal["mark", "item", "amount", "percent", "text", "empty"]
"""``mark``: the outline marks (STT: A, I, 1, a, –). ``item``: what a row is about."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure as published and what it means.

    Attributes:
        text: as published.
        code: ``vnd``, ``percent``, ``permille``, ``count`` …, from ``units.csv``.
        factor: what one of it is in the code's base (đồng for ``vnd``, 1 for ``percent``).
        where: address of the text, or ``facts`` for a labelled fact of the file.
        is_misspelt: it was recognised through a known misspelling.
    """

    text: str
    code: str
    factor: Decimal
    where: str
    is_misspelt: bool = False


@dataclass(frozen=True, slots=True)
class Separators:
    """How the numbers of a column are written, and how that is known.

    Attributes:
        decimal: ``,`` or ``.``; None where no number of the column has decimals.
        thousands: ``.``, ``,``, a space … ; None where no number is grouped.
        evidence: ``stored`` (numbers in the file), ``pattern`` (only one reading is possible),
            ``column`` (other rows decide), ``sums`` (re-adding decides), ``declared`` (the unit
            leaves one reading), ``table`` (other columns decide and the sizes agree).
    """

    decimal: str | None
    thousands: str | None
    evidence: Literal["stored", "pattern", "column", "sums", "declared", "table"]


@dataclass(frozen=True, slots=True)
class Number:
    """A cell of a number column.

    Attributes:
        state: see `NumberState`.
        value: exact as published, without the unit's factor; None unless the state is ``value``.
        text: as published, at most 200 characters.
        code: why it was refused (``ambiguous_separator``, ``formula_without_value`` …); else empty.
    """

    state: NumberState
    value: Decimal | None = None
    text: str = ""
    code: str = ""


@dataclass(slots=True)
class Column:
    """One column of a table.

    Attributes:
        index: column number in the sheet, from 1.
        labels: header labels above it from top to bottom, merged ranges spread, repeats dropped.
        role: what stands in it.
        unit: unit of its numbers; None where it has none or it is not known.
        separators: of number columns with text numbers.
        number_label: the line under the header that numbers columns (``1``, ``2=3+4``), if any.
        is_hidden: nobody sees it in the file.
    """

    index: int
    labels: tuple[str, ...]
    role: ColumnRole
    unit: Unit | None = None
    separators: Separators | None = None
    number_label: str = ""
    is_hidden: bool = False

    @property
    def label(self) -> str:
        """All labels in one line."""
        return " / ".join(self.labels)


@dataclass(slots=True)
class Row:
    """One row below the header.

    Attributes:
        row: row number in the sheet.
        mark: outline mark as published, cleaned (``A``, ``I``, ``1``, ``1.1``, ``a``, ``-``).
        level: depth in the outline from 0; None where the row stands outside of it.
        parent: row number of the row it is a part of; None for roots.
        item: label of the row, cleaned to NFC.
        kind: ``item``; ``total`` (a row that only re-adds, such as ``TỔNG CỘNG``); ``heading`` (no
            numbers); ``repeated_header``.
        is_hidden: nobody sees it in the file.
        numbers: by column number, of number columns only.
        is_parent_certain: False where the mark could belong to two levels.
        unit: the row's own unit where it states one ("Tỷ lệ … (%)"); it goes before the column's.
    """

    row: int
    mark: str
    level: int | None
    parent: int | None
    item: str
    kind: Literal["item", "total", "heading", "repeated_header"] = "item"
    is_hidden: bool = False
    numbers: dict[int, Number] = field(default_factory=dict)
    is_parent_certain: bool = True
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class StatedPeriod:
    """The period that a title or a labelled fact speaks of.

    Attributes:
        kind: ``year``, ``quarter``, ``half_year`` … ; ``nine_months`` for the first nine months.
        start: first day.
        text: as published.
        where: address of the text.
    """

    kind: Kind | Literal["nine_months"]
    start: date
    text: str
    where: str


@dataclass(slots=True)
class Table:
    """One table of a sheet.

    Attributes:
        sheet: name of the sheet.
        first_row, last_row: rows from the header's first to the last that belongs to it.
        header_rows: row numbers of the header, the line that numbers columns included.
        columns: in order.
        rows: below the header, in order.
        title: lines above it, cleaned, top to bottom.
        form_text: as published, such as ``Biểu số 60/CK-NSNN``; empty where none is stated.
        unit: unit stated for the whole table.
        period: period that the title states.
        organisation: publisher stated above the table, such as ``UBND TỈNH SƠN LA``.
        footnotes: (row number, text) of notes below it.
    """

    sheet: str
    first_row: int
    last_row: int
    header_rows: tuple[int, ...]
    columns: list[Column]
    rows: list[Row]
    title: tuple[str, ...] = ()
    form_text: str = ""
    unit: Unit | None = None
    period: StatedPeriod | None = None
    organisation: str = ""
    footnotes: tuple[tuple[int, str], ...] = ()
