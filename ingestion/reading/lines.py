"""Rows and columns of a table with what its form says they are: one line for each number cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ingestion.reading.grid import Sheet
from ingestion.reading.labels import Phrases, within_one
from ingestion.reading.layouts import ColumnRule, Item, Layout, Layouts
from ingestion.reading.matching import Matched
from ingestion.reading.numbers import as_sentence_vi
from ingestion.reading.proof import Cell, Figure, Hold, half_place
from ingestion.reading.tables import Column, Number, Row, Table, Unit

_PERCENT = Unit("%", "percent", Decimal(1), "")
_SHORTEST_MISSPELT = 12
_FEWEST_KNOWN = Decimal("0.3")
"""Where fewer of the rows are named, another form may name them better. [proposed]"""


@dataclass(slots=True)
class ReadTable:
    """A table of a known form, ready to be proved.

    Attributes:
        items: named rows by row number.
        units: unit by column number of the columns that are read; None where it is not known.
        figures: numbers in the base of their unit, by (row, column).
        unknowable: cells whose number is refused: nothing about them can be proved.
        holds: cells that must not be used, and why.
    """

    table: Table
    match: Matched
    items: dict[int, Item]
    units: dict[int, Unit | None]
    figures: dict[Cell, Figure] = field(default_factory=dict)
    unknowable: set[Cell] = field(default_factory=set)
    holds: dict[Cell, Hold] = field(default_factory=dict)
    _by_measure: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find the column of each measure once."""
        columns = self.match.columns.items()
        self._by_measure = {rule.measure_code: index for index, rule in columns}

    def column_of(self, measure_code: str) -> int | None:
        """The column of a measure."""
        return self._by_measure.get(measure_code)

    def unit_of(self, row: Row, column: int) -> Unit | None:
        """The unit of a cell: a row that states one of its own goes before its column."""
        return row.unit or self.units[column]

    def factor(self, column: int) -> Decimal:
        """What one of a column's unit is; 1 where it is not known, so that sums can be proved."""
        unit = self.units[column]
        return unit.factor if unit else Decimal(1)

    def collect(self) -> None:
        """Collect the figures, and the cells about which nothing can be proved."""
        self.figures.clear()
        self.unknowable.clear()
        for index, _ in self.number_columns():
            values: dict[int, Decimal] = {}
            for row in self.table.rows:
                number = row.numbers.get(index)
                if number is None:
                    continue
                if number.value is not None:
                    values[row.row] = number.value
                elif number.state in ("refused", "text"):
                    self.unknowable.add((row.row, index))
            factor = self.factor(index)
            half = half_place(values.values()) * factor
            for row_number, value in values.items():
                self.figures[row_number, index] = Figure(value * factor, half)

    def number_columns(self) -> Iterator[tuple[int, ColumnRule]]:
        """Columns whose cells become lines."""
        return ((i, rule) for i, rule in self.match.columns.items() if rule.unit != "text")


def read_rows(table: Table, match: Matched, phrases: Phrases) -> ReadTable:
    """Name the rows, settle the units and collect the figures of a matched table."""
    columns = {column.index: column for column in table.columns}
    read = ReadTable(
        table,
        match,
        name_rows(table, match.layout, phrases),
        {index: _unit(rule, columns[index], table) for index, rule in match.columns.items()},
    )
    read.collect()
    return read


def has_foreign_rows(read: ReadTable, layouts: Layouts) -> bool:
    """Whether the rows are those of another form that has the same columns."""
    own = read.match.layout
    if not own.items:
        return False
    share = _named_share(read.table, own, layouts.phrases)
    if share >= _FEWEST_KNOWN:
        return False
    others = {
        id(other.items): other
        for other in layouts.forms
        if other.column_set == own.column_set and other.items and other.items is not own.items
    }
    return any(
        _named_share(read.table, other, layouts.phrases) > max(2 * share, _FEWEST_KNOWN)
        for other in others.values()
    )


def _named_share(table: Table, layout: Layout, phrases: Phrases) -> Decimal:
    rows = [row for row in table.rows if row.item and row.kind in ("item", "total")]
    return Decimal(len(name_rows(table, layout, phrases))) / max(len(rows), 1)


