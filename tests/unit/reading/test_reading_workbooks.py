"""Workbooks: what stands in them is read at its address, and what lies is refused or marked."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest
import xlwt

from ingestion.reading.bounds import BOUNDS, Bounds
from ingestion.reading.documents import read_document
from ingestion.reading.grid import Document, FileRefused, Sheet, Span
from tests.unit.reading.workbooks import MAIN, packed, parts, workbook

ONE_ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'


def read(content: bytes, name: str = "b.xlsx", bounds: Bounds = BOUNDS) -> Document:
    return read_document(content, name, bounds)


def refusal(content: bytes, bounds: Bounds = BOUNDS) -> str:
    with pytest.raises(FileRefused) as refused:
        read_document(content, "b.xlsx", bounds)
    assert refused.value.message_vi.endswith((".", "!"))
    return refused.value.code


def only_sheet(content: bytes) -> Sheet:
    (sheet,) = read(content).sheets
    return sheet


def codes(document: Document) -> list[str]:
    return [remark.code for remark in document.remarks]


def cell(sheet: Sheet, row: int, column: int) -> Any:
    return sheet.values[row - sheet.first_row][column - sheet.first_column]


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rich_book() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Biểu 60"
    sheet["C3"] = "Thu nội địa"
    sheet["D3"] = 4_200_000
    sheet["E3"] = 12.5
    sheet["C4"] = date(2021, 1, 2)
    sheet["D4"] = datetime(2021, 1, 2, 3, 4, 5)  # noqa: DTZ001 - as cells are
    sheet["E4"] = time(12, 30)
    sheet["F4"] = timedelta(hours=30)
    sheet["E5"] = True
    sheet["F5"] = 0.12
    sheet["E6"] = "1.234"
    sheet["F6"] = "  dòng\nhai  "
    sheet["C10"] = "gộp"
    sheet.merge_cells("C10:E11")
    sheet["B12"] = -1
    sheet["AB14"] = 0
    return book


def test_reads_what_openpyxl_reads_at_the_same_addresses() -> None:
    content = saved(rich_book())
    sheet = only_sheet(content)
    other = openpyxl.load_workbook(io.BytesIO(content))["Biểu 60"]
    for row in range(1, 20):
        for column in range(1, 35):
            inside = sheet.first_row <= row < sheet.first_row + len(
                sheet.values
            ) and sheet.first_column <= column < sheet.first_column + len(sheet.values[0])
            expected = other.cell(row, column).value
            if isinstance(expected, datetime) and row == 4 and column == 3:
                expected = expected.date()
            assert (cell(sheet, row, column) if inside else None) == expected, (row, column)
    assert sheet.address(14, 28) == "AB14"
    assert sheet.merged == (Span(10, 3, 11, 5),)
    assert type(cell(sheet, 3, 4)) is int
    assert sheet.problems == {}


def test_says_which_rows_and_columns_nobody_sees() -> None:
    book = rich_book()
    sheet = book["Biểu 60"]
    sheet.row_dimensions[5].hidden = True
    sheet.column_dimensions.group("D", "E", hidden=True)
    read_back = only_sheet(saved(book))
    assert read_back.hidden_rows == {5}
    assert read_back.hidden_columns == {4, 5}


def test_reads_hidden_sheets_and_says_so() -> None:
    book = rich_book()
    book.create_sheet("ẩn").sheet_state = "hidden"
    book.create_sheet("rất ẩn").sheet_state = "veryHidden"
    book["rất ẩn"]["A1"] = 5
    document = read(saved(book))
    assert [sheet.visibility for sheet in document.sheets] == ["visible", "hidden", "very_hidden"]
    assert codes(document) == ["hidden_sheet", "hidden_sheet"]
    assert document.sheets[2].values == [[5]]


def test_passes_over_chart_sheets() -> None:
    book = rich_book()
    book.create_chartsheet("Đồ thị")
    assert [sheet.name for sheet in read(saved(book)).sheets] == ["Biểu 60"]


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ('<c r="B2"><f>1+2</f></c>', "formula_without_value"),
        ('<c r="B2"><f>1+2</f><v></v></c>', "formula_without_value"),
        ('<c r="B2" s="1"><f>SUM(A1:A2)</f><v/></c>', "formula_without_value"),
        ('<c r="B2"><f t="shared" si="0"/></c>', "formula_without_value"),
        ('<c r="B2" t="str"><f>1</f></c>', "formula_without_value"),
        ('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "error_value"),
        ('<c r="B2" t="e"><v>#REF!</v></c>', "error_value"),
        ("<c t='e' r='B2'><v>#N/A</v></c>", "error_value"),
        ('<c r="B2"><v>NaN</v></c>', "error_value"),
        ('<c r="B2"><v>1e400</v></c>', "error_value"),
        ('<c r="B2"><v>1234567890123456</v></c>', "oversized_number"),
        ('<c r="B2"><v>1.2345678901234568E+19</v></c>', "oversized_number"),
        ('<c r="B2" t="str"><v>' + "x" * 9000 + "</v></c>", "truncated"),
    ],
)
def test_marks_cells_in_doubt(cells: str, problem: str) -> None:
    sheet = only_sheet(workbook(f'<row r="2">{cells}</row>'))
    assert sheet.problems == {(2, 2): problem}
    assert (sheet.first_row, sheet.first_column, len(sheet.values)) == (2, 2, 1)


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ('<c r="B2" t="str"><f>IF(1,"","")</f><v></v></c>', None),
        ('<c r="B2"><f>1+2</f><v>3</v></c>', 3),
        ('<c r="B2"><v>123456789012345</v></c>', 123_456_789_012_345),
        ('<c r="B2"><v>0.1</v></c>', 0.1),
        (
            '<c r="B2" t="inlineStr"><is><t>12.345.678.901.234.567</t></is></c>',
            "12.345.678.901.234.567",
        ),
        ('<c r="B2"><v>1<!-- x -->2</v></c>', 12),
        ('<c r="B2"><v><![CDATA[5]]></v></c>', 5),
    ],
)
def test_keeps_cells_beyond_doubt(cells: str, value: object) -> None:
    sheet = only_sheet(workbook(f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{cells}</row>'))
    assert sheet.problems == {}
    assert (cell(sheet, 2, 2) if len(sheet.values) > 1 else None) == value


def test_an_error_beyond_the_last_value_is_not_lost() -> None:
    cells = (
        '<row r="3"><c r="C3"><v>1</v></c></row>'
        '<row r="1"><c r="B1" t="e"><v>#REF!</v></c></row>'
        '<row r="5"><c r="E5" t="e"><v>#REF!</v></c></row>'
    )
    sheet = only_sheet(workbook(cells))
    assert sheet.problems == {(1, 2): "error_value", (5, 5): "error_value"}
    assert (sheet.first_row, sheet.first_column) == (1, 2)
    assert cell(sheet, 3, 3) == 1
    assert {len(row) for row in sheet.values} == {4}
    assert len(sheet.values) == 5


@pytest.mark.parametrize(("flag", "day"), [("", date(2020, 6, 18)), ("1", date(2024, 6, 19))])
def test_counts_days_from_the_epoch_of_the_file(flag: str, day: date) -> None:
    content = workbook(
        '<row r="1"><c r="A1" s="1"><v>44000</v></c></row>',
        workbook=f'<workbookPr date1904="{flag}"/>' if flag else "",
    )
    assert only_sheet(content).values == [[day]]


def test_reads_prefixed_namespaces() -> None:
    made = parts("")
    made["xl/worksheets/sheet1.xml"] = (
        f'<x:worksheet {MAIN.replace("xmlns", "xmlns:x")}><x:cols><x:col min="2" max="2" '
        'hidden="1"/></x:cols><x:sheetData><x:row r="2" hidden="true"><x:c r="A2"><x:v>7</x:v>'
        '</x:c><x:c r="B2" t="e"><x:v>#N/A</x:v></x:c><x:c r="C2"><x:f>1</x:f></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    ).encode()
    sheet = only_sheet(packed(made))
    assert sheet.values[0][0] == 7
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({2}, {2})
    assert sheet.problems == {(2, 2): "error_value", (2, 3): "formula_without_value"}


def test_refuses_a_cell_that_stands_twice() -> None:
    twice = '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'
    assert refusal(workbook(twice)) == "duplicate_cells"


@pytest.mark.parametrize(
    "cells",
    [
        f'{ONE_ROW}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1048576"><v>1</v></c><c r="E2"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>',
        '<row r="1"><c r="A1048577"><v>1</v></c></row>',
    ],
)
def test_refuses_values_that_lie_worlds_apart(cells: str) -> None:
    assert refusal(workbook(cells)) in ("too_many_cells", "broken_workbook")


def test_does_not_believe_the_declared_dimension() -> None:
    made = parts(f'<dimension ref="A1:XFD1048576"/><sheetData>{ONE_ROW}</sheetData>')
    assert only_sheet(packed(made)).values == [[1]]


def test_refuses_millions_of_cells() -> None:
    bounds = Bounds(cells=50)
    rows = "".join(
        f'<row r="{r}"><c r="A{r}" t="str"><v>x</v></c><c r="B{r}"/></row>' for r in range(1, 52)
    )
    assert refusal(workbook(rows), bounds) == "too_many_cells"


def test_bounds_merged_ranges_to_what_is_there() -> None:
    made = parts(
        f"<sheetData>{ONE_ROW}</sheetData><mergeCells>"
        '<mergeCell ref="A1:XFD1048576"/><mergeCell ref="C9:D9"/></mergeCells>'
    )
    assert only_sheet(packed(made)).merged == (Span(1, 1, 1, 1),)
    many = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(1, 6))
    made = parts(f"<sheetData>{ONE_ROW}</sheetData><mergeCells>{many}</mergeCells>")
    assert refusal(packed(made), Bounds(merged=4)) == "too_many_merged"


def test_refuses_a_bomb_before_it_goes_off() -> None:
    made = parts(f"<sheetData>{ONE_ROW}</sheetData>")
    made["xl/worksheets/sheet1.xml"] += b" " * (60 << 20)
    bomb = packed(made, level=9)
    assert len(bomb) < 100_000
    assert refusal(bomb) == "zip_bomb"


def test_refuses_a_bomb_that_lies_about_its_size() -> None:
    made = parts(f"<sheetData>{ONE_ROW}</sheetData>")
    made["xl/worksheets/sheet1.xml"] += b" " * (60 << 20)
    bomb = bytearray(packed(made, level=9))
    with zipfile.ZipFile(io.BytesIO(bytes(bomb))) as file:
        size = file.getinfo("xl/worksheets/sheet1.xml").file_size
    honest = size.to_bytes(4, "little")
    assert bomb.count(honest) >= 2
    lying = bytes(bomb).replace(honest, (1000).to_bytes(4, "little"))
    assert refusal(lying) == "zip_bomb"


def test_never_inflates_what_nobody_reads() -> None:
    made = parts(f"<sheetData>{ONE_ROW}</sheetData>")
    made["xl/media/image1.png"] = bytes(100 << 20)
    assert only_sheet(packed(made)).values == [[1]]


def test_refuses_too_many_parts_and_parts_of_one_name() -> None:
    made = parts(f"<sheetData>{ONE_ROW}</sheetData>")
    assert refusal(packed(made | {f"x/{n}": b"" for n in range(2100)})) == "too_many_parts"
    assert refusal(packed(made | {"XL\\Workbook.xml": b"<a/>"})) == "duplicate_parts"


def test_refuses_archives_that_are_no_workbook() -> None:
    inner = packed(parts(f"<sheetData>{ONE_ROW}</sheetData>"))
    assert refusal(packed({"a.xlsx": inner})) == "nested_archive"
    assert refusal(packed({"word/document.xml": b"<a/>"})) == "word_document"
    assert refusal(packed({"xl/workbook.bin": b""})) == "xlsb"
    assert refusal(packed({"mimetype": b"", "content.xml": b""})) == "ods"
    assert refusal(packed({})) == "nested_archive"


def test_refuses_too_many_strings_true_or_declared() -> None:
    declared = f'<sst {MAIN} count="4294967295" uniqueCount="4294967295"><si><t>a</t></si></sst>'
    assert refusal(workbook(ONE_ROW, strings=declared)) == "too_many_strings"
    many = f"<sst {MAIN}>" + "<si><t/></si>" * 51 + "</sst>"
    assert refusal(workbook(ONE_ROW, strings=many), Bounds(shared_strings=50)) == "too_many_strings"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>',
        f'<!DOCTYPE a [<!ENTITY b "{"b" * 10_000}">]>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">',
    ],
)
@pytest.mark.parametrize(
    "part",
    [
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "[Content_Types].xml",
        "xl/styles.xml",
    ],
)
def test_refuses_entities_and_dtds_everywhere(part: str, doctype: str) -> None:
    made = parts(f"<sheetData>{ONE_ROW}</sheetData>")
    body = made[part].removeprefix(b'<?xml version="1.0" encoding="UTF-8"?>')
    made[part] = doctype.encode() + body
    assert refusal(packed(made)) == "xml_entities"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_refuses_parts_in_other_encodings(encoding: str) -> None:
    made = parts(f"<sheetData>{ONE_ROW}</sheetData>")
    made["xl/worksheets/sheet1.xml"] = made["xl/worksheets/sheet1.xml"].decode().encode(encoding)
    assert refusal(packed(made)) == "xml_encoding"
    made["xl/worksheets/sheet1.xml"] = b'<?xml version="1.0" encoding="utf-7"?><a/>'
    assert refusal(packed(made)) == "xml_encoding"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("xl/vbaProject.bin", b"x", "macros_ignored"),
        ("xl/externalLinks/externalLink1.xml", b"<a/>", "external_links_ignored"),
        ("xl/connections.xml", b"<a/>", "connections_ignored"),
        ("xl/embeddings/oleObject1.bin", b"x", "embedded_ignored"),
        ("_xmlsignatures/sig1.xml", b"<a/>", "signature_not_checked"),
    ],
)
def test_says_what_it_does_not_open(name: str, content: bytes, code: str) -> None:
    made = parts(f"<sheetData>{ONE_ROW}</sheetData>") | {name: content}
    document = read(packed(made))
    assert codes(document) == [code]
    assert document.sheets[0].values == [[1]]


def test_says_that_it_does_not_follow_dde() -> None:
    made = parts(f"<sheetData>{ONE_ROW}</sheetData>")
    made["xl/externalLinks/externalLink1.xml"] = b'<externalLink><ddeLink ddeService="cmd"/></a>'
    assert codes(read(packed(made))) == ["external_links_ignored", "dde_ignored"]


def test_sees_macros_in_a_renamed_workbook_by_their_type() -> None:
    made = parts(f"<sheetData>{ONE_ROW}</sheetData>")
    made["[Content_Types].xml"] = made["[Content_Types].xml"].replace(
        b"</Types>",
        b'<Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.sheet.'
        b'macroEnabled.main+xml"/></Types>',
    )
    assert codes(read(packed(made))) == ["macros_ignored"]


def test_refuses_workbooks_cut_short_at_any_place() -> None:
    whole = saved(rich_book())
    for length in (1, 3, 4, 30, len(whole) // 2, len(whole) - 1):
        assert refusal(whole[:length]) in (
            "truncated_file",
            "unknown_kind",
            "not_a_table",
            "header_only",
        )


def test_refuses_flipped_bytes_in_a_sheet() -> None:
    content = bytearray(saved(rich_book()))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as file:
        at = file.getinfo("xl/worksheets/sheet1.xml").header_offset + 120
    content[at] ^= 0xFF
    assert refusal(bytes(content)) in ("truncated_file", "zip_bomb")


def test_refuses_encrypted_parts() -> None:
    content = bytearray(workbook(ONE_ROW))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(sign)
        content[at + offset] |= 1
    assert refusal(bytes(content)) == "password"


SHOWN = [
    ("0%", 0.12, 12),
    ("0.00%", 0.9805, 98.05),
    ('#,##0.0" %"', 0.5, 0.5),
    ("#,##0", 1_234_567, 1_234_567),
    ("#,##0,", 1_234_567, 1234.567),
    ("#,##0.0,,", 1_500_000, 1.5),
    ('_(* #,##0_);_(* \\(#,##0\\);_(* "-"??_)', 5000, 5000),
    ("[$-42A]#,##0,;[Red]-#,##0,", -5000, -5),
    ("General", 0.1, 0.1),
]


@pytest.mark.parametrize(("code", "stored", "shown"), SHOWN)
def test_reads_numbers_as_people_see_them(code: str, stored: float, shown: float) -> None:
    """A unit stands above the shown number: ``#,##0,`` shows thousands, ``0%`` hundredths."""
    book = openpyxl.Workbook()
    book.active["B2"] = stored
    book.active["B2"].number_format = code
    old = xlwt.Workbook()
    style = xlwt.easyxf(num_format_str=code)
    for column in (1, 2):  # two beside each other may share a record
        old.add_sheet(f"{column}").write(1, 1, stored, style)
        old.get_sheet(column - 1).write(1, 2, stored, style)
    for content, cells in ((saved(book), 1), (saved_old(old), 2)):
        document = read(content)
        assert document.sheets[0].values == [[shown] * cells]
        said = any(code == "scaled_display" for code in codes(document))
        assert said == (abs(shown) < abs(stored))


