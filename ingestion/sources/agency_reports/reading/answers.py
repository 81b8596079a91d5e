"""The cells that a form asks for, each with what stands in it or why that is in doubt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from ingestion.core.log import quote_foreign
from ingestion.reading.grid import CellProblem, Span, Value
from ingestion.reading.text import clean
from ingestion.reading.units import label_unit, stated_unit
from ingestion.sources.agency_reports.reading.layout import AskedField
from ingestion.sources.agency_reports.reading.places import Found, Head, Merged, Place
from ingestion.sources.agency_reports.reading.values import BLANK, Cell, Content, read_cells, shown
from ingestion.sources.agency_reports.reading.words import meant, words

_MOST_REMARKS = 20
_SHOWN_AS = {0: "", 2: "%", -3: "nghìn", -6: "triệu", -9: "tỷ"}
_OTHERWISE = "khác số đã lưu"
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
        head: header that the column was found by.
        cell: address of the cell that holds it, or where it should stand.
        column: of that cell.
        shown_as: what the number's format makes of it: ``%``, ``nghìn``, ``triệu`` …; empty where
            it shows what is stored.
        shared: addresses of the cells in doubt, where a cell is merged over several fields or a
            field has several cells; empty where there is no doubt.
    """

    place: Place
    head: Head
    asked: AskedField
    cell: str
    column: int
    value: Value = None
    problem: CellProblem | None = None
    shared: str = ""
    is_hidden: bool = False
    shown_as: str = ""
    content: Content = BLANK


def read_answers(sheets: Sequence[Found]) -> Answers:
    """What the sheets of a file say to each field of their form.

    Returns:
        ``cells``, one for each field that has a place: ``field``, ``row``, ``sheet``, ``cell``,
        ``raw``, ``value`` (text; empty for none), ``problem`` (empty for none), ``also`` (address
        of the other cell that contradicts it, or text that differs), ``has_note``, ``unit`` (what
        the row says it is counted in), ``unit_cell``, ``stated_unit`` (what is said for the whole
        table or column), ``shown_as`` (what its format makes of a number).
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
        _answer(found, place, place.head, asked, merged, placed)
        for place in found.places
        for asked in place.row.fields.values()
        if place.head is not None and place.head.columns(asked.column)
    ]


def _answer(
    found: Found, place: Place, head: Head, asked: AskedField, merged: Merged, placed: Set[int]
) -> _Answer:
    """The cell that answers a field: the one below its header that holds something."""
    view = found.view
    filled = _filled(found, place, head.columns(asked.column), merged, placed)
    if not filled:
        column = head.columns(asked.column)[0]
        return _Answer(place, head, asked, view.address(place.line, column), column)
    at, span = next(iter(filled.items()))
    shared = ""
    if len(filled) > 1:
        shared = ", ".join(view.address(*other) for other in filled)
    elif span is not None and _reaches_over(span, head, asked.column, placed):
        shared = view.address(*at)
    line = found.lines.get(at[0])
    return _Answer(
        place,
        head,
        asked,
        view.address(*at),
        at[1],
        line.cells.get(at[1]) if line else None,
        view.sheet.problems.get(at),
        shared,
        at[0] in view.sheet.hidden_rows or at[1] in view.sheet.hidden_columns,
        _SHOWN_AS.get(view.sheet.scaled.get(at, 0), _OTHERWISE),
    )


def _filled(
    found: Found, place: Place, columns: Sequence[int], merged: Merged, placed: Set[int]
) -> dict[tuple[int, int], Span | None]:
    """Cells of some columns that hold something for a row, with the range they are merged over.

    A label that is merged over several rows speaks for those of them that are no row of the form.
    """
    filled: dict[tuple[int, int], Span | None] = {}
    for row in range(place.line, place.last_line + 1):
        if row != place.line and row in placed:
            continue
        for column in columns:
            span = merged.over(row, column)
            at = (span.first_row, span.first_column) if span else (row, column)
            line = found.lines.get(at[0])
            if (line is not None and at[1] in line.cells) or at in found.view.sheet.problems:
                filled[at] = span
    return filled


def _reaches_over(span: Span, head: Head, column: str, placed: Set[int]) -> bool:
    """Whether a merged range takes in other rows of the form, or columns of something else."""
    rows = sum(span.first_row <= row <= span.last_row for row in placed)
    return rows > 1 or any(
        span.first_column <= at <= span.last_column and role not in (column, "other")
        for at, role in head.roles.items()
    )


def _read(answers: Sequence[_Answer]) -> None:
    """Read the cells, those of one column below one header together."""
    groups: dict[tuple[int, int], list[_Answer]] = defaultdict(list)
    for answer in answers:
        groups[id(answer.head), answer.column].append(answer)
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
    told: dict[str, Any] = {
        "field": answer.asked.code,
        "row": place.row.code,
        "sheet": found.view.sheet.name,
        "cell": answer.cell,
        "raw": content.raw,
        "value": content.value,
        "problem": content.problem,
        "also": "",
        "has_note": _has_note(found, place.line, answer.head),
        "was_text": content.was_text,
        "is_hidden": answer.is_hidden,
        "unit": "",
        "unit_cell": "",
        "stated_unit": "",
        "shown_as": "",
    }
    if answer.asked.type in _NUMBER_TYPES:
        told["unit"], told["unit_cell"], told["stated_unit"] = units.of(
            place, answer.head, answer.column
        )
        told["shown_as"] = answer.shown_as
    if content.kind != "blank":
        if answer.shared:
            told |= {"problem": "cells_merged", "value": "", "also": answer.shared}
        elif place.differs:
            told |= {"problem": "label_differs", "value": ""}
            told["also"] = quote_foreign(place.differs, 80)
    return told


def _has_note(found: Found, row: int, head: Head) -> bool:
    return not found.lines[row].cells.keys().isdisjoint(head.columns("note"))


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
