"""Defects of the unit of money."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sandbox.budget.defects import NotApplicable, Scene, on_paper
from sandbox.budget.numerals import written
from sandbox.budget.paper import Ink, Paper, Place, Table
from sandbox.budget.styles import words_of_styles

_MISSPELT: Final = {
    1: ("đông", "dồngg", "đồ ng"),
    1_000: ("Nghin đôngg", "Ngàng đồng", "Nghìn đôn"),
    1_000_000: ("Triệu đồn", "Trệu đồng", "Triêụ đôngf", "Trieu dongg"),
    1_000_000_000: ("tỳ đồng", "tỉ đôngg", "tyr đồng"),
}


@on_paper
def unit_misspelt(scene: Scene) -> None:
    """Misspell the unit in a way no list holds."""
    text = scene.one_of("spelling", list(_MISSPELT[scene.style.unit_factor]))
    for paper, table in scene.tables():
        _put_unit(scene, paper, table, text)
    _touch_amounts(scene)


@on_paper
def unit_missing(scene: Scene) -> None:
    """Leave the unit out."""
    _take_units(scene)
    _touch_amounts(scene)


@on_paper
def unit_line_is_organisation(scene: Scene) -> None:
    """Name the organisation where the unit stands."""
    for paper, table in scene.tables():
        if table.unit_place:
            name = paper.text(*table.organisation_place).capitalize()
            paper.put(*table.unit_place, f"Đơn vị: {name}")
            table.unit_text = ""
    _touch_amounts(scene)


@on_paper
def organisation_and_unit_lines(scene: Scene) -> None:
    """Say “Đơn vị:” twice: of the organisation and of the money."""
    for paper, table in scene.tables():
        name = paper.text(*table.organisation_place)
        paper.put(*table.organisation_place, f"Đơn vị: {name}", bold=True)
    _touch_amounts(scene)


@on_paper
def unit_slip(scene: Scene) -> None:
    """Say đồng where the figures are in triệu đồng: the answers are what the file says."""
    if scene.style.unit_factor == 1:
        raise NotApplicable("the figures are in đồng")
    for paper, table in scene.tables():
        _put_unit(scene, paper, table, "đồng")
    for paper in scene.papers:
        for slot in paper.slots.values():
            if slot.column.kind == "amount":
                slot.factor = 1
                scene.touch(slot)


@on_paper
def unit_in_header(scene: Scene) -> None:
    """Say the unit in the labels of the columns only."""
    _take_units(scene)
    for paper, table in scene.tables():
        for column in table.form.columns:
            if column.kind == "amount":
                _add_to_label(paper, table, table.columns[column.number], scene.style.unit_text)
    _touch_amounts(scene)


@on_paper
def column_in_other_unit(scene: Scene) -> None:
    """Print one column in đồng and say so in its label."""
    if scene.style.unit_factor == 1:
        raise NotApplicable("the figures are in đồng")
    slots = scene.column_slots()
    _add_to_label(scene.paper, scene.table, slots[0][0][1], "đồng")
    for place, slot in slots:
        _in_dong(scene, scene.paper, place)
        scene.touch(slot)


@on_paper
def unit_line_with_percent(scene: Scene) -> None:
    """Name money and percent in one line."""
    for paper, table in scene.tables():
        _put_unit(scene, paper, table, f"{scene.style.unit_text}, %")
    _touch_amounts(scene)


@on_paper
def second_table_other_unit(scene: Scene) -> None:
    """Print the second table on the sheet in đồng."""
    if scene.style.unit_factor == 1 or len(scene.paper.tables) < 2:
        raise NotApplicable("one table, or figures in đồng")
    table = scene.paper.tables[1]
    _put_unit(scene, scene.paper, table, "đồng")
    first, last = table.body
    for place, slot in scene.paper.slots.items():
        if first <= place[0] <= last and slot.column.kind == "amount":
            _in_dong(scene, scene.paper, place)
            scene.touch(slot)


def label_place(paper: Paper, table: Table, column: int) -> Place:
    """The lowest header label above a column.

    Raises:
        NotApplicable: it has none of its own.
    """
    top, bottom = table.header
    if table.numbering_row:
        bottom -= 1
    for row in range(bottom, top - 1, -1):
        if paper.text(row, column):
            return row, column
    raise NotApplicable("no label of its own")


def _add_to_label(paper: Paper, table: Table, column: int, text: str) -> None:
    try:
        place = label_place(paper, table, column)
    except NotApplicable:  # it shares the label of the column before it
        return
    paper.put(*place, f"{paper.text(*place)} ({text})", bold=True)


def _put_unit(scene: Scene, paper: Paper, table: Table, text: str) -> None:
    if table.unit_place:
        paper.put(*table.unit_place, scene.style.unit_line.format(unit=text))
        table.unit_text = text


def _take_units(scene: Scene) -> None:
    known = {text.lower() for texts in words_of_styles()["units"].values() for text in texts}
    for paper, table in scene.tables():
        if not table.unit_place:
            raise NotApplicable("a form without amounts")
        paper.cells[table.unit_place] = Ink(None)
        table.unit_text = ""
        titles = " ".join(paper.text(row, table.mark_column) for row in table.title_rows).lower()
        if any(unit in titles for unit in known if unit != "đồng"):
            raise NotApplicable("the title says the unit")


def _touch_amounts(scene: Scene) -> None:
    touched = 0
    for paper in scene.papers:
        for slot in paper.slots.values():
            if slot.column.kind == "amount":
                scene.touch(slot)
                touched += 1
    if not touched:
        raise NotApplicable("no amounts")


def _in_dong(scene: Scene, paper: Paper, place: Place) -> None:
    slot, ink = paper.slots[place], paper.cells[place]
    slot.value = (slot.value * slot.factor).quantize(Decimal(1))
    slot.factor = 1
    if isinstance(ink.value, Decimal):
        ink.value, ink.number_format = slot.value, "#,##0"
        slot.text = str(slot.value)
    else:
        ink.value = slot.text = written(slot.value, 0, scene.style.numbers)