# --- BIFF ---------------------------------------------------------------------------------------


def old_book() -> xlwt.Workbook:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Biểu 60")
    sheet.write(2, 2, "Thu nội địa")
    sheet.write(2, 3, 4_200_000)
    sheet.write(3, 3, 1.5)
    sheet.write_merge(5, 6, 2, 4, "gộp")
    sheet.write(9, 2, date(2021, 1, 2), xlwt.easyxf(num_format_str="DD/MM/YYYY"))
    sheet.write(10, 2, True)
    sheet.row(3).hidden = True
    sheet.col(3).hidden = True
    return book


def saved_old(book: xlwt.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_reads_old_workbooks() -> None:
    document = read(saved_old(old_book()), "b.xls")
    (sheet,) = document.sheets
    assert (document.kind, document.remarks) == ("xls", [])
    assert (sheet.name, sheet.address(sheet.first_row, sheet.first_column)) == ("Biểu 60", "C3")
    assert cell(sheet, 3, 3) == "Thu nội địa"
    assert cell(sheet, 3, 4) == 4_200_000
    assert type(cell(sheet, 3, 4)) is int
    assert cell(sheet, 4, 4) == 1.5
    assert cell(sheet, 10, 3) == date(2021, 1, 2)
    assert cell(sheet, 11, 3) is True
    assert sheet.merged == (Span(6, 3, 7, 5),) or sheet.merged == (Span(6, 3, 7, 4),)
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({4}, {4})


def test_marks_cells_in_doubt_of_old_workbooks() -> None:
    book = old_book()
    sheet = book.get_sheet(0)
    sheet.write(20, 1, xlwt.Formula("1+2"))
    sheet.row(21).set_cell_error(1, 0x2A)
    sheet.write(22, 1, 1234567890123456)
    (read_back,) = read(saved_old(book), "b.xls").sheets
    assert read_back.problems == {
        (21, 2): "formula_without_value",
        (22, 2): "error_value",
        (23, 2): "oversized_number",
    }


def test_refuses_old_workbooks_cut_short() -> None:
    whole = saved_old(old_book())
    for length in (8, 100, 600, len(whole) // 2):
        assert refusal(whole[:length]) == "truncated_file"


def test_refuses_loops_in_the_sectors_of_old_workbooks() -> None:
    content = bytearray(saved_old(old_book()))
    table = (int.from_bytes(content[76:80], "little") + 1) * 512
    for sector in range(60):
        content[table + 4 * sector : table + 4 * sector + 4] = (0).to_bytes(4, "little")
    assert refusal(bytes(content)) == "truncated_file"


def test_reads_no_workbook_with_a_password() -> None:
    content = saved_old(old_book())
    encrypted = content.replace(
        "Workbook".encode("utf-16-le") + bytes(48),
        "EncryptedPackage".encode("utf-16-le") + bytes(32),
    )
    at = encrypted.find("EncryptedPackage".encode("utf-16-le"))
    encrypted = encrypted[: at + 64] + (34).to_bytes(2, "little") + encrypted[at + 66 :]
    assert refusal(encrypted) == "password"
