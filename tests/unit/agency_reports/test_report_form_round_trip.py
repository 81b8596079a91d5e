"""What an office fills in is what is read: every form, filled in by its drop-downs and bounds."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import openpyxl
import pytest

from ingestion.catalogue.agencies import Agency
from ingestion.core.period import Period
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.forms import due_reports, read_forms
from ingestion.sources.agency_reports.forms_model import Field, Form
from ingestion.sources.agency_reports.identity import FormKey
from ingestion.sources.agency_reports.judging.in_force import law_in_force
from ingestion.sources.agency_reports.judging.judge import judge
from ingestion.sources.agency_reports.judging.judgement import Claim, Judgement
from ingestion.sources.agency_reports.reading.job import read_report
from ingestion.sources.agency_reports.reading.reader import reader_options
from ingestion.sources.agency_reports.template import Layout, layout_of, write_template
from ingestion.sources.agency_reports.template.wording import read_wording

KEY = FormKey("an example of a form key")
WORDS = read_wording()


def unit(key: int) -> Agency:
    return next(unit for unit in all_agencies() if unit.key == key)


CASES = [
    (report.form, unit(key), Period.parse(period))
    for key, period in (
        (119, "2026-Q3"),
        (119, "2026"),
        (103, "2026-Q1"),
        (103, "2026"),
        (120, "2026-12"),
        (122, "2026"),
        (201, "2026"),
        (207, "2026-Q2"),
    )
    for report in due_reports(unit(key), Period.parse(period))
]
WHOLE = pytest.mark.parametrize(
    ("form", "agency", "period"),
    CASES,
    ids=[f"{form.code}-{agency.code}-{period}" for form, agency, period in CASES],
)


def answer(field: Field, number: int, period: Period) -> tuple[object, Mapping[str, object]]:
    """What is typed into a cell, and what must be read of it."""
    match field.type:
        case "count":
            count = number if field.maximum is None else min(number, int(field.maximum))
            return count, {"number_value": Decimal(count)}
        case "amount" | "decimal":
            return number + 0.25, {"number_value": Decimal(number) + Decimal("0.25")}
        case "level":
            return int(field.minimum or 0), {"number_value": field.minimum}
        case "yes_no":
            return WORDS.yes, {"number_value": Decimal(1)}
        case "date":
            return datetime.combine(period.start, time()), {"date_value": period.start}
        case "choice":
            return field.choices[-1].label_vi, {"choice_code": field.choices[-1].code}
        case "text":
            return f"{number}/BC-UBND", {"text_value": f"{number}/BC-UBND"}


def filled_in(
    form: Form, agency: Agency, period: Period, answers: Mapping[str, object], nil: str = ""
) -> bytes:
    layout = layout_of(form, agency, period)
    previous = dict.fromkeys(layout.field_cells, "777")
    content = write_template(form, agency, period, KEY, previous, due_on=date(2026, 10, 15))
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book[WORDS.report_sheet]
    sheet[layout.value_status_cell] = WORDS.value_statuses["preliminary"]
    for code, cell in layout.field_cells.items():
        sheet[cell] = answers.get(code)
    if nil:
        sheet[layout.nil_cells[nil]] = WORDS.nil
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def judged(content: bytes, period: Period) -> Judgement:
    reading = read_report(content, "bao-cao.xlsx", reader_options())
    return judge(reading, law_in_force(KEY), Claim(None, period.end + timedelta(days=9), "inbox"))


def asked(layout: Layout) -> dict[str, Field]:
    return {field.code: field for block in layout.blocks for _, _, field in block.fields()}


@WHOLE
def test_every_cell_is_read_where_it_was_filled_in(
    form: Form, agency: Agency, period: Period
) -> None:
    layout = layout_of(form, agency, period)
    fields = asked(layout)
    wholes = {field.at_most for field in fields.values()}
    expected = {
        # A whole is never less than its parts.
        code: answer(field, (5000 if code in wholes else 20) + number, period)
        for number, (code, field) in enumerate(fields.items())
    }

    answers = {code: typed for code, (typed, _) in expected.items()}
    told = judged(filled_in(form, agency, period, answers), period)

    assert (told.state, told.form_id_state, told.reason_code) == ("accepted", "intact", None)
    assert (told.form_code, told.agency_key) == (form.code, agency.key)
    assert (told.period_type, told.period_start) == (period.kind, period.start)
    assert told.value_status == "preliminary"
    assert told.completeness == 1
    found = {cell.field_code: cell for cell in told.values}
    assert set(found) == set(expected)
    for code, (_, content) in expected.items():
        cell = found[code]
        assert (cell.sheet, cell.cell) == (WORDS.report_sheet, layout.field_cells[code])
        assert {name: getattr(cell, name) for name in content} == content
        assert cell.state == "accepted"


@WHOLE
def test_an_empty_form_is_hollow_whatever_stands_beside(
    form: Form, agency: Agency, period: Period
) -> None:
    told = judged(filled_in(form, agency, period, {}), period)

    assert told.state == "refused"
    assert told.hollow_kind == "empty"


def test_a_section_declared_nil_asks_for_nothing() -> None:
    args = (read_forms().by_resource("reform_quarter"), unit(119), Period.parse("2026-Q3"))
    answers = {"CV-01.approved_in_force.denominator": 4, "CV-01.approved_in_force.numerator": 3}

    assert judged(filled_in(*args, answers, nil="B"), args[2]).state == "accepted"
    assert judged(filled_in(*args, answers), args[2]).state == "partial"
