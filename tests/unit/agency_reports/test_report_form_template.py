"""The workbook that an office fills in, opened again."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from functools import cache

import openpyxl
import pytest
import python_calamine
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ingestion.catalogue.agencies import Agency
from ingestion.core.period import Period
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.forms import due_reports, read_forms, sections_for
from ingestion.sources.agency_reports.forms_model import Form
from ingestion.sources.agency_reports.identity import FormId, FormKey, parse
from ingestion.sources.agency_reports.plan_tasks import read_plan_tasks
from ingestion.sources.agency_reports.template import NoVersion, layout_of, write_template
from ingestion.sources.agency_reports.template.asking import LONGEST_TEXT
from ingestion.sources.agency_reports.template.wording import read_wording

KEY = FormKey("an example of a form key")
WORDS = read_wording()
SHEETS = (WORDS.report_sheet, WORDS.guidance_sheet)
PREVIOUS = {
    "CV-01.approved_in_force.denominator": "1240",
    "TC-02.by_value.denominator": "12345.5",
    "SO-03.assessed_on": "2025-12-05",
    "SO-03.evidence": "=1+1",
    "BM-01.confirmed.value": "1",
    "PL2.I.1.status": "done",
    "PL2.I.1.completed_on": "2026-06-12",
    "PL2.I.1.evidence": "of no interest here",
    "TC-02.by_count.numerator": "no number",
}


def unit(key: int) -> Agency:
    return next(unit for unit in all_agencies() if unit.key == key)


def asked_of(key: int, period: str) -> list[tuple[Form, Agency, Period]]:
    agency, asked = unit(key), Period.parse(period)
    return [(report.form, agency, asked) for report in due_reports(agency, asked)]


EVERY_FORM = [
    case
    for key, period in (
        (119, "2026-Q3"),
        (119, "2026"),
        (103, "2026-Q1"),
        (103, "2027"),
        (120, "2026-12"),
        (122, "2028"),
        (201, "2026"),
        (409, "2023-Q4"),
    )
    for case in asked_of(key, period)
]
WHOLE = pytest.mark.parametrize(
    ("form", "agency", "period"),
    EVERY_FORM,
    ids=[f"{form.code}-{agency.code}-{period}" for form, agency, period in EVERY_FORM],
)


@cache
def written(form: Form, agency: Agency, period: Period) -> bytes:
    return write_template(form, agency, period, KEY, PREVIOUS, due_on=date(2026, 10, 15))


@cache
def opened(content: bytes) -> openpyxl.Workbook:
    """Opened once: no test may change it."""
    return openpyxl.load_workbook(io.BytesIO(content))


def report(form: str, key: int, period: str) -> tuple[Worksheet, dict[str, str]]:
    """The report sheet, and the addresses of its fields."""
    found = read_forms().by_code(form)
    assert found is not None
    args = (found, unit(key), Period.parse(period))
    return opened(written(*args))[WORDS.report_sheet], layout_of(*args).field_cells


def test_the_cases_are_every_form_of_today() -> None:
    assert {form.code for form, _, _ in EVERY_FORM} == {form.code for form in read_forms().all}


@WHOLE
def test_everything_asked_stands_where_the_layout_says(
    form: Form, agency: Agency, period: Period
) -> None:
    sheet = opened(written(form, agency, period))[WORDS.report_sheet]
    layout = layout_of(form, agency, period)
    version = form.version_on(period.start)
    assert version is not None
    sections = sections_for(form, version, agency, read_plan_tasks())

    assert set(layout.field_cells) == {f.code for section in sections for f in section.fields}
    for block in layout.blocks:
        assert sheet[f"A{block.at}"].value == block.section.code
        assert block.section.title_vi in sheet[f"B{block.at}"].value
        for line in block.lines:
            assert sheet[f"{block.letter('code')}{line.at}"].value == line.row.code
            assert sheet[f"{block.letter('item')}{line.at}"].value == line.row.label_vi
            assert sheet[f"{block.letter('note')}{line.at}"].protection.locked is False
    assert all(sheet[cell].value is None for cell in layout.field_cells.values())
    assert sheet[layout.agency_cell].value == agency.name_vi
    assert sheet[layout.period_cell].value == WORDS.span(period)
    assert sheet[layout.due_cell].value == "15/10/2026"


@WHOLE
def test_the_id_says_what_it_was_made_for(form: Form, agency: Agency, period: Period) -> None:
    sheet = opened(written(form, agency, period))[WORDS.report_sheet]
    printed = sheet[layout_of(form, agency, period).form_id_cell].value
    version = form.version_on(period.start)
    assert version is not None

    expected = FormId(form.code, version.version, agency.code, agency.key, period)
    assert parse(printed, KEY) == (expected if version.has_form_id else "absent")


@WHOLE
def test_only_what_is_to_be_filled_in_is_open(form: Form, agency: Agency, period: Period) -> None:
    book = opened(written(form, agency, period))
    layout = layout_of(form, agency, period)
    sheet = book[WORDS.report_sheet]

    open_cells = {
        cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked
    }
    expected = {*layout.field_cells.values(), *layout.note_cells.values()}
    expected |= {*layout.nil_cells.values(), layout.value_status_cell}
    assert open_cells == expected
    guidance = book[WORDS.guidance_sheet]
    assert all(cell.protection.locked for row in guidance.iter_rows() for cell in row)
    assert sheet.protection.sheet
    assert guidance.protection.sheet
    assert book.security.lockStructure


@WHOLE
def test_every_cell_to_fill_in_says_what_it_takes(
    form: Form, agency: Agency, period: Period
) -> None:
    sheet = opened(written(form, agency, period))[WORDS.report_sheet]
    layout = layout_of(form, agency, period)
    rules = {
        str(rule.sqref): rule for rule in sheet.data_validations.dataValidation
    }  # one cell each

    answered = {*layout.field_cells.values(), *layout.nil_cells.values(), layout.value_status_cell}
    assert set(rules) == answered
    for rule in rules.values():
        assert rule.showErrorMessage
        assert rule.error
        assert len(rule.error) <= 225, "more is not shown by spreadsheets"
        assert len(rule.prompt or "") <= 255
        assert len(rule.promptTitle or "") <= 32
        assert len(rule.formula1) <= 255


@WHOLE
def test_nothing_is_hidden_and_nothing_is_computed(
    form: Form, agency: Agency, period: Period
) -> None:
    content = written(form, agency, period)
    book = opened(content)

    assert tuple(book.sheetnames) == SHEETS
    for sheet in book.worksheets:
        assert sheet.sheet_state == "visible"
        assert not any(row.hidden for row in sheet.row_dimensions.values())
        assert not any(column.hidden for column in sheet.column_dimensions.values())
        assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = parts.namelist()
    assert not [n for n in names if "external" in n or "vba" in n or "comment" in n]


@WHOLE
def test_it_prints_on_a4_with_its_headings(form: Form, agency: Agency, period: Period) -> None:
    for sheet in opened(written(form, agency, period)).worksheets:
        setup = sheet.page_setup
        assert (setup.orientation, setup.paperSize) == ("landscape", 9)
        assert (setup.fitToWidth, setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows
        assert sheet.print_area
    report_sheet = opened(written(form, agency, period))[WORDS.report_sheet]
    assert report_sheet.freeze_panes == "A8"
    assert report_sheet.print_title_rows == "$7:$7"


@WHOLE
def test_the_same_form_is_the_same_bytes(form: Form, agency: Agency, period: Period) -> None:
    again = write_template(form, agency, period, KEY, PREVIOUS, due_on=date(2026, 10, 15))

    assert again == written(form, agency, period)


def test_the_headings_are_bilingual() -> None:
    sheet, _ = report("BC-CCHC-Q", 119, "2026-Q3")

    assert [cell.value for cell in sheet[7]] == [
        "STT\nNo.",
        "Mã\nCode",
        "Chỉ tiêu\nIndicator",
        "ĐVT\nUnit",
        "Kỳ này\nThis period",
        "Kỳ trước (đã chấp nhận)\nPrevious period (accepted)",
        "Ghi chú\nNotes",
    ]
    assert sheet["A2"].value == "BÁO CÁO CẢI CÁCH HÀNH CHÍNH QUÝ CỦA CƠ QUAN"
    assert sheet["C5"].value == "Quý III năm 2026 (từ 01/07/2026 đến 30/09/2026)"


def test_a_grid_has_a_column_for_each_answer() -> None:
    sheet, cells = report("BC-NV-Q", 119, "2026-Q3")

    assert [str(cell.value).split("\n")[0] for cell in sheet[7]] == [
        "STT",
        "Mã",
        "Nhiệm vụ",
        "Tình trạng",
        "Ngày hoàn thành",
        "Sản phẩm, văn bản minh chứng",
        "Kỳ trước (đã chấp nhận)",
        "Ghi chú",
    ]
    rule = rule_of(sheet, cells["PL2.I.1.status"])
    expected = '"Chưa thực hiện,Đang thực hiện,Hoàn thành,Quá hạn,Dừng thực hiện"'
    assert (rule.type, rule.formula1) == ("list", expected)
    assert "Thời hạn: Thường xuyên." in rule.prompt


def rule_of(sheet: Worksheet, cell: str) -> DataValidation:
    (rule,) = [r for r in sheet.data_validations.dataValidation if str(r.sqref) == cell]
    return rule


def test_a_part_is_bounded_by_its_whole_once_that_is_filled_in() -> None:
    sheet, cells = report("BC-CCHC-Q", 119, "2026-Q3")
    whole = cells["CV-01.approved_in_force.denominator"]
    part = cells["CV-01.approved_in_force.numerator"]

    rule = rule_of(sheet, part)

    assert (rule.type, rule.operator, rule.formula1) == ("whole", "between", "0")
    assert rule.formula2 == f"IF(ISNUMBER({whole}),{whole},{10**15 - 1})"
    assert "Không lớn hơn dòng “Số cơ quan, đơn vị phải phê duyệt vị trí việc làm”." in rule.prompt
    marks = {str(r.sqref): [x.formula[0] for x in r.rules] for r in sheet.conditional_formatting}
    assert f"AND(ISNUMBER({part}),ISNUMBER({whole}),{part}>{whole})" in marks[part]


@pytest.mark.parametrize(
    ("form", "key", "period", "field", "expected"),
    [
        ("BC-CSN-N", 119, "2026", "CTX-01.par_index.value", ("decimal", "0", "100")),
        ("BC-CSN-N", 119, "2026", "CTX-01.par_index.rank", ("whole", "1", "63")),
        ("BC-TTKDTM-N", 201, "2026", "SO-02.grdp.denominator", ("decimal", "1", "999999999999999")),
        ("BC-QTDL-N", 122, "2026", "SO-03.assessed_level.value", ("list", '"1,2,3,4,5"', None)),
        ("BC-QTDL-N", 122, "2026", "SO-03.assessed_on", ("date", "36526", "73050")),
        ("BC-QTDL-N", 122, "2026", "SO-03.evidence", ("textLength", str(LONGEST_TEXT), None)),
        ("BC-BM-N", 119, "2026", "BM-01.confirmed.value", ("list", '"Có,Không"', None)),
    ],
)
def test_each_type_has_its_rule(
    form: str, key: int, period: str, field: str, expected: tuple[str, str, str | None]
) -> None:
    sheet, cells = report(form, key, period)

    rule = rule_of(sheet, cells[field])

    assert (rule.type, rule.formula1, rule.formula2) == expected


def test_a_section_that_may_be_nil_asks_for_it() -> None:
    form = read_forms().by_resource("reform_quarter")
    layout = layout_of(form, unit(119), Period.parse("2026-Q3"))
    sheet, cells = report("BC-CCHC-Q", 119, "2026-Q3")

    assert set(layout.nil_cells) == {"B"}
    nil = layout.nil_cells["B"]
    assert sheet[nil].value == WORDS.occurred
    assert rule_of(sheet, nil).formula1 == f'"{WORDS.occurred},{WORDS.nil}"'
    marks = {str(r.sqref): [x.formula[0] for x in r.rules] for r in sheet.conditional_formatting}
    assert marks[cells["TC-02.by_count.numerator"]][0].endswith(f'="{WORDS.nil}"')


@pytest.mark.parametrize(
    ("form", "key", "period", "row", "shown"),
    [
        ("BC-CCHC-Q", 119, "2026-Q3", "CV-01.approved_in_force.denominator", 1240),
        ("BC-CCHC-Q", 119, "2026-Q3", "CV-01.approved_in_force.numerator", None),
        ("BC-CCHC-Q", 119, "2026-Q3", "TC-02.by_value.denominator", 12345.5),
        ("BC-CCHC-Q", 119, "2026-Q3", "TC-02.by_count.numerator", "no number"),
        ("BC-QTDL-N", 122, "2026", "SO-03.assessed_on", datetime(2025, 12, 5)),  # noqa: DTZ001
        ("BC-QTDL-N", 122, "2026", "SO-03.evidence", "=1+1"),
        ("BC-BM-N", 119, "2026", "BM-01.confirmed.value", "Có"),
        ("BC-NV-Q", 119, "2026-Q3", "PL2.I.1", "Hoàn thành\n12/06/2026"),
    ],
)
def test_accepted_values_of_the_period_before_stand_beside(
    form: str, key: int, period: str, row: str, shown: object
) -> None:
    found = read_forms().by_code(form)
    assert found is not None
    sheet, _ = report(form, key, period)
    blocks = layout_of(found, unit(key), Period.parse(period)).blocks

    (cell,) = [
        sheet[f"{block.letter('previous')}{line.at}"]
        for block in blocks
        for line in block.lines
        if line.row.code == row
    ]
    assert cell.value == shown
    assert cell.protection.locked
    assert cell.data_type != "f"


def test_other_readers_see_the_same() -> None:
    form = read_forms().by_resource("plan_tasks_quarter")
    args = (form, unit(119), Period.parse("2026-Q3"))
    content = written(*args)
    ours = opened(content)[WORDS.report_sheet]

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    theirs = book.get_sheet_by_name(WORDS.report_sheet).to_python()

    for row, values in zip(ours.iter_rows(), theirs, strict=True):
        for cell, value in zip(row, values, strict=True):
            assert (cell.value or "") == value


def test_control_characters_of_older_reports_do_not_break_it() -> None:
    form = read_forms().by_resource("data_governance_year")
    previous = {"SO-03.evidence": "12/BC\x0b-STTTT\x00"}

    content = write_template(form, unit(122), Period.parse("2026"), KEY, previous)

    assert "12/BC -STTTT " in str(
        [c.value for r in opened(content)[SHEETS[0]].iter_rows() for c in r]
    )


def test_what_cannot_be_written_is_refused() -> None:
    tasks = read_forms().by_resource("plan_tasks_quarter")

    with pytest.raises(NoVersion, match="no version for 2025-Q3"):
        write_template(tasks, unit(119), Period.parse("2025-Q3"), KEY)
    with pytest.raises(ValueError, match="a form key is needed"):
        write_template(tasks, unit(119), Period.parse("2026-Q3"), None)


def test_an_old_form_needs_no_key_and_has_no_id() -> None:
    form = read_forms().by_resource("reform_quarter")
    content = write_template(form, unit(409), Period.parse("2023-Q4"), None)

    texts = [str(c.value) for r in opened(content)[SHEETS[0]].iter_rows() for c in r if c.value]
    assert not [text for text in texts if "Mã biểu" in text]
    assert "Huyện Mai Sơn" in texts
    assert "I" in texts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-Q2", "Quý II năm 2026"),
        ("2026-09", "Tháng 9 năm 2026"),
        ("2026-H1", "6 tháng đầu năm 2026"),
        ("2026-H2", "6 tháng cuối năm 2026"),
        ("2026", "Năm 2026"),
        ("2026-11-20", "Ngày 20/11/2026"),
    ],
)
def test_a_period_is_said_as_officers_say_it(text: str, said: str) -> None:
    assert WORDS.period(Period.parse(text)) == said
