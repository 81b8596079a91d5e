"""Files of every kind, opened again by readers of the tests' own."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import unicodedata
from decimal import Decimal

import openpyxl
import pdfplumber
import pypdfium2
import pytest

from sandbox.budget.filling import Subject, fill
from sandbox.budget.forms import form_of
from sandbox.budget.numerals import rounded, written
from sandbox.budget.render import Order, render
from sandbox.budget.styles import FILE_KINDS, FileKind, FileStyle, words_of_styles
from sandbox.budget.writers.csv_text import with_tones_apart
from tests.unit.sandbox import bare_readers as bare

READABLE: tuple[FileKind, ...] = tuple(kind for kind in FILE_KINDS if kind != "scan")


def order(
    style: FileStyle,
    *forms: str,
    year: int = 2025,
    period: tuple[str, int] = ("half_year", 1),
    version: int = 1,
) -> Order:
    kind, month = period
    level = form_of(forms[0]).level
    codes = {"province": "14", "commune": "03646", "unit": "STC"}
    return Order(
        publisher="Ủy ban nhân dân tỉnh Sơn La",
        publisher_code=codes[level],
        level=level,
        forms=forms,
        budget_year=year,
        period_type=kind,
        period_start=dt.date(year, month, 1),
        style=style,
        version=version,
    )


@pytest.mark.parametrize("kind", READABLE)
@pytest.mark.parametrize("number", range(3))
def test_answers_stand_at_their_cells(kind: FileKind, number: int) -> None:
    forms = [
        ("execution.60.province",),
        ("execution.59.province", "execution.61.province"),
        ("execution.115.commune",),
    ][number % 3]
    if kind == "xml":
        forms = forms[:1]
    style = FileStyle.drawn(kind, form_of(forms[0]).level, "test", number)
    style = dataclasses.replace(style, together=style.together or kind == "csv")

    rendered = render(order(style, *forms))

    if kind == "csv":
        cells = bare.csv_cells(rendered.content, style.encoding, style.delimiter)
    else:
        cells = bare.READERS[kind](rendered.content)
    assert len(rendered.answers) > 40
    for answer in rendered.answers:
        sheet = "" if kind == "pdf" else answer.sheet
        value = cells.get((sheet, answer.cell))
        assert bare.is_same(value, answer.text), (answer, value)


def test_answers_are_the_figures_and_nothing_read_back() -> None:
    form = form_of("settlement.62.province")
    filled = fill(form, Subject("14", "province", 2024, "year", dt.date(2024, 1, 1), 7))
    style = dataclasses.replace(FileStyle(), numbers="text_dots")

    answers = render(order(style, form.key, year=2024, period=("year", 1))).answers

    expected = [
        (row.label, column.measure, rounded(cell / 1_000_000, 0) * 1_000_000)
        for row, cells in zip(filled.rows, filled.cells, strict=True)
        for column, cell in zip(form.columns, cells, strict=True)
        if column.kind == "amount" and not isinstance(cell, str | None)
    ]
    amounts = [each for each in answers if each.unit_code == "vnd"]
    assert [(each.row_label, each.measure_code, each.value) for each in amounts] == expected


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_the_same_order_gives_the_same_bytes(kind: FileKind) -> None:
    style = FileStyle.drawn(kind, "province", 3)
    wanted = order(style, "execution.59.province")

    assert render(wanted).content == render(wanted).content


def test_a_scan_has_pictures_and_no_text() -> None:
    rendered = render(order(FileStyle(kind="scan", numbers="text_dots"), "execution.60.province"))

    document = pypdfium2.PdfDocument(rendered.content)
    texts = [page.get_textpage().get_text_range() for page in document]
    assert len(texts) >= 1
    assert "".join(texts).strip() == ""
    assert rendered.expected_states == ("needs_confirmation",)


def test_long_pdf_tables_go_on_with_their_header() -> None:
    style = FileStyle(kind="pdf", numbers="text_dots")
    rendered = render(order(style, "decided.55.province", year=2026, period=("year", 1)))

    with pdfplumber.open(io.BytesIO(rendered.content)) as document:
        tables = [page.extract_tables() for page in document.pages]
    first = [page[0][0] for page in tables if page]
    assert len(first) > 1
    assert first[0] == first[1]
    assert {answer.cell.split()[1] for answer in rendered.answers} == {"1", "2"}


@pytest.mark.parametrize("kind", ["xlsx", "csv", "pdf", "xml", "html_as_xls"])
def test_every_file_says_that_it_is_simulated(kind: FileKind) -> None:
    content = render(
        order(FileStyle(kind=kind, numbers="text_dots"), "execution.60.province")
    ).content
    if kind == "xlsx":
        text = " ".join(map(str, bare.xlsx_cells(content).values()))
    elif kind == "pdf":
        with pdfplumber.open(io.BytesIO(content)) as document:
            text = " ".join(page.extract_text() for page in document.pages)
    else:
        text = content.decode("utf-8-sig")

    assert words_of_styles()["synthetic"] in text


def test_headers_are_merged_over_their_columns() -> None:
    rendered = render(order(FileStyle(), "execution.60.province"))

    sheet = openpyxl.load_workbook(io.BytesIO(rendered.content)).active
    ranges = {str(each) for each in sheet.merged_cells.ranges}
    assert {"C4:D4", "F4:H4", "A4:A5", "E4:E5"} <= ranges


def test_sums_may_be_formulas_that_keep_their_value() -> None:
    style = dataclasses.replace(FileStyle(), formulas=True, zero_as="0")
    rendered = render(order(style, "settlement.62.province", year=2024, period=("year", 1)))

    formulas = openpyxl.load_workbook(io.BytesIO(rendered.content)).active
    values = bare.xlsx_cells(rendered.content)
    made = [c for row in formulas.iter_rows() for c in row if str(c.value).startswith("=")]
    assert len(made) > 5
    for cell in made:
        parts = str(cell.value)[1:].split("+")
        total = sum(values[formulas.title, part] for part in parts)
        assert values[formulas.title, cell.coordinate] == total


def test_code_page_1258_keeps_every_vietnamese_letter() -> None:
    text = "Dự toán thu ngân sách: thuế sử dụng đất, kỳ, quỹ, ệ ễ ằ ữ ợ Ậ Ỹ Ẵ"

    content = with_tones_apart(text).encode("cp1258")
    assert unicodedata.normalize("NFC", content.decode("cp1258")) == text


def test_reordered_columns_keep_label_and_answer_together() -> None:
    plain = render(order(FileStyle(numbered=False), "execution.60.province"))
    turned = render(order(FileStyle(numbered=False, reordered=True), "execution.60.province"))

    def by_label(rendered: object) -> dict[tuple[str, str], object]:
        return {
            (each.row_label, each.measure_code): each.value
            for each in rendered.answers  # type: ignore[attr-defined]
        }

    assert by_label(plain) == by_label(turned)
    assert [a.cell for a in plain.answers] != [a.cell for a in turned.answers] or (
        plain.answers[0].measure_code != turned.answers[0].measure_code
    )


def test_a_correction_is_another_file() -> None:
    first = render(order(FileStyle(), "execution.60.province"))
    second = render(order(FileStyle(), "execution.60.province", version=2))

    assert first.content != second.content
    assert second.file_name.endswith("-v2.xlsx")


def test_numbers_that_nothing_decides_may_be_refused() -> None:
    style = FileStyle(kind="csv", unit_factor=1_000_000_000, decimals=3, numbers="text_dots")
    rendered = render(order(style, "execution.115.commune"))

    undecided = [a for a in rendered.answers if a.expect == "right_or_refused"]
    assert undecided
    assert all(a.text.count(",") == 1 and len(a.text.rpartition(",")[2]) == 3 for a in undecided)
    assert rendered.expected_states == ("read", "partly_read")


def test_an_xml_holds_one_form() -> None:
    style = FileStyle(kind="xml", numbers="text_plain")
    with pytest.raises(ValueError, match="holds one sheet"):
        render(order(style, "execution.59.province", "execution.60.province"))


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ("text_dots", "-1.234.567,50"),
        ("text_commas", "-1,234,567.50"),
        ("text_spaces", "-1 234 567,50"),
        ("text_plain", "-1234567.50"),
    ],
)
def test_numbers_are_written_as_offices_write_them(numbers: str, text: str) -> None:
    assert written(Decimal("-1234567.5"), 2, numbers) == text
