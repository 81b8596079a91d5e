"""The judgement of single cells: bounds, units, choices, and what the whole form says of a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from ingestion.reading.text import clean, key
from ingestion.reading.units import find_unit
from ingestion.sources.agency_reports.forms_model import Field, Row, Section
from ingestion.sources.agency_reports.judging.judgement import CellJudged, CellState
from ingestion.sources.agency_reports.judging.settings import rules
from ingestion.sources.agency_reports.template.wording import day_vi

NUMBERS = frozenset({"count", "amount", "decimal", "level"})
_WHOLE = frozenset({"count", "level"})
_MONEY_OR_RATIO = ("vnd", "usd", "percent", "permille")

Found = Mapping[str, Any]
"""A cell of the reading; see `reading.answers.read_answers`."""


def judge_cells(
    sections: Sequence[Section],
    found: Mapping[str, Found],
    nil_sections: frozenset[str],
    received_on: date,
) -> list[CellJudged]:
    """Judge every asked field.

    Args:
        sections: what the agency is asked.
        found: cells of the reading by field code.
        nil_sections: codes of the sections that were declared nil.
        received_on: no day may lie after it.
    """
    judged = [
        _judge(
            section, row, field, found.get(field.code), section.code in nil_sections, received_on
        )
        for section in sections
        for row in section.rows
        for field in row.fields
    ]
    return _parts_within_wholes(sections, judged)


def _judge(
    section: Section,
    row: Row,
    field: Field,
    cell: Found | None,
    is_nil: bool,
    received_on: date,
) -> CellJudged:
    told = _Cell(section, row, field, cell)
    if cell is None:
        if is_nil:
            return told.state("nil")
        return told.missing("missing_row", label=row.label_vi)
    if cell["problem"]:
        words = {"also": cell["also"], "choices": _choices(field)}
        return told.refused(cell["problem"], **words)
    if not cell["value"]:
        if is_nil:
            return told.state("nil")
        if cell["raw"]:
            return told.missing("missing_dash", raw=cell["raw"])
        return told.missing("missing" if field.type in NUMBERS else "missing_answer")
    if field.type in NUMBERS:
        return _number(told, field, cell, is_nil)
    if is_nil:
        return told.refused("nil_but_filled")
    if field.type == "date":
        day = date.fromisoformat(cell["value"])
        if day > received_on:
            return told.refused("future_date", day=day_vi(day))
        return replace(told.state("accepted"), date_value=day)
    if field.type == "yes_no":
        return replace(told.state("accepted"), number_value=Decimal(cell["value"] == "true"))
    if field.type == "choice":
        if cell["value"] not in {choice.code for choice in field.choices}:
            return told.refused("not_a_choice", choices=_choices(field))
        return replace(told.state("accepted"), choice_code=cell["value"])
    return replace(told.state("accepted"), text_value=cell["value"])


def _number(told: _Cell, field: Field, cell: Found, is_nil: bool) -> CellJudged:
    value = Decimal(cell["value"])
    unit = _other_unit(field, cell)
    if unit:
        return told.refused("unit_differs", stated=unit)
    if is_nil and value:
        return told.refused("nil_but_filled")
    if field.type in _WHOLE and value != value.to_integral_value():
        return told.refused("not_whole")
    if field.minimum is not None and value < field.minimum:
        code = "negative" if value < 0 else "below_minimum"
        return told.refused(code, bound=number_vi(field.minimum))
    if field.maximum is not None and value > field.maximum:
        return told.refused("above_maximum", bound=number_vi(field.maximum))
    return replace(told.state("accepted"), number_value=value)


def _other_unit(field: Field, cell: Found) -> str:
    """What the file says the number is counted in, where that is not what the form asks for."""
    wanted, of_row, stated = field.unit_vi, str(cell["unit"]), str(cell["stated_unit"])
    # "85 %" in place of 85 pieces: what is stored, 0,85, is another number than what people see.
    if cell["shown_as"] and clean(wanted) != cell["shown_as"]:
        return str(cell["shown_as"])
    if of_row and not _same_unit(of_row, wanted):
        return of_row
    if not stated or _same_unit(stated, wanted):
        return ""
    named, asked = find_unit(stated, ""), find_unit(wanted, "")
    if named is None or named.code not in _MONEY_OR_RATIO:
        return "" if of_row else stated
    # "Đơn vị: đồng" above a table of persons and amounts speaks of the amounts, and of those even
    # where their rows say otherwise: one of the two was changed.
    return stated if asked is not None and asked.code in _MONEY_OR_RATIO else ""


def _same_unit(stated: str, wanted: str) -> bool:
    one, two = key(clean(stated)), key(clean(wanted))
    if one == two or one in rules().same_units.get(two, ()):
        return True
    named, asked = find_unit(stated, ""), find_unit(wanted, "")
    return (
        named is not None
        and asked is not None
        and named.code in _MONEY_OR_RATIO
        and (named.code, named.factor) == (asked.code, asked.factor)
    )


def _parts_within_wholes(sections: Sequence[Section], judged: list[CellJudged]) -> list[CellJudged]:
    """Refuse parts that are larger than their whole."""
    wholes = {
        field.code: field.at_most
        for section in sections
        for field in section.fields
        if field.at_most is not None
    }
    by_code = {cell.field_code: cell for cell in judged}
    for index, cell in enumerate(judged):
        whole = by_code.get(wholes.get(cell.field_code, ""))
        if whole is None or cell.number_value is None or whole.number_value is None:
            continue
        if cell.number_value > whole.number_value:
            judged[index] = _refused(
                cell,
                "exceeds_whole",
                whole=whole.label_vi,
                whole_value=number_vi(whole.number_value),
                whole_cell=whole.cell,
            )
    return judged


class _Cell:
    """Makes the judgements of one cell."""

    def __init__(self, section: Section, row: Row, field: Field, cell: Found | None) -> None:
        self._field = field
        several = len(row.fields) > 1
        column = next((c.label_vi for c in section.columns if c.code == field.column), "")
        self._judged = CellJudged(
            section_code=section.code,
            row_code=row.code,
            column_code=field.column,
            field_code=field.code,
            label_vi=f"{row.label_vi} – {column}" if several else row.label_vi,
            state="accepted",
            sheet=cell["sheet"] if cell else "",
            cell=cell["cell"] if cell else "",
            raw_text=cell["raw"] if cell else "",
            has_note=bool(cell and cell["has_note"]),
        )

    def state(self, state: CellState) -> CellJudged:
        """The cell in a state that needs no sentence."""
        return replace(self._judged, state=state)

    def refused(self, code: str, **words: str) -> CellJudged:
        """The cell with something that has to be mended."""
        words.setdefault("unit", self._field.unit_vi)
        return _refused(self._judged, code, **words)

    def missing(self, sentence: str, **words: str) -> CellJudged:
        """The cell with nothing in it: a problem only where something must be."""
        if not self._field.is_required:
            return self.state("blank")
        return replace(
            self._judged,
            state="missing",
            problem_code="missing",
            problem_vi=rules().problems[sentence].format(**words),
        )


def _refused(cell: CellJudged, code: str, **words: str) -> CellJudged:
    words.setdefault("raw", cell.raw_text[:60])
    words.setdefault("label", cell.label_vi)
    return replace(
        cell,
        state="refused",
        number_value=None,
        problem_code="below_minimum" if code == "negative" else code,
        problem_vi=rules().problems[code].format(**words),
    )


def _choices(field: Field) -> str:
    if field.type == "yes_no":
        return "Có, Không"
    return ", ".join(choice.label_vi for choice in field.choices)


def number_vi(value: Decimal) -> str:
    """A number as an officer writes it: ``1.234.567,8``."""
    whole, _, decimals = format(value, ",f").partition(".")
    return whole.replace(",", ".") + (f",{decimals}" if decimals else "")
