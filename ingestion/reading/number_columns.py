"""The numbers of a whole table: each column by its own evidence, then by what the others tell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import median

from ingestion.reading.grid import CellProblem, Document, Value
from ingestion.reading.numbers import ColumnReading, Relation, Role, parse, read_column, settle
from ingestion.reading.sheet_view import Line, SheetView
from ingestion.reading.tables import Column, Number, Row, Separators, Table, Unit
from ingestion.reading.text import clean
from ingestion.reading.units import is_ratio_label

_FEWEST_COMPARED = 3
_SAME_SIZE = 1.5
"""Powers of ten by which the median of a column may differ from that of the columns beside it."""

_THOUSAND = 1000

_MOST_TOTALS = 50
"""Totals outside of the outline that are asked about separators; bounds a hostile file's cost."""

_SMALL_PERCENT = 2
"""A column of stored percentages whose middle value is at most this may hold fractions of one."""

_FRACTION_TOLERANCE = Decimal("0.006")


def read_numbers(
    document: Document, view: SheetView, table: Table, lines: Mapping[int, Line]
) -> None:
    """Fill in the numbers of every row and the separators of every column."""
    rows = [row for row in table.rows if row.kind != "repeated_header"]
    places = {row.row: index for index, row in enumerate(rows)}
    relations = _relations(rows, places)
    problems = view.sheet.problems
    readings: dict[int, ColumnReading] = {}
    columns = [column for column in table.columns if column.role in ("amount", "percent")]
    for column in columns:
        values: list[Value] = [lines[row.row].cells.get(column.index) for row in rows]
        index = column.index
        _take_unit_of_cells(column, values, view, rows, table)

        def problem(place: int, index: int = index) -> CellProblem | None:
            return problems.get((rows[place].row, index))

        reading = read_column(
            values,
            problem if problems else _no_problem,
            column.unit,
            relations,
        )
        readings[index] = reading
        column.separators = reading.separators
    _refuse_slips(columns, readings)
    _doubt_units(columns, readings)
    _settle_by_table(columns, readings)
    for column in columns:
        _scale_percentages(column, columns, rows, readings)
        for row, number in zip(rows, readings[column.index].numbers, strict=True):
            row.numbers[column.index] = number


def _take_unit_of_cells(
    column: Column, values: Sequence[Value], view: SheetView, rows: Sequence[Row], table: Table
) -> None:
    """A column whose every number carries "%" holds percentages, whatever the table's unit is."""
    if column.unit is not None and column.unit is not table.unit:
        return
    first: int | None = None
    for place, value in enumerate(values):
        if value is None:
            continue
        token = parse(clean(value)) if isinstance(value, str) else None
        if token is None or (token.is_number_like and token.suffix != "%"):
            return
        if token.suffix and first is None:
            first = place
    if first is not None:
        where = view.address(rows[first].row, column.index)
        column.unit = Unit("%", "percent", Decimal(1), where)
        column.role = "percent"


def _no_problem(_: int) -> CellProblem | None:
    return None


def _relations(rows: Sequence[Row], places: Mapping[int, int]) -> list[Relation]:
    """Rows and the rows that should add up to them, as indexes.

    Totals outside of the outline are the sum of the roots above them (or below, where they stand
    first).
    """
    parts: dict[int, list[int]] = {}
    roots: list[int] = []
    relations: list[Relation] = []
    totals: list[int] = []
    for index, row in enumerate(rows):
        if row.kind == "total":
            totals.append(index)
        elif row.parent is not None and row.parent in places:
            parts.setdefault(places[row.parent], []).append(index)
        elif row.level == 0:
            roots.append(index)
    relations = [(parent, tuple(children)) for parent, children in parts.items()]
    for total in totals[:_MOST_TOTALS]:
        above = tuple(root for root in roots if root < total)
        relations.append((total, above or tuple(roots)))
    return relations


