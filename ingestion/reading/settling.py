"""Numbers that a table leaves open and its form decides.

The form knows which columns are percents and which are sums or quotients of others. A separator
that could be either is settled only where one role satisfies every claim of the form and each other
role breaks one: that is proof, not likelihood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from statistics import median

from ingestion.reading.lines import ReadTable
from ingestion.reading.numbers import Role, Token, parse, read_column
from ingestion.reading.proof import Cell, Claim, Figure, Hold, half_place
from ingestion.reading.tables import Number, Row, Unit
from ingestion.reading.text import clean

_PERCENT = Unit("%", "percent", Decimal(1), "")
_MOST_OPEN_COLUMNS = 5
"""Every combination of roles is tried, 2 to the power of this many."""

_SMALL_PERCENT = 2
_ROLES: tuple[Role, Role] = ("thousands", "decimal")


@dataclass(slots=True)
class _OpenColumn:
    """A column whose one undecided separator may group or point."""

    index: int
    rows: list[Row]
    tokens: list[Token]


def read_percent_texts(rows: Sequence[Row], column: int) -> None:
    """``50,0%`` in a column that only the form knows to be a percent, not its label."""
    cells = [row.numbers.get(column) for row in rows]
    refused = [cell for cell in cells if cell is not None and cell.code == "unit_in_cell"]
    if not refused or not all(cell.text.rstrip().endswith("%") for cell in refused):
        return
    texts = [cell.text if cell is not None else None for cell in cells]
    for row, number in zip(rows, read_column(texts, unit=_PERCENT).numbers, strict=True):
        if column in row.numbers and row.numbers[column].code == "unit_in_cell":
            row.numbers[column] = number


def refuse_unscaled_percents(rows: Sequence[Row], column: int) -> None:
    """A percent that its label does not show to be one may be stored as a fraction of one.

    98 % is then 0.98. Where the middle value is that small, nothing tells the two apart.
    """
    cells = [(row, number) for row in rows if (number := row.numbers.get(column)) is not None]
    values = [abs(number.value) for _, number in cells if number.value]
    if not values or median(values) > _SMALL_PERCENT:
        return
    for row, number in cells:
        if number.value:
            row.numbers[column] = Number("refused", None, number.text, "percent_scale")


def settle_separators(read: ReadTable, claims: Callable[[ReadTable], list[Claim]]) -> None:
    """Settle ambiguous separators by what the form claims.

    A claim that breaks under every role speaks against the certain figures in it: they are held.

    Args:
        read: the table, its figures collected.
        claims: what it claims with the figures that it has.
    """
    opened = [column for index, _ in read.number_columns() if (column := _open(read, index))]
    if not opened or len(opened) > _MOST_OPEN_COLUMNS:
        return
    cells = {(row.row, column.index) for column in opened for row in column.rows}
    read.unknowable -= cells
    passed: list[tuple[Role, ...]] = []
    always_broken: dict[frozenset[Cell], Claim] | None = None
    for roles in product(_ROLES, repeat=len(opened)):
        for column, role in zip(opened, roles, strict=True):
            _try(read, column, role)
        broken = {
            frozenset(cell for relation in claim.relations for cell in relation.cells()): claim
            for claim in _about(read, claims, cells)
            if not claim.holds(read.figures)
        }
        if not broken:
            passed.append(roles)
        known = broken if always_broken is None else always_broken
        always_broken = {about: claim for about, claim in known.items() if about in broken}
    for about, claim in (always_broken or {}).items():
        hold = Hold(f"identity_{claim.code}", claim.say_vi())
        for cell in (about - cells) & read.figures.keys():
            read.holds.setdefault(cell, hold)
    for place, column in enumerate(opened):
        possible = {roles[place] for roles in passed}
        if len(possible) != 1:
            continue
        for row, token in zip(column.rows, column.tokens, strict=True):
            text = row.numbers[column.index].text
            row.numbers[column.index] = Number("value", _value(token, *possible), text)
    read.collect()


def _about(
    read: ReadTable, claims: Callable[[ReadTable], list[Claim]], cells: set[Cell]
) -> Iterator[Claim]:
    for claim in claims(read):
        if any(not cells.isdisjoint(relation.cells()) for relation in claim.relations):
            yield claim


def _open(read: ReadTable, index: int) -> _OpenColumn | None:
    rows = [
        row
        for row in read.table.rows
        if (number := row.numbers.get(index)) is not None and number.code == "ambiguous_separator"
    ]
    tokens = [parse(clean(row.numbers[index].text)) for row in rows]
    marks = {token.separator for token in tokens}
    return _OpenColumn(index, rows, tokens) if len(marks) == 1 and "" not in marks else None


def _try(read: ReadTable, column: _OpenColumn, role: Role) -> None:
    factor = read.factor(column.index)
    values = [_value(token, role) for token in column.tokens]
    fixed = [
        number.value
        for row in read.table.rows
        if (number := row.numbers.get(column.index)) is not None and number.value is not None
    ]
    half = half_place([*fixed, *(value for value in values if value is not None)]) * factor
    for row, value in zip(column.rows, values, strict=True):
        if value is not None:
            read.figures[row.row, column.index] = Figure(value * factor, half)


def _value(token: Token, role: Role) -> Decimal | None:
    return token.as_thousands if role == "thousands" else token.as_decimal
