"""Defects that break an identity of the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from sandbox.budget.defects import NotApplicable, Scene, on_paper
from sandbox.budget.filling import children_of
from sandbox.budget.forms import ColumnFormula
from sandbox.budget.numerals import rounded
from sandbox.budget.paper import Ink, Place, Slot

Pair = tuple[tuple[Place, Slot], tuple[Place, Slot], tuple[Place, Slot]]
"""Cells of the two operands and of the result."""
_SHIFT: Final = Decimal("1.18")
_PERCENT_ENOUGH: Final = 3
_ENOUGH: Final = 2_000
"""Units of the last digit that a number must have: a change must stand out from rounding."""


@on_paper
def total_does_not_add(scene: Scene) -> None:
    """Change a total that has at least two published parts."""
    children = children_of(scene.table.lines)
    _change(scene, lambda slot: len(children.get(slot.row_index, ())) > 1, _SHIFT)


@on_paper
def part_changed(scene: Scene) -> None:
    """Change a part of a published total."""
    children = children_of(scene.table.lines)
    _change(scene, lambda slot: slot.row_index not in children, _SHIFT)


@on_paper
def cell_times_1000(scene: Scene) -> None:
    """Let one cell be in another unit."""
    _change(scene, lambda slot: True, Decimal(1_000))


@on_paper
def column_times_1000(scene: Scene) -> None:
    """Let one column be in another unit, so that its sums still hold."""
    formula = _comparison(scene)
    chosen = scene.one_of("operand", [0, 1])
    for pair in _compared_rows(scene, formula):
        values = [slot.value for _, slot in pair[:2]]
        values[chosen] *= 1_000
        _write_if_it_shows(scene, formula, pair, values)
    _something_shows(scene)


@on_paper
def values_swapped(scene: Scene) -> None:
    """Print the values of two compared columns under each other's header."""
    formula = _comparison(scene)
    for pair in _compared_rows(scene, formula):
        _write_if_it_shows(scene, formula, pair, [pair[1][1].value, pair[0][1].value])
    _something_shows(scene)


@on_paper
def percent_off(scene: Scene) -> None:
    """Change a percent that follows from two amounts of its row."""
    shown = {(place[0], slot.column.number) for place, slot in scene.slots()}
    row_of = scene.table.rows
    place, slot = scene.one_slot(
        "percent",
        lambda slot: (
            slot.column.formula is not None
            and all(
                (row_of[slot.row_index], each) in shown for each in slot.column.formula.operands
            )
        ),
    )
    scene.write(place, slot, slot.value + Decimal(17))
    scene.touch(slot)


def _change(scene: Scene, where: Callable[[Slot], bool], factor: Decimal) -> None:
    place, slot = scene.one_slot(
        where=lambda slot: (
            where(slot) and scene.is_proved(slot) and abs(slot.value) >= _ENOUGH * _last_digit(slot)
        )
    )
    decimals = max(0, -int(slot.value.as_tuple().exponent))
    scene.write(place, slot, rounded(slot.value * factor, decimals))
    scene.touch(slot)


def _comparison(scene: Scene) -> ColumnFormula:
    """The formula of the first column that compares two others.

    Raises:
        NotApplicable: no column does.
    """
    found = [
        column.formula
        for column in scene.table.form.columns
        if column.formula and column.formula.operation != "sum"
    ]
    if not found:
        raise NotApplicable("a form without comparisons")
    return found[0]


def _compared_rows(scene: Scene, formula: ColumnFormula) -> list[Pair]:
    """Both operands of each row that has them and the result of the comparison.

    What only one of them has is taken away: nothing in the row would tell on it.
    """
    target = int(formula.text.partition("=")[0])
    columns = (*formula.operands, target)
    by_row: dict[int, dict[int, tuple[Place, Slot]]] = {}
    for place, slot in scene.slots():
        if slot.column.number in columns:
            by_row.setdefault(place[0], {})[slot.column.number] = (place, slot)
    pairs = []
    for found in by_row.values():
        if len(found) == len(columns):
            pairs.append((found[columns[0]], found[columns[1]], found[target]))
        else:
            _take_away(scene, found.values())
    if not pairs:
        raise NotApplicable("no compared rows")
    return pairs


def _write_if_it_shows(
    scene: Scene, formula: ColumnFormula, pair: Pair, values: list[Decimal]
) -> None:
    """Print other operands where the comparison then breaks; else take the row's away."""
    result = pair[-1][1]
    first, second = values[0], values[1]
    if formula.operation == "difference":
        shows = abs(first - second - result.value) > _ENOUGH * _last_digit(result)
    else:
        shows = second != 0 and abs(first / second * 100 - result.value) > _PERCENT_ENOUGH
    if not shows:
        _take_away(scene, pair)
        return
    for (place, slot), value in zip(pair[:2], values, strict=False):
        if value != slot.value:
            scene.write(place, slot, value)
            scene.touch(slot)


def _something_shows(scene: Scene) -> None:
    if not scene.slots(where=lambda slot: bool(slot.defect)):
        raise NotApplicable("no row tells on it")


def _take_away(scene: Scene, cells: Iterable[tuple[Place, Slot]]) -> None:
    for place, _ in cells:
        scene.paper.cells[place] = Ink(None)
        del scene.paper.slots[place]


def _last_digit(slot: Slot) -> Decimal:
    return Decimal(1).scaleb(min(0, int(slot.value.as_tuple().exponent)))