def name_rows(table: Table, layout: Layout, phrases: Phrases) -> dict[int, Item]:
    """The rows that the form names, by row number; a label below another row may name another."""
    named: dict[int, Item] = {}
    parents = {row.row: row.parent for row in table.rows}
    for row in table.rows:
        if row.kind == "repeated_header" or not row.item:
            continue
        found = layout.items.get(phrases.plain(row.item)) or _without_remark(row, layout, phrases)
        if not found:
            continue
        above = _codes_above(row.parent, parents, named)
        item = next((item for item in found if not item.under or item.under in above), None)
        if item is not None:
            named[row.row] = item
    return named


def _without_remark(row: Row, layout: Layout, phrases: Phrases) -> tuple[Item, ...] | None:
    """The label without ``(1)``, ``(I+II)``, ``(*)`` behind it, or with one letter wrong."""
    bare = row.item.partition("(")[0].strip() or row.item
    plain = phrases.plain(bare)
    found = layout.items.get(plain)
    if found is None and len(plain) >= _SHORTEST_MISSPELT:
        near = {items for known, items in layout.items.items() if within_one(plain, known)}
        found = near.pop() if len(near) == 1 else None
    return found


def _codes_above(
    row: int | None, parents: Mapping[int, int | None], named: Mapping[int, Item]
) -> set[str]:
    codes: set[str] = set()
    for _ in range(20):
        if row is None:
            break
        if row in named:
            codes.add(named[row].item_code)
        row = parents.get(row)
    return codes


def _unit(rule: ColumnRule, column: Column, table: Table) -> Unit | None:
    """A percent never takes the unit of the table; an amount takes no unit but a stated one."""
    own = column.unit
    if rule.unit == "percent":
        if own is not None and own.code not in ("vnd", "percent"):
            return own
        return _PERCENT if own is None or own.code == "vnd" else own
    if own is not None:
        return own
    return table.unit if rule.unit == "money" else None


def line_dicts(
    read: ReadTable,
    sheet: Sheet,
    table_no: int,
    period: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Lines of a table as the raw columns have them.

    Args:
        read: with its holds.
        sheet: for addresses.
        table_no: of the table in its file, from 1.
        period: ``budget_year``, ``period_type``, ``period_start``.
    """
    lines = []
    for row in read.table.rows:
        if row.kind == "repeated_header":
            continue
        item = read.items.get(row.row)
        of_row = {
            "_sheet": sheet.name,
            "table_no": table_no,
            "form_key": read.match.layout.form_key,
            "line_no": row.row,
            "parent_line_no": row.parent,
            "mark": row.mark or None,
            "level": row.level,
            "item_code": item.item_code if item else None,
            "item_text": row.item or None,
            "row_kind": row.kind,
            "is_hidden": row.is_hidden,
            **period,
        }
        for index, rule in read.number_columns():
            number = row.numbers.get(index)
            if number is None:
                continue
            hold = read.holds.get((row.row, index))
            unit = read.unit_of(row, index)
            cell = sheet.address(row.row, index)
            lines.append(
                {
                    **of_row,
                    "_cell": cell,
                    "measure_code": rule.measure_code,
                    **_state(number, hold, cell),
                    "unit_code": unit.code if unit else None,
                    "unit_factor": str(unit.factor) if unit else None,
                }
            )
    return lines


def _state(number: Number, hold: Hold | None, cell: str) -> dict[str, Any]:
    if number.state == "refused":
        why = f"Ô {cell} ghi “{number.text[:40]}”: {as_sentence_vi(number)}."
        return {
            "state": "refused",
            "value": None,
            "hold_code": number.code or "refused",
            "hold_vi": why,
        }
    is_held = hold is not None and number.state == "value"
    return {
        "state": number.state,
        "value": None if number.value is None else format(number.value, "f"),
        "hold_code": hold.code if hold and is_held else None,
        "hold_vi": hold.say_vi if hold and is_held else None,
    }
