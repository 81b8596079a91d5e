"""What a cell asks for: its drop-down or bounds, and the words beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from openpyxl.worksheet.datavalidation import DataValidation

from ingestion.core.period import Period
from ingestion.sources.agency_reports.forms_model import Column, Field, Row
from ingestion.sources.agency_reports.template.wording import Wording, day_vi

LARGEST = 10**15 - 1
"""More digits are not kept by a spreadsheet."""
LONGEST_TEXT = 500

_FIRST_DAY = date(2000, 1, 1)
_LAST_DAY = date(2099, 12, 31)
_PROMPT_LENGTH = 255
_ERROR_LENGTH = 225
_PROMPT_TITLE_LENGTH = 32
_LEVELS_IN_A_LIST = 20


@dataclass(frozen=True)
class Question:
    """A field in its row and column.

    Attributes:
        whole: the row of the field that this one may not exceed; None where there is none.
        whole_cell: address of that field.
    """

    field: Field
    row: Row
    column: Column
    whole: Row | None = None
    whole_cell: str | None = None


def choices_of(field: Field, wording: Wording) -> tuple[str, ...]:
    """The answers that a field allows; empty where they are not listed."""
    match field.type:
        case "yes_no":
            return wording.yes, wording.no
        case "choice":
            return tuple(choice.label_vi for choice in field.choices)
        case "level":
            least, most = int(field.minimum or 0), int(field.maximum or 0)
            if most - least < _LEVELS_IN_A_LIST:
                return tuple(str(level) for level in range(least, most + 1))
    return ()


def how_to_fill_in(question: Question, period: Period, wording: Wording) -> str:
    """Everything that is said of a cell: what it means, of what days it speaks, its bounds."""
    field = question.field
    parts = [question.column.guidance_vi, question.row.guidance_vi]
    if field.type in ("count", "amount", "decimal", "level"):
        parts.append(wording.nature(field.nature, period))
    parts.append(wording.asked[field.type].prompt.format(**_facts(field, period)))
    bounds = _facts(field, period)
    if field.type != "level":
        if field.minimum is not None and field.maximum is not None:
            parts.append(wording.rest["between"].format(**bounds))
        elif field.minimum is not None and field.minimum != 0:
            parts.append(wording.rest["at_least"].format(**bounds))
    if question.whole is not None:
        parts.append(wording.rest["at_most"].format(whole=question.whole.label_vi))
    said: list[str] = []
    for part in parts:
        if part and part not in said:
            said.append(part)
    return " ".join(said)


def validation(question: Question, period: Period, wording: Wording) -> DataValidation:
    """The drop-down or bounds of a cell."""
    field = question.field
    listed = choices_of(field, wording)
    if listed:
        rule = list_validation(listed)
    elif field.type in ("count", "level"):
        rule = _between("whole", *_bounds(question))
    elif field.type == "date":
        rule = _between("date", _serial(_FIRST_DAY), _serial(_LAST_DAY))
    elif field.type == "text":
        rule = DataValidation(
            type="textLength", operator="lessThanOrEqual", formula1=str(LONGEST_TEXT)
        )
    else:
        rule = _between("decimal", *_bounds(question))
    rule.allow_blank = True
    rule.showErrorMessage = True
    rule.errorTitle = wording.rest["error_title"]
    error = wording.asked[field.type].error.format(**_facts(field, period))
    if question.whole is not None:
        error = f"{error} {wording.rest['at_most'].format(whole=question.whole.label_vi)}"
    rule.error = _cut(error, _ERROR_LENGTH)
    rule.showInputMessage = True
    rule.promptTitle = _cut(question.row.code, _PROMPT_TITLE_LENGTH)
    rule.prompt = _cut(how_to_fill_in(question, period, wording), _PROMPT_LENGTH)
    return rule


def list_validation(answers: tuple[str, ...]) -> DataValidation:
    """A drop-down; the answers hold no comma."""
    return DataValidation(
        type="list", formula1=f'"{",".join(answers)}"', allow_blank=True, showErrorMessage=True
    )


def _between(kind: str, least: str, most: str) -> DataValidation:
    return DataValidation(type=kind, operator="between", formula1=least, formula2=most)


def _bounds(question: Question) -> tuple[str, str]:
    field = question.field
    least = str(field.minimum if field.minimum is not None else -LARGEST)
    most = str(field.maximum if field.maximum is not None else LARGEST)
    if question.whole_cell is not None:
        # While the whole is not filled in yet, its part may be.
        most = f"IF(ISNUMBER({question.whole_cell}),{question.whole_cell},{most})"
    return least, most


def _facts(field: Field, period: Period) -> Mapping[str, str]:
    return {
        "unit": field.unit_vi,
        "minimum": _shown(field.minimum),
        "maximum": _shown(field.maximum),
        "example": day_vi(date(period.start.year, 9, 25)),
        "length": str(LONGEST_TEXT),
    }


def _shown(number: Decimal | None) -> str:
    return "" if number is None else f"{number:,}".replace(",", ".")


def _serial(day: date) -> str:
    """A day as spreadsheets count it."""
    return str((day - date(1899, 12, 30)).days)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
