"""The cells that a form asks for, each with what stands in it or why that is in doubt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ingestion.core.log import quote_foreign
from ingestion.reading.grid import Value
from ingestion.reading.text import clean
from ingestion.reading.units import label_unit, stated_unit
from ingestion.sources.agency_reports.reading.layout import AskedField
from ingestion.sources.agency_reports.reading.places import Found, Head, Merged, Place
from ingestion.sources.agency_reports.reading.values import BLANK, Cell, Content, read_cells, shown
from ingestion.sources.agency_reports.reading.words import meant, words

_MOST_REMARKS = 20
_NUMBER_TYPES = ("count", "amount", "decimal", "level")


@dataclass(slots=True)
class Answers:
    """What a file answers, as JSON; see `read_answers`."""

    cells: list[dict[str, Any]] = field(default_factory=list)
    nils: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Answer:
    """One field at one place.

    Attributes:
        row, column: of the cell that holds it, or where it should stand; 0: nowhere.
        shared: the cell is merged over the rows of several fields, or several cells are.
        also: another cell of the same field with something else in it.
    """

    place: Place
    asked: AskedField
    sheet: str
    cell: str
    value: Value = None
    problem: Any = None
    shared: str = ""
    content: Content = BLANK
    is_hidden: bool = False
    column: int = 0


def read_answers(sheets: Sequence[Found]) -> Answers:
    """What the sheets of a file say to each field of their form.

    Returns:
        ``cells``, one for each field that has a place: ``field``, ``row``, ``sheet``, ``cell``,
        ``raw``, ``value`` (text; empty for none), ``problem`` (empty for none), ``also`` (address
        of the other cell that contradicts it, or text that differs), ``has_note``, ``unit`` (what
        the row says it is counted in), ``unit_cell``, ``stated_unit`` (what is said for the whole
        table or column).
    """
    answers = Answers()
    by_field: dict[str, list[tuple[_Answer, dict[str, Any]]]] = defaultdict(list)
    for found in sheets:
        made = _answers(found)
        _read(made)
        units = _Units(found)
        for answer in made:
            by_field[answer.asked.code].append((answer, _plain(found, answer, units)))
        _remark_loose(found, answers)
        _read_nils(found, answers)
    for told in by_field.values():
        answers.cells.append(_one_of(told, answers))
    return answers


def _answers(found: Found) -> list[_Answer]:
    columns = {
        column
        for head in found.heads
        for column, role in head.roles.items()
        if role not in ("ordinal", "code", "item", "unit", "previous", "note", "other")
    }
    merged = Merged(found.view.sheet.merged, columns)
    placed = {place.line for place in found.places}
    return [
        _answer(found, place, asked, merged, placed)
        for place in found.places
        for asked in place.row.fields.values()
        if place.head is not None and place.head.columns(asked.column)
    ]


def _answer(
    found: Found,
    place: Place,
    asked: AskedField,
    merged: Merged,
    placed: set[int],
) -> _Answer:
    """The cell that answers a field: the one below its header that holds something."""
    assert place.head is not None  # noqa: S101 - the caller has looked
    view = found.view
    sheet = view.sheet.name
    columns = place.head.columns(asked.column)
    filled: dict[tuple[int, int], str] = {}
    for row in range(place.line, place.last_line + 1):
        if row != place.line and row in placed:
            continue
        for column in columns:
            span = merged.over(row, column)
            at = (span.first_row, span.first_column) if span else (row, column)
            line = found.lines.get(at[0])
            holds = line is not None and at[1] in line.cells
            if not holds and at not in view.sheet.problems:
                continue
            shared = ""
            if span is not None:
                rows = placed & set(range(span.first_row, min(span.last_row, place.line + 500) + 1))
                reaches = range(span.first_column, span.last_column + 1)
                others = {
                    c
                    for c, role in place.head.roles.items()
                    if c in reaches and role not in (asked.column, "other")
                }
                if len(rows) > 1 or others or at[1] not in (*columns, column):
                    shared = f"{view.address(*at)}"
            filled[at] = shared
    if not filled:
        cell = view.address(place.line, columns[0])
        return _Answer(place, asked, sheet, cell, column=columns[0])
    at = next(iter(filled))
    shared = filled[at]
    if len(filled) > 1:
        shared = ", ".join(view.address(*other) for other in filled)
    line = found.lines.get(at[0])
    return _Answer(
        place,
        asked,
        sheet,
        view.address(*at),
        line.cells.get(at[1]) if line else None,
        view.sheet.problems.get(at),
        shared,
        is_hidden=at[0] in view.sheet.hidden_rows or at[1] in view.sheet.hidden_columns,
        column=at[1],
    )


def _read(answers: Sequence[_Answer]) -> None:
    """Read the cells, those of one column below one header together."""
    groups: dict[tuple[int, int], list[_Answer]] = defaultdict(list)
    for answer in answers:
        groups[id(answer.place.head), answer.column].append(answer)
    for group in groups.values():
        cells = [Cell(answer.asked, answer.value, answer.problem) for answer in group]
        for answer, content in zip(group, read_cells(cells), strict=True):
            answer.content = content


class _Units:
    """What a sheet says of the units of its rows."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._above = self._stated_above()

    def _stated_above(self) -> list[tuple[int, str]]:
        """Lines that announce the unit of the table below: (row, words of the unit)."""
        stated = []
        placed = {place.line for place in self._found.places}
        heads = {r for head in self._found.heads for r in range(head.first, head.last + 1)}
        for line in self._found.view.lines:
            if line.row in placed or line.row in heads:
                continue
            for _, text in line.texts():
                said = stated_unit(text, "")
                if said is not None and said.kind != "organisation":
                    stated.append((line.row, said.text))
        return stated

    def of(self, place: Place, head: Head, column: int) -> tuple[str, str, str]:
        """(what the row says, where, what header or table say) of the unit."""
        line = self._found.lines[place.line]
        row_unit, where = "", ""
        for at in head.columns("unit"):
            value = line.cells.get(at)
            if value is not None:
                row_unit = clean(str(value))[:60]
                where = self._found.view.address(place.line, at)
        found = label_unit(clean(head.labels.get(column, "")), "")
        if found is not None:
            return row_unit, where, found.text
        above = [text for row, text in self._above if row < place.line]
        return row_unit, where, above[-1][:60] if above else ""