def _refuse_slips(columns: Sequence[Column], readings: Mapping[int, ColumnReading]) -> None:
    """Refuse what a program stored that took the dots of ``1.234`` for decimal points.

    Such a column has stored numbers below a thousand with up to three decimals. Either its larger
    numbers stayed texts (``1.234.567``), or whole numbers of the same unit beside it are a
    thousand times as large. ``12.000`` became 12, so that no stored number of it is certain.
    """
    for column in columns:
        if column.role != "amount":
            continue
        reading = readings[column.index]
        stored = [
            place
            for place, number in enumerate(reading.numbers)
            if number.value and place not in reading.tokens
        ]
        values = [abs(reading.numbers[place].value or Decimal(0)) for place in stored]
        broken = [value for value in values if value != int(value)]
        if (
            not broken
            or max(values) >= _THOUSAND
            or any(value != round(value, 3) for value in broken)
        ):
            continue
        grouped = any(
            token.thousands and abs(token.value or Decimal(0)) >= _THOUSAND
            for token in reading.tokens.values()
        )
        if grouped or (
            2 * len(broken) > len(values) and _is_thousandth(column, columns, stored, readings)
        ):
            for place in stored:
                text = reading.numbers[place].text
                reading.numbers[place] = Number("refused", None, text, "separator_slip")


def _is_thousandth(
    column: Column,
    columns: Sequence[Column],
    stored: Sequence[int],
    readings: Mapping[int, ColumnReading],
) -> bool:
    own = readings[column.index].numbers
    ratios: list[float] = []
    for other in columns:
        if other is column or other.unit != column.unit or other.role != "amount":
            continue
        beside = readings[other.index].numbers
        pairs = [
            (value, whole)
            for place in stored
            if (value := own[place].value) and (whole := beside[place].value)
        ]
        if pairs and all(whole == int(whole) for _, whole in pairs):
            ratios += [math.log10(abs(whole / value)) for value, whole in pairs]
    return len(ratios) >= _FEWEST_COMPARED and median(ratios) >= 3 - _SAME_SIZE / 2


def _doubt_units(columns: Sequence[Column], readings: Mapping[int, ColumnReading]) -> None:
    """Take back what only the unit said of a separator that points in another column.

    One hand writes a table. ``415,858`` under "đồng" beside ``2.019,877`` speaks against the unit.
    """
    pointing = {
        mark
        for column in columns
        if column.separators is not None and column.separators.evidence != "declared"
        for mark, role in readings[column.index].roles.items()
        if role == "decimal"
    }
    for column in columns:
        if column.separators is None or column.separators.evidence != "declared":
            continue
        reading = readings[column.index]
        if reading.roles.keys().isdisjoint(pointing):
            continue
        for index, token in reading.tokens.items():
            if token.separator in pointing:
                text = reading.numbers[index].text
                reading.numbers[index] = Number("refused", None, text, "ambiguous_separator")
                reading.undecided.append(index)
        reading.roles = {}
        reading.separators = column.separators = None


def _settle_by_table(columns: Sequence[Column], readings: Mapping[int, ColumnReading]) -> None:
    """Decide columns that say nothing themselves by two things that must agree.

    All other columns of the table use the separator in one role, and under that role the numbers
    are of the size of those beside them; under the other they are a thousand times off.
    """
    roles: dict[str, set[Role]] = {}
    for reading in readings.values():
        for mark, role in reading.roles.items():
            roles.setdefault(mark, set()).add(role)
    for column in columns:
        reading = readings[column.index]
        marks = {reading.tokens[index].separator for index in reading.undecided}
        if len(marks) != 1 or reading.separators is not None or column.role != "amount":
            continue
        (mark,) = marks
        found = _role_of(mark, roles)
        if found is None or not _same_size(column, columns, readings, found):
            continue
        settle(reading, reading.undecided, found)
        reading.undecided = []
        reading.roles = {mark: found}
        column.separators = Separators(
            mark if found == "decimal" else None, mark if found == "thousands" else None, "table"
        )


