"""Puts filled-in forms on paper: title block, merged header, rows, notes, signatures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Final

from sandbox.budget.filling import FilledForm, children_of
from sandbox.budget.forms import FilledRow, FormColumn
from sandbox.budget.numerals import rounded, written
from sandbox.budget.paper import Ink, Paper, Place, Slot, Table, cell_name
from sandbox.budget.styles import FileStyle, words_of_styles

_GAP: Final = 3
"""Blank rows between two tables on a sheet."""
_AMBIGUOUS = re.compile(r"-?\d{1,3}[.,]\d{3}%?")
_DECISIVE = re.compile(r"-?(?:\d+[.,]\d{3}[.,]\d+|\d{4,}[.,]\d+|\d+[.,](?:\d{1,2}|\d{4,}))%?")
"""A number that can be read in one way only, and so tells how its column is written."""


def lay_out(filled: Sequence[FilledForm], publisher: str, style: FileStyle) -> list[Paper]:
    """Put forms on papers: one each, or all on one.

    Args:
        filled: the forms with their figures.
        publisher: as printed.
        style: how.
    """
    papers: list[Paper] = []
    for number, each in enumerate(filled):
        if not papers or not style.together:
            name = _sheet_name(each, style, number)
            taken = {paper.name for paper in papers}
            papers.append(Paper(name if name not in taken else f"{name} ({number + 1})"))
        paper = papers[-1]
        first = paper.last_row + 1 + (_GAP if paper.cells else 0)
        _Layout(paper, each, publisher, style).draw(first)
    if style.helper_sheet:
        papers.append(_helper(papers[0]))
    return papers


def header_label(text: str, style: FileStyle) -> str:
    """A header label in the spelling of a style."""
    words = words_of_styles()
    printed = text
    if not style.capitals:
        acronyms = words["acronyms"]
        printed = " ".join(
            word if word.strip("();,") in acronyms else word.lower() for word in text.split(" ")
        )
        printed = printed[:1].upper() + printed[1:]
    english = words["english"].get(text)
    return f"{printed}\n{english}" if style.bilingual and english else printed


class _Layout:
    """Draws one form on a paper."""

    def __init__(self, paper: Paper, filled: FilledForm, publisher: str, style: FileStyle) -> None:
        self._paper = paper
        self._filled = filled
        self._publisher = publisher
        self._style = style
        self._words = words_of_styles()
        self._mark = style.first_column
        self._item = style.first_column + 1
        columns = list(filled.form.columns)
        if style.reordered:
            columns = _reordered(columns)
        self._columns = columns
        self._at = {column.number: self._item + 1 + i for i, column in enumerate(columns)}
        self._last = self._item + len(columns)

    def draw(self, row: int) -> None:
        """Draw everything from a row on."""
        table = Table(
            form=self._filled.form,
            lines=self._filled.rows,
            title_rows=[],
            unit_place=None,
            unit_text="",
            form_place=None,
            organisation_place=(row, self._mark),
            header=(0, 0),
            numbering_row=None,
            body=(0, 0),
            columns=self._at,
            mark_column=self._mark,
            item_column=self._item,
            rows={},
        )
        row = self._title(table, row)
        row = self._header(table, row)
        row = self._body(table, row)
        self._below(row + 1)
        self._paper.tables.append(table)
        if self._style.notes_column:
            self._notes(table)
        if self._style.inserted_column:
            self._paper.insert_column(self._item + 1)

    def _title(self, table: Table, row: int) -> int:
        paper, style, form = self._paper, self._style, self._filled.form
        paper.put(row, self._mark, self._publisher.upper(), bold=True)
        if form.number is not None:
            table.form_place = (row, self._last)
            paper.put(row, self._last, style.form_number.format(number=form.number), bold=True)
        row += 1 + style.title_height
        lines = [self._filled.title, self._words["subtitles"][form.stage][style.subtitle]]
        for line in filter(None, lines):
            paper.put(row, self._mark, line, bold=line is lines[0])
            paper.merged.append((row, self._mark, row, self._last))
            table.title_rows.append(row)
            row += 1
        if any(column.kind == "amount" for column in form.columns):
            table.unit_place = (row, self._last)
            table.unit_text = style.unit_text
            paper.put(row, self._last, style.unit_line.format(unit=style.unit_text))
        return row + 1

    def _header(self, table: Table, row: int) -> int:
        paper, style = self._paper, self._style
        labels = {column.number: self._filled.labels[column.number - 1] for column in self._columns}
        height = max(map(len, labels.values()))
        bottom = row + height - 1
        for at, label in ((self._mark, style.mark_label), (self._item, self._item_label())):
            paper.put(row, at, header_label(label, style), bold=True)
            self._merge(row, at, bottom, at)
        for level in range(height):
            for prefix, group in groupby(
                self._columns, key=lambda each: labels[each.number][: level + 1]
            ):
                if len(prefix) <= level:
                    continue
                numbers = [column.number for column in group]
                left, right = self._at[numbers[0]], self._at[numbers[-1]]
                paper.put(row + level, left, header_label(prefix[-1], style), bold=True)
                is_last = len(labels[numbers[0]]) == level + 1
                self._merge(row + level, left, bottom if is_last else row + level, right)
        table.header = (row, bottom)
        if style.numbered and not style.reordered:
            bottom += 1
            table.numbering_row = bottom
            paper.put(bottom, self._mark, "A")
            paper.put(bottom, self._item, "B")
            for column in self._columns:
                text = column.formula.text if column.formula else str(column.number)
                paper.put(bottom, self._at[column.number], text)
            table.header = (row, bottom)
        return bottom + 1

    def _item_label(self) -> str:
        each = next((row.each for row in self._filled.form.rows if row.each), "")
        labels: dict[str, str] = self._words["member_labels"]
        return labels.get("projects" if "projects" in each else each, self._style.item_label)

    def _merge(self, top: int, left: int, bottom: int, right: int) -> None:
        if (top, left) != (bottom, right):
            self._paper.merged.append((top, left, bottom, right))

    def _body(self, table: Table, row: int) -> int:
        first = row
        for index, (line, cells) in enumerate(
            zip(self._filled.rows, self._filled.cells, strict=True)
        ):
            if self._style.blank_rows and line.depth == 0 and index:
                row += 1
            bold = line.depth <= 1
            self._paper.put(row, self._mark, line.mark or None, bold=bold)
            self._paper.put(row, self._item, line.label, bold=bold)
            for column in self._columns:
                cell = cells[column.number - 1]
                place = (row, self._at[column.number])
                if isinstance(cell, str):
                    self._paper.put(*place, cell)
                elif cell is not None:
                    self._number(place, index, line, column, cell)
            table.rows[index] = row
            row += 1
        table.body = (first, row - 1)
        _mark_ambiguous(slot for (at, _), slot in self._paper.slots.items() if first <= at < row)
        return row

    def _number(
        self, place: Place, index: int, line: FilledRow, column: FormColumn, cell: Decimal
    ) -> None:
        style = self._style
        is_amount = column.kind == "amount"
        factor = style.unit_factor if is_amount else 1
        decimals = style.decimals if is_amount else style.percent_decimals
        value = rounded(cell / factor, decimals)
        if not value and style.zero_as != "0":
            self._paper.put(*place, style.zero_as or None)
            return
        value = value or abs(value)  # no minus before a zero
        bold = line.depth <= 1
        if style.numbers == "stored":
            shown = "#,##0" + ("." + "0" * decimals if decimals else "")
            self._paper.cells[place] = Ink(value, shown, bold=bold)
            text = str(value)
        else:
            text = written(value, decimals, style.numbers)
            if not is_amount and style.percent_sign:
                text += "%"
            self._paper.put(*place, text, bold=bold)
        self._paper.slots[place] = Slot(self._filled.form, line, index, column, value, factor, text)

    def _below(self, row: int) -> None:
        words, style = self._words, self._style
        for text in (style.footnote, words["synthetic"]):
            if text:
                self._paper.put(row, self._item, text)
                row += 1
        at = max(self._last - 1, self._item)
        for line in words["signatures"][style.signature]:
            year = self._filled.period_text[-4:]
            self._paper.put(row, at, line.format(year=year))
            row += 1

    def _notes(self, table: Table) -> None:
        at = self._last + 1
        top, bottom = table.header
        self._paper.put(top, at, header_label(self._words["notes_label"], self._style), bold=True)
        last = bottom - 1 if table.numbering_row else bottom
        self._merge(top, at, last, at)


def _sheet_name(filled: FilledForm, style: FileStyle, number: int) -> str:
    if filled.form.number is None:
        names: list[str] = words_of_styles()["unit_sheet_names"]
        return names[number % len(names)]
    return style.sheet_name.format(number=filled.form.number)


def _reordered(columns: list[FormColumn]) -> list[FormColumn]:
    """Groups of columns the other way round, the columns of a group as they were."""
    groups = [list(group) for _, group in groupby(columns, key=lambda each: each.labels[0])]
    return [column for group in reversed(groups) for column in group]


def _helper(paper: Paper) -> Paper:
    """A hidden sheet with sums that somebody left behind: no labels, no answers."""
    helper = Paper("Tinh toan", visibility="hidden")
    values = [slot.value for slot in paper.slots.values()][:6]
    for row, value in enumerate(values, 1):
        helper.cells[row, 1] = Ink(value + row, "#,##0")
    helper.put(len(values) + 1, 1, "kiểm tra")
    return helper


def _mark_ambiguous(slots: Iterable[Slot]) -> None:
    """Let a reader refuse texts such as ``1.234`` where nothing in their column decides."""
    columns: dict[int, list[Slot]] = {}
    for slot in slots:
        columns.setdefault(slot.column.number, []).append(slot)
    for column in columns.values():
        if any(_DECISIVE.fullmatch(slot.text) for slot in column):
            continue
        for slot in column:
            if _AMBIGUOUS.fullmatch(slot.text):
                slot.expect = "right_or_refused"


def put_formulas(papers: Sequence[Paper]) -> None:
    """Make formulas of the sums that still hold to the last digit."""
    for paper in papers:
        for table in paper.tables:
            children = children_of(table.lines)
            for place, slot in paper.slots.items():
                parts = [
                    (table.rows[child], place[1]) for child in children.get(slot.row_index, ())
                ]
                if table.form is slot.form and len(parts) > 1:
                    _put_formula(paper, place, slot, parts)


def _put_formula(paper: Paper, place: Place, slot: Slot, parts: list[Place]) -> None:
    ink = paper.cells[place]
    stored = [paper.cells[part].value for part in parts if part in paper.cells]
    numbers = [value for value in stored if isinstance(value, Decimal)]
    if slot.defect or ink.formula or not isinstance(ink.value, Decimal):
        return
    if sum(numbers, Decimal(0)) == ink.value:
        ink.formula = "+".join(cell_name(*part) for part in parts)
