"""What a table of a known form claims about its own figures.

Parts add up to their parent along the outline, total rows re-add, the form's named rows balance,
the same row printed twice says the same, and computed columns follow from those beside them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial

from ingestion.reading.grid import Sheet
from ingestion.reading.layouts import Ceiling, Formula, Parts, Ratio
from ingestion.reading.lines import ReadTable
from ingestion.reading.proof import AtMost, Cell, Claim, Linear, Percent, Relation
from ingestion.reading.tables import Row


def claims_of(read: ReadTable, sheet: Sheet) -> list[Claim]:
    """Everything that can be checked in a table; cells with a refused number prove nothing."""
    rows = [row for row in read.table.rows if row.kind != "repeated_header" and row.unit is None]
    say = _Speaker(read, sheet, {row.row: row for row in rows})
    parts_of: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row.parent is not None and row.kind != "total":
            parts_of[row.parent].append(row)
    claims = [
        *_outline(read, rows, parts_of, say),
        *_totals(read, rows, parts_of, say),
        *_repeated(read, rows, say),
        *_identities(read, rows, say),
        *_columns(read, rows, say),
    ]
    return [claim for claim in claims if claim.relations]


class _Speaker:
    """Sentences that name cells and figures."""

    def __init__(self, read: ReadTable, sheet: Sheet, rows: dict[int, Row]) -> None:
        self._read = read
        self._sheet = sheet
        self._rows = rows

    def cell(self, cell: Cell) -> str:
        row, column = cell
        number = self._rows[row].numbers.get(column)
        if number is not None and number.value is not None:
            shown = _shown(number.value)
        else:
            shown = f"“{number.text}”" if number is not None and number.text else "trống"
        return f"{self._sheet.address(row, column)} = {shown}"

    def cells(self, cells: Sequence[Cell]) -> str:
        shown = "; ".join(self.cell(cell) for cell in cells[:8])
        return f"{shown}; … ({len(cells)} ô)" if len(cells) > 8 else shown

    def label(self, row: int) -> str:
        found = self._rows[row]
        return f"“{found.mark} {found.item}”".replace("“ ", "“")[:80]

    def parts(self, whole: Cell, verb: str, cells: Sequence[Cell]) -> str:
        return f"Dòng {self.label(whole[0])} ({self.cell(whole)}) {verb}: {self.cells(cells)}."

    def repeated(self, one: Cell, two: Cell) -> str:
        label = self.label(one[0])
        return f"Cùng một chỉ tiêu {label} nhưng {self.cell(one)} khác {self.cell(two)}."

    def identity(self, say_vi: str, cells: Sequence[Cell]) -> str:
        return f"{say_vi}: {self.cells(cells)}."

    def derived(self, derived: Cell, cells: Sequence[Cell]) -> str:
        others = self.cells([cell for cell in cells if cell != derived])
        label = self.label(derived[0])
        return f"Dòng {label}: {self.cell(derived)} không tính lại được từ {others}."

    def ceiling(self, derived: Cell, cells: Sequence[Cell]) -> str:
        others = self.cells([cell for cell in cells if cell != derived])
        return f"Dòng {self.label(derived[0])}: {self.cell(derived)} lớn hơn {others}."


def _shown(value: Decimal) -> str:
    """A number as an officer writes it: ``1.234.567,8``."""
    whole, _, decimals = format(value, ",f").partition(".")
    return whole.replace(",", ".") + (f",{decimals}" if decimals else "")


# --- rows ----------------------------------------------------------------------------------------


def _outline(
    read: ReadTable, rows: list[Row], parts_of: dict[int, list[Row]], say: _Speaker
) -> Iterator[Claim]:
    for row in rows:
        parts = parts_of.get(row.row)
        if not parts:
            continue
        rule = _parts_rule(read, row, parts)
        if rule == "free":
            continue
        for column in _money_columns(read):
            whole = (row.row, column)
            if whole not in read.figures and _state(row, column) != "dash":
                continue
            cells = _expanded(read, parts, parts_of, column)
            if _provable(read, [whole, *cells]) and any(cell in read.figures for cell in cells):
                yield _sum_claim("sum", whole, [cells], say, rule)


def _parts_rule(read: ReadTable, row: Row, parts: list[Row]) -> Parts:
    item = read.items.get(row.row)
    if item is not None and item.parts is not None:
        return item.parts
    rule = read.match.layout.parts
    if rule == "sum" and any(_begins_of_which(part) for part in parts):
        return "at_most"
    return rule


def _begins_of_which(row: Row) -> bool:
    return row.item.casefold().startswith(("trong đó", "trong do"))


def _totals(
    read: ReadTable, rows: list[Row], parts_of: dict[int, list[Row]], say: _Speaker
) -> Iterator[Claim]:
    """A total row re-adds something near it: what, its place does not say for certain."""
    for place, row in enumerate(rows):
        if row.kind != "total":
            continue
        item = read.items.get(row.row)
        if item is not None and item.parts not in (None, "sum"):
            continue
        groups = _readdable(rows, place)
        for column in _money_columns(read):
            whole = (row.row, column)
            if whole not in read.figures and _state(row, column) != "dash":
                continue
            options = []
            for group in groups:
                cells = _expanded(read, group, parts_of, column)
                if any(cell in read.figures for cell in cells) and cells not in options:
                    options.append(cells)
            if options and all(_provable(read, [whole, *cells]) for cells in options):
                yield _sum_claim("total", whole, options, say, "sum")


def _readdable(rows: list[Row], place: int) -> list[list[Row]]:
    """Groups of rows that a total row may re-add, the likeliest first."""
    total = rows[place]
    items = [row for row in rows if row.kind != "total"]
    by_row = {row.row: row for row in rows}
    groups = [[row for row in items if row.parent is None]]
    before, after = rows[:place], rows[place + 1 :]
    start = next((i for i in range(place - 1, -1, -1) if rows[i].kind == "total"), -1) + 1
    end = next((i for i, row in enumerate(after) if row.kind == "total"), len(after))
    for near, side in (
        (before[-1:], rows[start:place]),
        (after[:1], after[:end]),
        (before[-1:], before),
        (after[:1], after),
    ):
        row = near[0] if near and near[0].kind != "total" else None
        for _ in range(8):
            if row is None:
                break
            parent = row.parent
            groups.append([r for r in side if r.parent == parent and r.kind != "total"])
            row = by_row.get(parent) if parent is not None else None
    totals = [row for row in rows if row.kind == "total" and row is not total]
    if totals:
        groups.append(totals)
    return [group for group in groups if group]


def _expanded(
    read: ReadTable, rows: Sequence[Row], parts_of: dict[int, list[Row]], column: int
) -> list[Cell]:
    """Cells of rows; a heading without a number stands for its parts."""
    cells: list[Cell] = []
    for row in rows:
        if row.kind == "heading" and (row.row, column) not in read.figures:
            cells += _expanded(read, parts_of.get(row.row, []), parts_of, column)
        else:
            cells.append((row.row, column))
    return cells


def _sum_claim(
    code: str, whole: Cell, options: list[list[Cell]], say: _Speaker, rule: Parts
) -> Claim:
    if rule == "at_most":
        relations: tuple[Relation, ...] = tuple(AtMost(whole, tuple(cells)) for cells in options)
        verb = "nhỏ hơn tổng các phần của nó"
    else:
        relations = tuple(
            Linear(((whole, 1), *((cell, -1) for cell in cells))) for cells in options
        )
        verb = "không bằng tổng các phần của nó"
    return Claim(code, relations, partial(say.parts, whole, verb, options[0]))


def _repeated(read: ReadTable, rows: list[Row], say: _Speaker) -> Iterator[Claim]:
    """A named row that stands in two places of a form says the same in both."""
    places: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.row in read.items:
            places[read.items[row.row].item_code].append(row.row)
    for found in places.values():
        for other in found[1:]:
            for column in _money_columns(read):
                one, two = (found[0], column), (other, column)
                if one in read.figures and two in read.figures:
                    yield Claim(
                        "repeated",
                        (Linear(((one, 1), (two, -1))),),
                        partial(say.repeated, one, two),
                    )


def _identities(read: ReadTable, rows: list[Row], say: _Speaker) -> Iterator[Claim]:
    by_code: dict[str, int] = {}
    for row in rows:
        if row.row in read.items:
            by_code.setdefault(read.items[row.row].item_code, row.row)
    for identity in read.match.layout.identities:
        formula = identity.formula
        needed = [formula.total, *(name for _, name, optional in formula.parts if not optional)]
        if any(name not in by_code for name in needed):
            continue
        for column in filter(None, map(read.column_of, identity.measures)):
            terms = [((by_code[formula.total], column), 1)]
            terms += [
                ((by_code[name], column), -sign)
                for sign, name, _ in formula.parts
                if name in by_code
            ]
            cells = [cell for cell, _ in terms]
            if cells[0] in read.figures and _provable(read, cells):
                yield Claim(
                    identity.code,
                    (Linear(tuple(terms)),),
                    partial(say.identity, identity.say_vi, cells),
                )


# --- columns -------------------------------------------------------------------------------------


def _columns(read: ReadTable, rows: list[Row], say: _Speaker) -> Iterator[Claim]:
    for index, rule in read.number_columns():
        formulas = [(f, found) for f in rule.formulas if (found := _operands(read, f)) is not None]
        if not formulas:
            continue
        code = "ratio" if isinstance(formulas[0][0], Ratio) else "column"
        follows = not isinstance(formulas[0][0], Ceiling)
        needed = {index, *(column for _, found in formulas for column in found.values())}
        for row in rows:
            derived = (row.row, index)
            if derived not in read.figures:
                continue
            if read.unknowable and not _provable(read, [(row.row, i) for i in needed]):
                continue
            relations = [
                relation
                for formula, operands in formulas
                if (relation := _relation(read, formula, operands, derived)) is not None
            ]
            if not relations:
                continue
            cells = list(relations[0].cells())
            yield Claim(
                code,
                tuple(relations),
                partial(say.derived if follows else say.ceiling, derived, cells),
                derived if follows else None,
            )


def _operands(read: ReadTable, formula: Formula) -> dict[str, int] | None:
    """Columns of a formula's operands; None where one that it needs is not in the table."""
    if isinstance(formula, Ratio):
        needed = [(formula.numerator, False), (formula.denominator, False)]
    elif isinstance(formula, Ceiling):
        needed = [(formula.over, False)]
    else:
        needed = [(name, optional) for _, name, optional in formula.parts]
    found: dict[str, int] = {}
    for name, optional in needed:
        column = read.column_of(name)
        if column is None and not optional:
            return None
        if column is not None:
            found[name] = column
    return found


def _relation(
    read: ReadTable, formula: Formula, operands: dict[str, int], derived: Cell
) -> Relation | None:
    """A formula in one row; None where the row has no numbers that it could be checked with."""
    row = derived[0]
    cells = {name: (row, column) for name, column in operands.items()}
    if isinstance(formula, Ratio):
        above, below = cells[formula.numerator], cells[formula.denominator]
        is_known = above in read.figures and below in read.figures
        return Percent(derived, above, below) if is_known else None
    if isinstance(formula, Ceiling):
        over = cells[formula.over]
        return AtMost(over, (derived,)) if over in read.figures else None
    if not any(cell in read.figures for cell in cells.values()):
        return None
    parts = [(cells[name], -sign) for sign, name, _ in formula.parts if name in cells]
    return Linear(((derived, 1), *parts))


# --- shared --------------------------------------------------------------------------------------


def _money_columns(read: ReadTable) -> list[int]:
    return [index for index, rule in read.number_columns() if rule.unit in ("money", "count")]


def _provable(read: ReadTable, cells: Sequence[Cell]) -> bool:
    return read.unknowable.isdisjoint(cells)


def _state(row: Row, column: int) -> str:
    number = row.numbers.get(column)
    return number.state if number is not None else "blank"