def _plain(found: Found, answer: _Answer, units: _Units) -> dict[str, Any]:
    place, content = answer.place, answer.content
    assert place.head is not None  # noqa: S101 - answers have a header
    told: dict[str, Any] = {
        "field": answer.asked.code,
        "row": place.row.code,
        "sheet": answer.sheet,
        "cell": answer.cell,
        "raw": content.raw,
        "value": content.value,
        "problem": content.problem,
        "also": "",
        "has_note": _has_note(found, place),
        "was_text": content.was_text,
        "is_hidden": answer.is_hidden,
        "unit": "",
        "unit_cell": "",
        "stated_unit": "",
    }
    if answer.asked.type in _NUMBER_TYPES:
        told["unit"], told["unit_cell"], told["stated_unit"] = units.of(
            place, place.head, answer.column
        )
    if content.kind != "blank":
        if answer.shared:
            told |= {"problem": "cells_merged", "value": "", "also": answer.shared}
        elif place.differs:
            told |= {"problem": "label_differs", "value": ""}
            told["also"] = quote_foreign(place.differs, 80)
    return told


def _has_note(found: Found, place: Place) -> bool:
    if place.head is None:
        return False
    line = found.lines[place.line]
    return any(line.cells.get(column) is not None for column in place.head.columns("note"))


def _one_of(told: Sequence[tuple[_Answer, dict[str, Any]]], answers: Answers) -> dict[str, Any]:
    """The one answer to a field that stands in several places; none where they contradict."""
    first = told[0][1]
    others = [
        plain
        for _, plain in told[1:]
        if (plain["value"], plain["problem"]) != (first["value"], first["problem"])
    ]
    if others:
        also = ", ".join(_address(plain) for plain in others)
        return first | {"problem": "duplicate_row", "value": "", "also": also}
    if len(told) > 1 and len(answers.remarks) < _MOST_REMARKS:
        where = ", ".join(_address(plain) for _, plain in told)
        answers.remarks.append(
            {
                "code": "repeated_row",
                "where": where,
                "message_vi": f"Một chỉ tiêu đứng ở nhiều dòng ({where}); đã lấy một lần.",
            }
        )
    return first


def _address(plain: dict[str, Any]) -> str:
    return f"{quote_foreign(plain['sheet'], 40)}!{plain['cell']}"


def _remark_loose(found: Found, answers: Answers) -> None:
    """Say which rows hold numbers and are none of the form's: totals, rows of an own making."""
    for row in found.loose:
        if len(answers.remarks) >= _MOST_REMARKS:
            return
        where = f"{quote_foreign(found.view.sheet.name, 40)}!{row}"
        answers.remarks.append(
            {
                "code": "row_not_asked",
                "where": where,
                "message_vi": f"Dòng {row} có số nhưng không thuộc mẫu; không lấy số nào ở đó.",
            }
        )


def _read_nils(found: Found, answers: Answers) -> None:
    """The declarations that nothing occurred: answers on the line of a section's title."""
    for row, titles in found.titles.items():
        for column, value in found.lines[row].cells.items():
            text = clean(value) if isinstance(value, str) else ""
            said = meant(text, words().nil) if text else None
            if said is None:
                continue
            answers.nils.append(
                {
                    "titles": titles,
                    "is_declared": said,
                    "text": shown(value),
                    "sheet": found.view.sheet.name,
                    "cell": found.view.address(row, column),
                }
            )
