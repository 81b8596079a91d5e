"""Writing the workbook that an office fills in: its report sheet and its guidance."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import openpyxl
from openpyxl.cell import Cell
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.worksheet import Worksheet

from ingestion.catalogue.agencies import Agency
from ingestion.core.period import Period
from ingestion.sources.agency_reports.forms import sections_for
from ingestion.sources.agency_reports.forms_model import (
    Field,
    Form,
    FormVersion,
    Row,
    Section,
)
from ingestion.sources.agency_reports.identity import FormId, FormKey, issue
from ingestion.sources.agency_reports.plan_tasks import PlanTask, read_plan_tasks
from ingestion.sources.agency_reports.template.asking import (
    Question,
    how_to_fill_in,
    list_validation,
    validation,
)
from ingestion.sources.agency_reports.template.layout import (
    AGENCY_ROW,
    DUE_ROW,
    FACT_LETTER,
    HEADING_ROW,
    LABEL_LETTER,
    NUMBER_ROW,
    PERIOD_ROW,
    SUBTITLE_ROW,
    TITLE_ROW,
    Block,
    Layout,
    Line,
    lay_out,
)
from ingestion.sources.agency_reports.template.packing import without_clock
from ingestion.sources.agency_reports.template.wording import Wording, day_vi, read_wording

_FONT = "Times New Roman"
_A4 = 9
_LINE_HEIGHT = 15.0
_LETTERS_A_WIDTH = 1.2
"""Letters of the font that fit into one unit of width, taken with care: no text may be cut off."""
_BOLD_SHARE = 0.85
_NUMBER_FORMATS = {
    "count": "#,##0",
    "amount": "#,##0.00",
    "decimal": "#,##0.00",
    "level": "0",
    "date": "dd/mm/yyyy",
    "text": "@",
}
_TOO_ODD_FOR_A_CELL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_HEADING_FILL = PatternFill("solid", fgColor="1F4E79")
_SECTION_FILL = PatternFill("solid", fgColor="DCE6F1")
_REQUIRED_FILL = PatternFill("solid", fgColor="FFF3C4")
_FILLED_FILL = PatternFill("solid", bgColor="E2F0D9")
_NIL_FILL = PatternFill("solid", bgColor="D9D9D9")
_WRONG_FILL = PatternFill("solid", bgColor="F8B4B4")
_LINE = Side(style="thin", color="8C8C8C")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_OPEN = Protection(locked=False)


class NoVersion(ValueError):
    """A form has no version for a period."""


@dataclass(frozen=True)
class _Paper:
    """Everything that both sheets are written from."""

    form: Form
    version: FormVersion
    agency: Agency
    period: Period
    form_id: str
    due_on: date | None
    previous: Mapping[str, str]
    sections: tuple[Section, ...]
    layout: Layout
    wording: Wording

    def question(self, row: Row, section: Section, field: Field) -> Question:
        """A field with what must be known to ask for it."""
        column = next(c for c in section.columns if c.code == field.column)
        whole = next(
            (
                other
                for part in self.sections
                for other in part.rows
                for f in other.fields
                if f.code == field.at_most
            ),
            None,
        )
        cell = self.layout.field_cells.get(field.at_most or "")
        return Question(field, row, column, whole, cell)


def write_template(
    form: Form,
    agency: Agency,
    period: Period,
    key: FormKey | None,
    previous: Mapping[str, str] | None = None,
    *,
    due_on: date | None = None,
    version: FormVersion | None = None,
    tasks: Iterable[PlanTask] | None = None,
) -> bytes:
    """The workbook for one agency and period; the same arguments give the same bytes.

    Args:
        form: which form.
        agency: who fills it in.
        period: what it speaks of.
        key: under which the form id is issued; may be None for versions without one.
        previous: accepted values of the period before by field code: a number or a day as in
            ISO 8601, the code of a choice, 1 or 0 for yes or no, or text.
        due_on: printed above the table.
        version: another version than the one that holds for the period.
        tasks: other tasks than those of the plan.

    Raises:
        NoVersion: the form has none for the period.
        FormsError: the form asks this agency nothing.
        ValueError: the version has form ids and there is no key.
    """
    sections = _asked(form, agency, period, version, tasks)
    held = version or _version(form, period)
    if held.has_form_id and key is None:
        raise ValueError(f"{form.code} v{held.version} carries a form id: a form key is needed")
    form_id = ""
    if held.has_form_id and key is not None:
        form_id = issue(FormId(form.code, held.version, agency.code, agency.key, period), key)
    paper = _Paper(
        form,
        held,
        agency,
        period,
        form_id,
        due_on,
        previous or {},
        sections,
        lay_out(sections),
        read_wording(),
    )
    book = openpyxl.Workbook()
    book.properties.creator = form.number_vi
    book.properties.title = f"{form.name_vi}, {paper.wording.period(period)}, {agency.name_vi}"
    _write_report(book.active, paper)
    _write_guidance(book.create_sheet(paper.wording.guidance_sheet), paper)
    book.security = WorkbookProtection(lockStructure=True)
    saved = io.BytesIO()
    book.save(saved)
    return without_clock(saved.getvalue())


def layout_of(
    form: Form,
    agency: Agency,
    period: Period,
    *,
    version: FormVersion | None = None,
    tasks: Iterable[PlanTask] | None = None,
) -> Layout:
    """Where everything stands on the report sheet of `write_template`.

    Raises:
        NoVersion: the form has none for the period.
        FormsError: the form asks this agency nothing.
    """
    return lay_out(_asked(form, agency, period, version, tasks))


def _version(form: Form, period: Period) -> FormVersion:
    version = form.version_on(period.start)
    if version is None:
        raise NoVersion(f"{form.code} has no version for {period}")
    return version


def _asked(
    form: Form,
    agency: Agency,
    period: Period,
    version: FormVersion | None,
    tasks: Iterable[PlanTask] | None,
) -> tuple[Section, ...]:
    held = version or _version(form, period)
    return sections_for(form, held, agency, read_plan_tasks() if tasks is None else tasks)


def _write_report(sheet: Worksheet, paper: _Paper) -> None:
    sheet.title = paper.wording.report_sheet
    _write_head(sheet, paper)
    for block in paper.layout.blocks:
        if block.headings_at is not None:
            _write_headings(sheet, block, block.headings_at, paper.wording)
        _write_section(sheet, block, paper)
    for slot in paper.layout.blocks[0].slots:
        sheet.column_dimensions[slot.letter].width = slot.width
    sheet.freeze_panes = f"A{HEADING_ROW + 1}"
    first = next(iter(paper.layout.field_cells.values()))
    below = sheet.sheet_view.selection[-1]
    below.activeCell = below.sqref = first
    sheet.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"
    sheet.print_area = f"A1:{paper.layout.last_letter}{paper.layout.last_row}"
    _set_up_page(sheet, paper)


def _write_head(sheet: Worksheet, paper: _Paper) -> None:
    words, layout = paper.wording, paper.layout
    last = layout.last_letter
    number = words.rest["number_vi"].format(
        number=paper.form.number_vi, version=paper.version.version
    )
    _put(sheet[f"A{NUMBER_ROW}"], number, size=10, italic=True)
    sheet.merge_cells(f"A{NUMBER_ROW}:C{NUMBER_ROW}")
    _put(sheet[f"A{TITLE_ROW}"], paper.form.name_vi.upper(), size=14, bold=True, at="center")
    _put(sheet[f"A{SUBTITLE_ROW}"], paper.form.name_en, size=10, italic=True, at="center")
    for row in (TITLE_ROW, SUBTITLE_ROW):
        sheet.merge_cells(f"A{row}:{last}{row}")
    facts = {
        "agency": (AGENCY_ROW, "A", layout.agency_cell, paper.agency.name_vi),
        "period": (PERIOD_ROW, "A", layout.period_cell, words.span(paper.period)),
        "form_id": (AGENCY_ROW, LABEL_LETTER, layout.form_id_cell, paper.form_id),
        "value_status": (PERIOD_ROW, LABEL_LETTER, layout.value_status_cell, ""),
    }
    if paper.due_on is not None:
        facts["due_on"] = (DUE_ROW, "A", layout.due_cell, day_vi(paper.due_on))
    for name, (row, letter, cell, text) in facts.items():
        if name == "form_id" and not text:
            continue
        _put(sheet[f"{letter}{row}"], words.header[name].both, size=10)
        sheet.merge_cells(f"{letter}{row}:{_next(letter)}{row}")
        _put(sheet[cell], text, bold=True)
        sheet[cell].alignment = Alignment(vertical="center", shrink_to_fit=True, indent=1)
    if paper.form_id:
        sheet.merge_cells(f"{FACT_LETTER}{AGENCY_ROW}:{last}{AGENCY_ROW}")
    status = sheet[layout.value_status_cell]
    status.fill, status.border, status.protection = _REQUIRED_FILL, _BOX, _OPEN
    rule = list_validation(tuple(words.value_statuses.values()))
    rule.errorTitle = words.rest["error_title"]
    rule.error = words.asked["choice"].error
    rule.add(status.coordinate)
    sheet.add_data_validation(rule)
    _mark_filled(sheet, status.coordinate)
    legend = sheet[f"{LABEL_LETTER}{DUE_ROW}"]
    _put(legend, words.rest["legend_vi"], size=9, italic=True)
    sheet.merge_cells(f"{LABEL_LETTER}{DUE_ROW}:{last}{DUE_ROW}")
    heights = {NUMBER_ROW: 15, TITLE_ROW: 22, SUBTITLE_ROW: 15, HEADING_ROW: 33}
    for row in range(1, HEADING_ROW + 1):
        sheet.row_dimensions[row].height = heights.get(row, 20)


def _write_headings(sheet: Worksheet, block: Block, at: int, words: Wording) -> None:
    columns = {column.code: column for column in block.section.columns}
    for slot in block.slots:
        if slot.kind == "input":
            column = columns[slot.column]
            text = f"{column.label_vi}\n{column.label_en}"
        else:
            name = "task" if slot.kind == "item" and block.is_grid else slot.kind
            text = words.columns[name].stacked
        cell = sheet[f"{slot.letter}{at}"]
        _put(cell, text, size=10, bold=True, at="center", colour="FFFFFF")
        cell.fill, cell.border = _HEADING_FILL, _BOX
    sheet.row_dimensions[at].height = 33


def _write_section(sheet: Worksheet, block: Block, paper: _Paper) -> None:
    words, section, at = paper.wording, block.section, block.at
    for slot in block.slots:
        cell = sheet[f"{slot.letter}{at}"]
        cell.fill, cell.border = _SECTION_FILL, _BOX
    _put(sheet[f"A{at}"], section.code, bold=True, at="center")
    _put(sheet[f"B{at}"], f"{section.title_vi} / {section.title_en}", bold=True)
    first_input = block.letter("input")
    sheet.merge_cells(f"B{at}:{chr(ord(first_input) - 1)}{at}")
    width = sum(slot.width for slot in block.slots if "B" <= slot.letter < first_input)
    height = _height(f"{section.title_vi} / {section.title_en}", width * _BOLD_SHARE)
    if block.nil_cell is not None:
        _ask_nil(sheet, block, block.nil_cell, words)
        height = max(height, 2 * _LINE_HEIGHT)
    sheet.row_dimensions[at].height = height + 5
    for line in block.lines:
        _write_line(sheet, block, line, paper)


def _ask_nil(sheet: Worksheet, block: Block, address: str, words: Wording) -> None:
    cell = sheet[address]
    _put(cell, words.occurred, size=10, bold=True, at="center")
    cell.fill, cell.protection = PatternFill("solid", fgColor="FFFFFF"), _OPEN
    rule = list_validation((words.occurred, words.nil))
    rule.errorTitle = words.rest["error_title"]
    rule.error = words.asked["choice"].error
    rule.add(address)
    sheet.add_data_validation(rule)
    previous, last = block.letter("previous"), block.slots[-1].letter
    _put(sheet[f"{previous}{block.at}"], words.rest["nil_hint_vi"], size=9, italic=True)
    sheet.merge_cells(f"{previous}{block.at}:{last}{block.at}")


def _write_line(sheet: Worksheet, block: Block, line: Line, paper: _Paper) -> None:
    row, at = line.row, line.at
    for slot in block.slots:
        sheet[f"{slot.letter}{at}"].border = _BOX
    _put(sheet[f"A{at}"], line.number, at="center")
    code = sheet[f"{block.letter('code')}{at}"]
    _put(code, row.code, size=8, colour="6B6B6B")
    code.alignment = Alignment(vertical="center", shrink_to_fit=True)
    _put(sheet[f"{block.letter('item')}{at}"], row.label_vi)
    if not block.is_grid:
        unit = sheet[f"{block.letter('unit')}{at}"]
        _put(unit, row.fields[0].unit_vi, size=10, at="center")
    for field in row.fields:
        _ask(sheet, block, line, field, paper)
    _put_previous(sheet[f"{block.letter('previous')}{at}"], row, paper)
    note = sheet[f"{block.letter('note')}{at}"]
    _put(note, None)
    note.number_format, note.protection = "@", _OPEN
    widths = {slot.kind: slot.width for slot in block.slots}
    sheet.row_dimensions[at].height = 4 + max(
        _height(row.label_vi, widths["item"]),
        _height(row.fields[0].unit_vi, widths.get("unit", 99)),
        18.0,
    )


def _ask(sheet: Worksheet, block: Block, line: Line, field: Field, paper: _Paper) -> None:
    address = f"{block.letter('input', field.column)}{line.at}"
    cell = sheet[address]
    side = {"text": "left", "choice": "center", "yes_no": "center"}.get(field.type, "right")
    _put(cell, None, at=side)
    cell.number_format = _NUMBER_FORMATS.get(field.type, "General")
    cell.protection = _OPEN
    if field.is_required:
        cell.fill = _REQUIRED_FILL
    question = paper.question(line.row, block.section, field)
    rule = validation(question, paper.period, paper.wording)
    rule.add(address)
    sheet.add_data_validation(rule)
    if block.nil_cell is not None:
        nil = f'${block.nil_cell[0]}${block.at}="{paper.wording.nil}"'
        sheet.conditional_formatting.add(
            address, FormulaRule(formula=[nil], fill=_NIL_FILL, stopIfTrue=True)
        )
    if question.whole_cell is not None:
        part = f"AND(ISNUMBER({address}),ISNUMBER({question.whole_cell}),"
        wrong = f"{part}{address}>{question.whole_cell})"
        sheet.conditional_formatting.add(
            address, FormulaRule(formula=[wrong], fill=_WRONG_FILL, stopIfTrue=True)
        )
    _mark_filled(sheet, address)


def _mark_filled(sheet: Worksheet, address: str) -> None:
    filled = FormulaRule(formula=[f"LEN({address})>0"], fill=_FILLED_FILL)
    sheet.conditional_formatting.add(address, filled)


def _put_previous(cell: Cell, row: Row, paper: _Paper) -> None:
    shown = [
        (field, _as_value(field, paper.previous[field.code], paper.wording))
        for field in row.fields
        if field.code in paper.previous and (len(row.fields) == 1 or field.type != "text")
    ]
    _put(cell, None, size=10, at="center", colour="404040")
    if len(shown) == 1:
        field, value = shown[0]
        _put(cell, value, size=10, at="center", colour="404040")
        cell.number_format = _NUMBER_FORMATS.get(field.type, "General")
    elif shown:
        texts = [day_vi(v) if isinstance(v, date) else str(v) for _, v in shown]
        _put(cell, "\n".join(texts), size=10, at="center", colour="404040")


def _as_value(field: Field, text: str, words: Wording) -> int | Decimal | date | str:
    """A stored value as it is shown; what does not fit its type is shown as it is."""
    try:
        match field.type:
            case "date":
                return date.fromisoformat(text)
            case "yes_no":
                return {"1": words.yes, "0": words.no}.get(text, text)
            case "choice":
                return next((c.label_vi for c in field.choices if c.code == text), text)
            case "text":
                return text
            case _:
                number = Decimal(text)
                if not number.is_finite():
                    return text
                return int(number) if number == number.to_integral_value() else number
    except (ValueError, InvalidOperation):
        return text


def _write_guidance(sheet: Worksheet, paper: _Paper) -> None:
    words = paper.wording
    given: Mapping[str, Any] = words.rest["guidance"]
    widths = {"A": 5.0, "B": 18.0, "C": 50.0, "D": 62.0, "E": 10.0}
    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = width
    _put(sheet["A1"], given["title"]["vi"].upper(), size=14, bold=True, at="center")
    _put(sheet["A2"], given["title"]["en"], size=10, italic=True, at="center")
    for row in (1, 2):
        sheet.merge_cells(f"A{row}:E{row}")
    at = 3
    for number, step in enumerate(given["steps_vi"], start=1):
        _put(sheet[f"A{at}"], number, at="center")
        _put(sheet[f"B{at}"], step)
        sheet.merge_cells(f"B{at}:E{at}")
        sheet.row_dimensions[at].height = _height(step, 140) + 4
        at += 1
    at += 1
    headings_at = at
    columns = given["columns"]
    for letter, name in zip("BCDE", ("code", "item", "how", "required"), strict=True):
        cell = sheet[f"{letter}{at}"]
        text = f"{columns[name]['vi']}\n{columns[name]['en']}"
        _put(cell, text, size=10, bold=True, at="center", colour="FFFFFF")
        cell.fill, cell.border = _HEADING_FILL, _BOX
    sheet.row_dimensions[at].height = 33
    for block in paper.layout.blocks:
        at += 1
        _put(sheet[f"B{at}"], f"{block.section.code}. {block.section.title_vi}", bold=True)
        sheet.merge_cells(f"B{at}:E{at}")
        sheet[f"B{at}"].fill = _SECTION_FILL
        for explained in _explanations(block, paper):
            at += 1
            _write_explanation(sheet, at, explained, widths)
    at += 2
    _put(
        sheet[f"B{at}"],
        given["document_vi"].format(document=paper.version.document, version=paper.version.version),
        size=10,
        italic=True,
    )
    sheet.merge_cells(f"B{at}:E{at}")
    sheet.print_title_rows = f"{headings_at}:{headings_at}"
    sheet.print_area = f"A1:E{at}"
    _set_up_page(sheet, paper)


def _explanations(block: Block, paper: _Paper) -> Iterator[tuple[str, str, str, str]]:
    """Code, item, how it is filled in and whether it must be: of the columns, then of the rows."""
    words, section = paper.wording, block.section

    def is_required(fields: Iterable[Field]) -> str:
        needed = any(field.is_required for field in fields)
        required: str = words.rest["required_vi" if needed else "optional_vi"]
        return required

    if block.is_grid:
        for field, column in zip(section.rows[0].fields, section.columns, strict=True):
            question = paper.question(replace(section.rows[0], guidance_vi=""), section, field)
            how = how_to_fill_in(question, paper.period, words)
            yield "", f"{column.label_vi}\n{column.label_en}", how, is_required([field])
    for row in section.rows:
        item = f"{row.label_vi}\n{row.label_en}" if row.label_en else row.label_vi
        how = row.guidance_vi
        if not block.is_grid:
            question = paper.question(row, section, row.fields[0])
            how = how_to_fill_in(question, paper.period, words)
        yield row.code, item, how, "" if block.is_grid else is_required(row.fields)


def _write_explanation(
    sheet: Worksheet, at: int, texts: tuple[str, str, str, str], widths: Mapping[str, float]
) -> None:
    for letter, text in zip("BCDE", texts, strict=True):
        cell = sheet[f"{letter}{at}"]
        side = "center" if letter == "E" else "left"
        _put(cell, text, size=8 if letter == "B" else 11, at=side)
        cell.border = _BOX
    sheet[f"B{at}"].alignment = Alignment(vertical="center", shrink_to_fit=True)
    _, item, how, _ = texts
    sheet.row_dimensions[at].height = 4 + max(_height(item, widths["C"]), _height(how, widths["D"]))


def _set_up_page(sheet: Worksheet, paper: _Paper) -> None:
    sheet.sheet_view.showGridLines = False
    setup = sheet.page_setup
    setup.orientation, setup.paperSize = "landscape", _A4
    setup.fitToWidth, setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.5
    margins.top, margins.bottom = 0.6, 0.7
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.left.font = sheet.oddFooter.right.font = f"{_FONT},Regular"
    sheet.oddFooter.left.text = paper.form_id or paper.form.number_vi
    sheet.oddFooter.right.text = paper.wording.rest["footer"]["page"].format(
        number="&P", count="&N"
    )
    guard = sheet.protection
    guard.sheet = True
    guard.formatColumns = guard.formatRows = False  # people may widen what they cannot read


def _put(
    cell: Cell,
    value: int | Decimal | date | str | None,
    *,
    size: float = 11,
    bold: bool = False,
    italic: bool = False,
    at: str = "left",
    colour: str = "000000",
) -> None:
    if isinstance(value, str):
        cell.value = _TOO_ODD_FOR_A_CELL.sub(" ", value)
        cell.data_type = "s"  # a text that begins with "=" stays a text
    elif isinstance(value, date):
        cell.value = datetime.combine(value, time())
    else:
        cell.value = value
    cell.font = Font(name=_FONT, size=size, bold=bold, italic=italic, color=colour)
    indent = 0 if at == "center" else 1
    cell.alignment = Alignment(horizontal=at, vertical="center", wrap_text=True, indent=indent)


def _height(text: str, width: float) -> float:
    """Points that a wrapped text needs; merged cells do not grow by themselves."""
    letters = width * _LETTERS_A_WIDTH
    lines = sum(max(1, math.ceil(len(part) / letters)) for part in text.split("\n"))
    return lines * _LINE_HEIGHT


def _next(letter: str) -> str:
    return chr(ord(letter) + 1)
