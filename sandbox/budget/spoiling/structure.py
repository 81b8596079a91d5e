"""Defects of where things stand."""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from itertools import pairwise
from typing import Final

from sandbox.budget.defects import NotApplicable, Scene, on_paper
from sandbox.budget.forms import all_forms
from sandbox.budget.paper import Ink, Paper
from sandbox.budget.spoiling.units import label_place

_ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_ABOVE: Final = (
    "Căn cứ Luật Ngân sách nhà nước",
    "Căn cứ Nghị quyết của Hội đồng nhân dân",
    "Kính gửi: Cổng công khai ngân sách",
    "Số liệu tổng hợp đến ngày lập biểu",
)


@on_paper
def header_moved_down(scene: Scene) -> None:
    """Write lines between the title block and the header."""
    for paper, table in scene.tables():
        count = scene.one_of("count", [3, 4, 6, 8])
        at = table.header[0]
        paper.insert_rows(at, count)
        for row in range(at, at + count - 1):
            paper.put(row, table.item_column, _ABOVE[row % len(_ABOVE)])


@on_paper
def code_column_inserted(scene: Scene) -> None:
    """Put a column of codes before the numbers."""
    paper, table = scene.paper, scene.table
    at = table.item_column + 1
    paper.insert_column(at)
    top, bottom = table.header
    paper.put(top, at, "MÃ SỐ", bold=True)
    last = bottom - 1 if table.numbering_row else bottom
    if last > top:
        paper.merged.append((top, at, last, at))
    for number, row in enumerate(sorted(table.rows.values()), 1):
        paper.cells[row, at] = Ink(Decimal(100 + number), "0")


@on_paper
def total_at_the_end(scene: Scene) -> None:
    """Move the total of a table below its parts."""
    paper, table = scene.paper, scene.table
    if table.lines[0].mark or len(table.lines) < 3:
        raise NotApplicable("no total row")
    first, last = table.rows[0], table.body[1]
    paper.insert_rows(last + 1, 1)
    for cells in (paper.cells, paper.slots):
        for row, column in [place for place in cells if place[0] == first]:
            cells[last + 1, column] = cells.pop((row, column))  # type: ignore[assignment]
    table.rows[0] = last + 1
    table.body = (table.body[0], last + 1)
    for _, slot in scene.slots(where=lambda slot: slot.row_index == 0):
        scene.touch(slot)


@on_paper
def rows_hidden(scene: Scene) -> None:
    """Hide some rows that have numbers."""
    rows = sorted({place[0] for place, _ in scene.slots()})
    for name in ("first", "second", "third"):
        scene.paper.hidden_rows.add(scene.one_of(name, rows))
    for place, slot in scene.slots():
        if place[0] in scene.paper.hidden_rows:
            scene.touch(slot)


@on_paper
def row_twice(scene: Scene) -> None:
    """Print a row twice."""
    paper, table = scene.paper, scene.table
    row = scene.one_slot()[0][0]
    paper.insert_rows(row + 1, 1)
    if table.body[1] == row:
        table.body = (table.body[0], row + 1)
    for at, column in [place for place in paper.cells if place[0] == row]:
        paper.cells[row + 1, column] = copy(paper.cells[at, column])
    for at, column in [place for place in paper.slots if place[0] == row]:
        scene.touch(paper.slots[at, column])
        paper.slots[row + 1, column] = copy(paper.slots[at, column])


@on_paper
def header_repeated(scene: Scene) -> None:
    """Print the header again in the middle of the table."""
    paper, table = scene.paper, scene.table
    top, bottom = table.header
    middle = (table.body[0] + table.body[1]) // 2 + 1
    if middle >= table.body[1]:
        raise NotApplicable("a short table")
    height = bottom - top + 1
    paper.insert_rows(middle, height)
    shift = middle - top
    for (row, column), ink in list(paper.cells.items()):
        if top <= row <= bottom:
            paper.cells[row + shift, column] = copy(ink)
    paper.merged += [
        (first + shift, left, last + shift, right)
        for first, left, last, right in paper.merged
        if top <= first <= bottom
    ]


@on_paper
def merged_labels(scene: Scene) -> None:
    """Merge the labels of two rows: a spreadsheet keeps the upper one only."""
    paper, table = scene.paper, scene.table
    rows = sorted(table.rows.values())
    numbered = {place[0] for place, _ in scene.slots()}
    pairs = [
        (first, second)
        for first, second in pairwise(rows)
        if second == first + 1 and second in numbered
    ]
    first, second = scene.one_of("pair", pairs)
    paper.cells[second, table.item_column] = Ink(None)
    paper.merged.append((first, table.item_column, second, table.item_column))
    for place, slot in scene.slots():
        if place[0] == second:
            scene.touch(slot)


@on_paper
def marks_lost(scene: Scene) -> None:
    """Leave the outline marks out."""
    for paper, table in scene.tables():
        for row in table.rows.values():
            paper.cells[row, table.mark_column] = Ink(None)


@on_paper
def bare_roman(scene: Scene) -> None:
    """Turn arabic marks into roman ones."""
    changed = 0
    for paper, table in scene.tables():
        for row in table.rows.values():
            mark = paper.text(row, table.mark_column)
            if mark.isdecimal() and 1 <= int(mark) <= len(_ROMAN):
                paper.put(row, table.mark_column, _ROMAN[int(mark) - 1])
                changed += 1
    if not changed:
        raise NotApplicable("no arabic marks")


@on_paper
def header_label_lost(scene: Scene) -> None:
    """Leave a column without its label."""
    slots = scene.column_slots()
    place = label_place(scene.paper, scene.table, slots[0][0][1])
    scene.paper.cells[place] = Ink(None)
    for _, slot in slots:
        scene.touch(slot)


@on_paper
def empty_rows_between(scene: Scene) -> None:
    """Put a blank row below every row."""
    for paper, table in scene.tables():
        for row in sorted(table.rows.values(), reverse=True)[1:]:
            paper.insert_rows(row + 1, 1)


@on_paper
def side_notes(scene: Scene) -> None:
    """Leave somebody's sums beside the table."""
    paper = scene.paper
    column = paper.last_column + 2
    beside = {place[0]: slot for place, slot in scene.slots("amount")}
    for row, slot in list(beside.items())[:5]:
        paper.cells[row, column] = Ink(slot.value + 1, "#,##0")


@on_paper
def wrong_form_number(scene: Scene) -> None:
    """Print the number of another form of the level."""
    paper, table = scene.paper, scene.table
    if not table.form_place:
        raise NotApplicable("a form without a number")
    others = [
        form.number
        for form in all_forms().values()
        if form.level == table.form.level and form.number not in (None, table.form.number)
    ]
    number = scene.one_of("number", others)
    paper.put(*table.form_place, scene.style.form_number.format(number=number), bold=True)
    _rename(paper, table.form.number, number)


def _rename(paper: Paper, old: int | None, new: int | None) -> None:
    paper.name = paper.name.replace(str(old), str(new))
