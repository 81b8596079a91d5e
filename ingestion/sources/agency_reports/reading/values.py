"""What stands in a cell, by the type of its field: one reading, or the reason why there is none.

Numbers are read by `ingestion.reading.numbers`: a text that can mean two numbers is decided by the
other texts of its column, and by the type of its own field, as no count has thousandths. What stays
undecided is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal

from ingestion.core.dates import read_day
from ingestion.reading.grid import CellProblem, Value
from ingestion.reading.numbers import parse, read_column
from ingestion.reading.periods_stated import EARLIEST, LATEST
from ingestion.reading.tables import Number
from ingestion.reading.text import clean, key
from ingestion.sources.agency_reports.reading.layout import AskedField
from ingestion.sources.agency_reports.reading.words import meant, words

LONGEST_TEXT = 500
"""Characters that are kept of a text; a longer one is cut and ends in an ellipsis."""

_NUMBERS = frozenset({"count", "amount", "decimal", "level"})
_WHOLE = frozenset({"count", "level"})
_CODES = {
    "ambiguous_separator": "ambiguous_number",
    "separator_conflict": "ambiguous_number",
    "note_or_negative": "ambiguous_number",
    "unit_in_cell": "number_in_text",
    "oversized_number": "oversized_number",
    "formula_without_value": "formula_without_value",
    "error_value": "error_value",
}
"""Problems of a cell by why its number was refused; any other makes it ``not_a_number``."""

Kind = Literal["blank", "value", "problem"]


@dataclass(frozen=True, slots=True)
class Content:
    """What a cell holds.

    Attributes:
        kind: ``blank`` (a dash too, which may mean none or nothing), ``value`` or ``problem``.
        raw: as it stands there, cut.
        value: a number or day as text, the code of a choice, ``true`` or ``false``, a text.
        problem: code, of kind ``problem``.
        was_text: a number that is stored as text.
    """

    kind: Kind
    raw: str = ""
    value: str = ""
    problem: str = ""
    was_text: bool = False


BLANK = Content("blank")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as stored, and the field that it answers."""

    field: AskedField
    value: Value
    problem: CellProblem | None = None


def read_cells(cells: Sequence[Cell]) -> list[Content]:
    """What the cells of one column hold, each by its type.

    Args:
        cells: from top to bottom; their numbers decide together how numbers are written.
    """
    numeric = [index for index, cell in enumerate(cells) if cell.field.type in _NUMBERS]
    contents = [BLANK if cell.field.type in _NUMBERS else _other(cell) for cell in cells]
    for index, content in zip(numeric, _numbers([cells[i] for i in numeric]), strict=True):
        contents[index] = content
    return contents


def _numbers(cells: Sequence[Cell]) -> list[Content]:
    column = read_column([cell.value for cell in cells], lambda index: cells[index].problem)
    numbers = column.numbers
    grouping = {mark for mark, role in column.roles.items() if role == "thousands"}
    pointing = {mark for mark, role in column.roles.items() if role == "decimal"}
    open_ = {index: column.tokens[index] for index in column.undecided if index in column.tokens}
    # No count has thousandths: in "1.234" the mark can only group, for the whole column then. One
    # such text among stored numbers is a slip rather than a manner of writing.
    certain = {
        token.separator for index, token in open_.items() if cells[index].field.type in _WHOLE
    }
    marks = {token.separator for token in open_.values()}
    is_manner = len(open_) > 1 or all(isinstance(cell.value, str | None) for cell in cells)
    agrees = len(certain) == 1 and marks == certain and grouping <= certain
    if is_manner and agrees and not certain & pointing:
        for index, token in open_.items():
            numbers[index] = Number("value", token.as_thousands, numbers[index].text)
    return [_number(cell, number) for cell, number in zip(cells, numbers, strict=True)]


def _number(cell: Cell, number: Number) -> Content:
    raw = shown(cell.value)
    match number.state:
        case "blank":
            return BLANK
        case "value" if number.value is not None:
            return Content("value", raw, _plain(number.value), was_text=isinstance(cell.value, str))
        case "dash":
            return Content("blank", raw)
        case "not_applicable":
            return Content("problem", raw, problem="not_a_number")
        case _:
            return Content("problem", raw, problem=_problem_of(cell, number))


def _problem_of(cell: Cell, number: Number) -> str:
    if number.state == "text" and any(letter.isdigit() for letter in number.text):
        return "number_in_text"
    if cell.problem is not None and cell.problem in _CODES:
        return _CODES[cell.problem]
    return _CODES.get(number.code, "not_a_number")


def _plain(value: Decimal) -> str:
    return format(value, "f")


def _other(cell: Cell) -> Content:
    """A day, a choice, a yes or no, or a text."""
    if cell.problem in ("formula_without_value", "error_value"):
        return Content("problem", shown(cell.value), problem=cell.problem)
    value = cell.value
    text = clean(value) if isinstance(value, str) else ""
    if value is None or (isinstance(value, str) and not text):
        return BLANK
    if text and parse(text).state == "dash":
        return Content("blank", shown(value))
    match cell.field.type:
        case "date":
            return _day(value, text)
        case "yes_no":
            return _yes_no(value, text)
        case "choice":
            code = meant(text, cell.field.choices) if text else None
            if code is None:
                return Content("problem", shown(value), problem="not_a_choice")
            return Content("value", shown(value), code)
        case _:
            raw = shown(value)
            return Content("value", raw, raw)


def _day(value: Value, text: str) -> Content:
    raw = shown(value)
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        if EARLIEST <= value.year <= LATEST:
            return Content("value", raw, value.isoformat())
        return Content("problem", raw, problem="not_a_date")
    day = read_day(text.lower(), words().days) if text else None
    if day is None or not EARLIEST <= day.year <= LATEST:
        return Content("problem", raw, problem=_day_problem(text))
    return Content("value", raw, day.isoformat())


def _day_problem(text: str) -> str:
    """A year of two digits leaves open which is the day and which the year."""
    parts = key(text).split()
    short = len(parts) == 3 and all(part.isdigit() and len(part) <= 2 for part in parts)
    return "ambiguous_date" if short else "not_a_date"


def _yes_no(value: Value, text: str) -> Content:
    raw = shown(value)
    said = value if isinstance(value, bool) else meant(text, words().yes_no) if text else None
    if said is None:
        return Content("problem", raw, problem="not_a_choice")
    return Content("value", raw, "true" if said else "false")


def shown(value: Value) -> str:
    """A cell as a person reads it, on one line, cut."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    text = clean(str(value))
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