def _role_of(mark: str, roles: Mapping[str, set[Role]]) -> Role | None:
    known = roles.get(mark, set())
    other = roles.get("," if mark == "." else ".", set())
    if len(known) > 1 or len(other) > 1:
        return None
    if known:
        (role,) = known
        return role if role == "thousands" or not other or other == {"thousands"} else None
    return "thousands" if other == {"decimal"} else None


def _same_size(
    column: Column,
    columns: Sequence[Column],
    readings: Mapping[int, ColumnReading],
    role: Role,
) -> bool:
    reading = readings[column.index]
    ratios: list[float] = []
    for index in reading.undecided:
        token = reading.tokens[index]
        value = token.as_thousands if role == "thousands" else token.as_decimal
        for other in columns:
            if other is column or other.unit != column.unit or other.role != "amount":
                continue
            beside = readings[other.index].numbers[index].value
            if value and beside:
                ratios.append(math.log10(abs(value / beside)))
    return len(ratios) >= _FEWEST_COMPARED and abs(median(ratios)) <= _SAME_SIZE


def _scale_percentages(
    column: Column,
    columns: Sequence[Column],
    rows: Sequence[Row],
    readings: Mapping[int, ColumnReading],
) -> None:
    """Workbooks store 98 % as 0.98: decide by dividing the columns beside, else refuse.

    Only numbers that the file stores as numbers are in question; a text is what a person reads.
    """
    reading = readings[column.index]
    for place, row in enumerate(rows):
        _refuse_foreign_row(reading, place, row, column)
    if column.role != "percent":
        return
    stored = [
        place
        for place, number in enumerate(reading.numbers)
        if number.value and place not in reading.tokens
    ]
    values = [abs(reading.numbers[place].value or Decimal(0)) for place in stored]
    if not values or median(values) > _SMALL_PERCENT:
        return
    scale = _scale_by_division(column, columns, stored, readings)
    for place in stored:
        number = reading.numbers[place]
        if scale is None or number.value is None:
            reading.numbers[place] = Number("refused", None, number.text, "percent_scale")
        elif scale == 100:
            reading.numbers[place] = Number("value", (number.value * 100).normalize(), number.text)


def _refuse_foreign_row(reading: ColumnReading, place: int, row: Row, column: Column) -> None:
    """A row "Tỷ lệ …" among amounts is not in the column's unit; "(%)" says which one it is in."""
    number = reading.numbers[place]
    if number.value is None or column.role != "amount":
        return
    if row.unit is None:
        code = "row_unit" if is_ratio_label(row.item) else ""
    elif row.unit.code in ("percent", "permille"):
        is_small = place not in reading.tokens and 0 < abs(number.value) <= _SMALL_PERCENT
        code = "percent_scale" if is_small else ""
    else:
        code = ""
    if code:
        reading.numbers[place] = Number("refused", None, number.text, code)


def _scale_by_division(
    column: Column,
    columns: Sequence[Column],
    stored: Sequence[int],
    readings: Mapping[int, ColumnReading],
) -> int | None:
    """100 where the column holds quotients of two others, 1 where their hundredfold."""
    amounts = [readings[other.index].numbers for other in columns if other.role == "amount"]
    numbers = readings[column.index].numbers
    for over in amounts:
        for under in amounts:
            if over is under:
                continue
            hits = {1: 0, 100: 0}
            compared = 0
            for place in stored[:200]:
                above, below, value = over[place].value, under[place].value, numbers[place].value
                if above is None or not below or value is None:
                    continue
                compared += 1
                for scale in hits:
                    quotient = above / below * 100 / scale
                    if abs(value - quotient) <= _FRACTION_TOLERANCE * max(
                        Decimal(1), abs(quotient)
                    ):
                        hits[scale] += 1
            for scale, other in ((100, 1), (1, 100)):
                if compared and hits[scale] * 10 >= compared * 9 and hits[other] * 2 < compared:
                    return scale
    return None
