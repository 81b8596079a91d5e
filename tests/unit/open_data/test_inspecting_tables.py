"""What a published file is and what is wrong with its table: good and bad ones of each kind."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt

from ingestion.sources.open_data_portal.inspecting.job import inspect_published
from sandbox.budget.legacy_fonts import to_tcvn3

GOOD = "Mã xã,Tên xã,Dân số\n03646,Tô Hiệu,48210\n03664,Chiềng An,17355\n03670,Chiềng Cơi,20871\n"
ROWS = [line.split(",") for line in GOOD.splitlines()]


def inspect(content: bytes | str, format_text: str = "CSV", **options: Any) -> dict[str, Any]:
    raw = content.encode() if isinstance(content, str) else content
    return inspect_published(raw, "tep", {"format_text": format_text, **options})


def zipped(*names: str, mimetype: bytes = b"") -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, b"<x/>")
    return raw.getvalue()


def workbook(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Trang {number}")
        for row in rows:
            sheet.append(row)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def old_workbook(rows: list[list[Any]]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Trang 1")
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def open_document(rows: list[list[str]]) -> bytes:
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    cells = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            f"<text:p>{cell}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    content = (
        f'<office:document-content xmlns:office="{urn}:office:1.0" '
        f'xmlns:table="{urn}:table:1.0" xmlns:text="{urn}:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="A">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<m/>")
    return raw.getvalue()


def columns() -> bytes:
    raw = io.BytesIO()
    pq.write_table(pa.table({"ma": ["03646", "03664"], "so": [1, 2]}), raw)
    return raw.getvalue()


RECORDS = [{"ma": "03646", "so": 1}, {"ma": "03664", "so": 2}]
GEO = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [103.9, 21.3]},
            "properties": properties,
        }
        for properties in RECORDS
    ],
}
XML = "<du_lieu><dong><ma>1</ma><so>2</so></dong><dong><ma>3</ma><so>4</so></dong></du_lieu>"
SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
TURTLE = "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<https://a.vn/1> a dcat:Dataset .\n"

FORMATS: dict[str, tuple[bytes | str, str, str | None]] = {
    # content, format, state of the table
    "csv": (GOOD.encode(), "csv", "parsed"),
    "csv by semicolons": (GOOD.replace(",", ";").encode(), "csv", "parsed"),
    "csv with decimal commas": (b"ma;gia\nA;1,5\nB;2,5\nC;3,5\n", "csv", "parsed"),
    "tsv": (GOOD.replace(",", "\t").encode(), "tsv", "parsed"),
    "json": (orjson.dumps(RECORDS), "json", "parsed"),
    "json in an envelope": (orjson.dumps({"count": 2, "items": RECORDS}), "json", "parsed"),
    "json by name": (orjson.dumps({"a": {"so": 1}, "b": {"so": 2}}), "json", "parsed"),
    "json rows": (orjson.dumps([["ma", "so"], ["a", 1], ["b", 2]]), "json", "parsed"),
    "json pretty": (orjson.dumps(RECORDS, option=orjson.OPT_INDENT_2), "json", "parsed"),
    "json lines": (b"\n".join(map(orjson.dumps, RECORDS)), "jsonl", "parsed"),
    "geojson": (orjson.dumps(GEO), "geojson", "parsed"),
    "geojson of one": (orjson.dumps(GEO["features"][0]), "geojson", "parsed"),
    "xml": (XML.encode(), "xml", "parsed"),
    "xml declared": (b'<?xml version="1.0" encoding="UTF-8"?>\n' + XML.encode(), "xml", "parsed"),
    "xml of UTF-16": (f'<?xml version="1.0"?>{XML}'.encode("utf-16"), "xml", "parsed"),
    "rdf": (
        b'<?xml version="1.0"?><!-- x --><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>',
        "rdf",
        "not_tabular",
    ),
    "turtle": (TURTLE.encode(), "rdf", "not_tabular"),
    "n-triples": (b'<http://a.vn/1> <http://a.vn/2> "x" .\n', "rdf", "not_tabular"),
    "kml": (
        b'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>a</name>'
        b"</Placemark><Placemark><name>b</name></Placemark></Document></kml>",
        "kml",
        "parsed",
    ),
    "kmz": (zipped("doc.kml"), "kml", None),
    "gpx": (b'<gpx version="1.1"><wpt lat="1" lon="2"/><wpt lat="3" lon="4"/></gpx>', "gpx", None),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image", "not_tabular"),
    "xlsx": (workbook(ROWS), "xlsx", "parsed"),
    "xls": (old_workbook(ROWS), "xls", "parsed"),
    "ods": (open_document(ROWS), "ods", "parsed"),
    "odt": (
        zipped("content.xml", mimetype=b"application/vnd.oasis.opendocument.text"),
        "unknown",
        None,
    ),
    "docx": (zipped("[Content_Types].xml", "word/document.xml"), "docx", "not_tabular"),
    "pptx": (zipped("[Content_Types].xml", "ppt/presentation.xml"), "pptx", "not_tabular"),
    "zip": (zipped("du_lieu.csv"), "zip", "not_tabular"),
    "zip of a folder xl": (zipped("xl/du_lieu.csv"), "zip", "not_tabular"),
    "parquet": (columns(), "parquet", "parsed"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "pdf", "not_tabular"),
    "rtf": (b"{\\rtf1\\ansi x}", "doc", "not_tabular"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image", "not_tabular"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "image", "not_tabular"),
    "webp": (b"RIFF\0\0\0\0WEBPVP8 ", "image", "not_tabular"),
    "html": (b"<!DOCTYPE html><html><body><h1>404</h1></body></html>", "html", "not_tabular"),
    "html without a beginning": (b"  <table><tr><td>1</td></tr></table>", "html", "not_tabular"),
    "text": (b"Day la mot van ban.\nKhong phai bang.\n", "text", "not_tabular"),
    "prose": (
        ("Căn cứ Luật Dữ liệu, Ủy ban nhân dân tỉnh công bố danh mục dữ liệu mở của tỉnh.\n" * 5)
        + "Nơi nhận, lưu\n",
        "text",
        "not_tabular",
    ),
    "unknown": (bytes(range(256)) * 20, "unknown", "unparsable"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_is_told_by_content(name: str) -> None:
    content, code, state = FORMATS[name]
    facts = inspect(content, "")
    assert facts["real_format"] == code
    assert state is None or facts["table_state"] == state
    if state == "parsed":
        assert facts["header_state"] == "present"
        assert facts["table_problem_vi"] == ""
        assert facts["row_count"] >= 1
        assert facts["personal_count"] == 0


@pytest.mark.parametrize("said", ["CSV", "XLSX", "PDF", "JSON", ""])
def test_what_is_declared_changes_nothing(said: str) -> None:
    assert inspect(workbook(ROWS), said)["real_format"] == "xlsx"
    assert inspect(GOOD, said)["real_format"] == "csv"
    assert inspect("<html><body>404</body></html>", said)["real_format"] == "html"


def test_a_table_of_one_column_is_one_where_it_is_declared() -> None:
    column = "Tên xã\nTô Hiệu\nChiềng An\n"
    assert inspect(column, "csv")["real_format"] == "csv"
    assert inspect(column, "TXT")["real_format"] == "text"


ENCODINGS = {
    "utf-8": GOOD.encode(),
    "utf-8-sig": GOOD.encode("utf-8-sig"),
    "utf-16-le": GOOD.encode("utf-16"),
    "utf-16-be": b"\xfe\xff" + GOOD.encode("utf-16-be"),
    "cp1258": b"Ma,Ten\nA,T\xf4 Hi\xea\xf2u\nB,Chi\xea\xecng An\n",
    "tcvn3": to_tcvn3(GOOD).encode("latin-1", "replace"),
    "utf-8-broken": GOOD.encode() + "Phường ".encode() * 5 + b"\xe1\xbb,x,1\n",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_encoding_is_told(encoding: str) -> None:
    facts = inspect(ENCODINGS[encoding])
    assert facts["encoding"] == encoding
    assert facts["real_format"] == "csv"


def test_vni_is_told() -> None:
    text = "Ten,Noi\n" + "Uûy ban nhaân daân,tænh Sôn La\nTröôøng hoïc,huyeän Mai Sôn\n" * 3
    assert inspect(text.encode("latin-1"))["encoding"] == "vni"


def test_broken_letters_are_told_with_their_line() -> None:
    facts = inspect(ENCODINGS["utf-8-broken"])
    assert (facts["table_state"], "dòng 5" in facts["table_problem_vi"]) == ("unparsable", True)


BAD: dict[str, tuple[bytes | str, str, str, str]] = {
    # content, state, state of the header, words of the sentence
    "no byte": (b"", "empty", "", "0 byte"),
    "blank": (" \n\n", "empty", "", "rỗng"),
    "header only": ("Mã xã,Tên xã,Dân số\n", "empty", "present", "chỉ có dòng tiêu đề"),
    "no row in json": (b"[]", "empty", "missing", "không có dòng nào"),
    "rows first": (
        "03646,Tô Hiệu,48210\n03664,Chiềng An,17355\n03670,Chiềng Cơi,20871\n03679,Sinh,1\n",
        "no_header",
        "missing",
        "dòng 1",
    ),
    "texts first": (
        "Tô Hiệu,Phường,đô thị\nChiềng An,Phường,đô thị\nMường Bú,Xã,nông thôn\n"
        "Mường La,Xã,nông thôn\nChiềng Cơi,Phường,đô thị\n",
        "no_header",
        "missing",
        "thiếu dòng tiêu đề",
    ),
    "a date first": ("a,01/02/2026\nb,02/02/2026\n", "no_header", "missing", "dòng 1"),
    "title above": ("BÁO CÁO DÂN SỐ,,\n" + GOOD, "no_header", "title_above", "tên bảng"),
    "a name missing": (GOOD.replace("Tên xã", ""), "no_header", "blank_names", "dòng 1, cột 2"),
    "twice a name": (
        GOOD.replace("Tên xã", "Mã xã"),
        "duplicate_header",
        "duplicate_names",
        "dòng 1, cột 2",
    ),
    "a row too short": (GOOD + "03679,Sinh\n", "ragged", "present", "dòng 5"),
    "a row too long": (GOOD + "03679,Sinh,1,2\n", "ragged", "present", "dòng 5"),
    "zero byte": (GOOD + "a,\0b,1\n", "unparsable", "", "dòng 5"),
    "quote open": (GOOD + '"a,b,1\nc,d,2\n', "unparsable", "", "dòng 5"),
    "quotes that swallow rows": (GOOD + '"x\na,b,1\nc",d,2\n', "unparsable", "", "nháy kép"),
    "mixed delimiters": (GOOD + "a;b;1\n", "unparsable", "", "dấu phân cách"),
    "one huge line": ("a,b\n" + "x" * 300_000 + ",1\n", "unparsable", "", "dài hơn"),
    "thousands of columns": ("a,b\n1,2\n" + "1," * 3000 + "1\n", "unparsable", "", "1024 cột"),
    "json cut": (b'[{"a": 1}, {"a"', "unparsable", "", "dòng 1"),
    "json with a key twice": (b'[{"a": 1, "a": 2}]', "unparsable", "", "khóa lặp lại"),
    "json with NaN": (b'[{"a": NaN}]', "unparsable", "", "NaN"),
    "json with Infinity": (b'[{"a": -Infinity}]', "unparsable", "", "Infinity"),
    "json of a million brackets": (b"[" * 1_000_000, "unparsable", "", "quá sâu"),
    "json of deep objects": (
        b'[{"a":' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}]",
        "unparsable",
        "",
        "quá sâu",
    ),
    "json with a huge number": (b'[{"a": ' + b"9" * 5000 + b"}]", "unparsable", "", "số dài"),
    "json lines, one broken": (b'{"a": 1}\n{"a": 2\n{"a": 3}\n', "unparsable", "", "dòng 2"),
    "json of 2000 keys": (
        orjson.dumps([{f"k{n}": n for n in range(2000)}]),
        "unparsable",
        "",
        "2000 khóa",
    ),
    "xml cut": (b"<a><b>1</b>", "unparsable", "", "dòng 1"),
    "xml with an entity": (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><b>&x;</b></a>',
        "unparsable",
        "",
        "thực thể",
    ),
    "xml of laughs": (
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>',
        "unparsable",
        "",
        "thực thể",
    ),
    "xml too deep": (b"<a>" * 400 + b"</a>" * 400, "unparsable", "", ""),
    "workbook cut": (workbook(ROWS)[:3000], "unparsable", "", "hỏng"),
    "workbook without its list of sheets": (
        zipped("[Content_Types].xml", "xl/worksheets/sheet1.xml"),
        "unparsable",
        "",
        "xl/workbook.xml",
    ),
    "workbook without sheets": (workbook([]), "empty", "missing", "không có dòng nào"),
    "workbook with a title": (
        workbook([["DANH SÁCH"], *ROWS]),
        "no_header",
        "title_above",
        "tên bảng",
    ),
    "workbook with a name missing": (
        workbook([["Mã", None, "Số"], *ROWS[1:]]),
        "no_header",
        "blank_names",
        "ô B1",
    ),
    "second sheet bad": (
        workbook(ROWS, [["Mã", "Mã"], ["a", "b"]]),
        "duplicate_header",
        "duplicate_names",
        "trang “Trang 2”, ô B1",
    ),
    "old workbook, rows first": (
        old_workbook([[1, "a"], [2, "b"], [3, "c"], [4, "d"]]),
        "no_header",
        "missing",
        "dòng 1",
    ),
    "parquet cut": (columns()[:-8], "unparsable", "", "thiếu phần cuối"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_table_is_told_with_its_place(name: str) -> None:
    content, state, header, words = BAD[name]
    facts = inspect(content)
    assert facts["table_state"] == state
    assert (facts["header_state"] or "") == header
    assert words in facts["table_problem_vi"]
    assert facts["table_problem_vi"].rstrip().endswith(".")
    assert facts["table_error_count"] >= 1


GOOD_TABLES = {
    "years as names": "Chỉ tiêu,2023,2024,2025\nLúa,1,2,3\nNgô,4,5,6\nSắn,7,8,9\n",
    "months as names": "Chỉ tiêu,1,2,3,4\nLúa,1,2,3,4\nNgô,4,5,6,7\nSắn,7,8,9,1\n",
    "quoted lines and commas": 'Mã,Ghi chú\nA,"Một, hai\nba"\nB,"Bốn"\nC,x\n',
    "empty cells": "Mã,Ghi chú,Số\nA,,1\nB,,2\nC,,3\n",
    "a blank line at the end": GOOD + "\n\n",
    "one row": "Mã,Tên\nA,Tô Hiệu\n",
    "windows lines": GOOD.replace("\n", "\r\n"),
    "a thousand rows": "Mã,Số\n" + "".join(f"M{n},{n * 7}\n" for n in range(1000)),
    "same texts in a column": "Loại,Tên\nXã,a\nXã,b\nXã,c\nPhường,d\n",
}


@pytest.mark.parametrize("name", GOOD_TABLES)
def test_a_good_table_stays_one(name: str) -> None:
    facts = inspect(GOOD_TABLES[name])
    assert (facts["table_state"], facts["header_state"]) == ("parsed", "present")
    assert (facts["table_problem_vi"], facts["table_error_count"]) == ("", 0)


def test_bad_rows_far_down_are_found_and_counted() -> None:
    lines = ["Mã,Số", *(f"M{n},{n}" for n in range(20_000))]
    for at in (5_000, 12_000, 19_999):
        lines[at] += ",1"
    facts = inspect("\n".join(lines))
    assert (facts["table_state"], facts["table_error_count"]) == ("ragged", 3)
    assert all(f"dòng {at + 1}" in facts["table_problem_vi"] for at in (5_000, 12_000, 19_999))
    assert facts["row_count"] == 20_000


def test_cells_like_formulas_are_counted_and_left_alone() -> None:
    rows = ['=HYPERLINK("http://a")', "+cmd", "@SUM(A1)", "-1", "+84912", "-2+3"]
    table = "Ô\tSố\n" + "".join(f"{cell}\t1\n" for cell in rows)
    facts = inspect(table)
    assert (facts["table_state"], facts["formula_like_count"]) == ("parsed", 4)


SAMPLES = {
    "csv": (GOOD.encode() * 3 + b"03679,Chi\xe1\xbb", "csv", "parsed"),
    "csv of UTF-16": (GOOD.encode("utf-16")[:-5], "csv", "parsed"),
    "json": (orjson.dumps(RECORDS * 50)[:-20], "json", None),
    "json lines": (b"\n".join(map(orjson.dumps, RECORDS * 5))[:-5], "jsonl", "parsed"),
    "geojson": (orjson.dumps(GEO)[:-20], "geojson", None),
    "xml": (XML.encode()[:-20], "xml", None),
    "xlsx": (workbook(ROWS)[:2500], "xlsx", None),
    "ods": (open_document(ROWS)[:300], "ods", None),
    "docx": (zipped("[Content_Types].xml", "word/document.xml")[:-60], "docx", None),
    "zip": (zipped("a.csv", "b.csv")[:60], "zip", None),
    "parquet": (columns()[:200], "parquet", None),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_of_a_sample_only_what_it_shows_is_told(name: str) -> None:
    content, code, state = SAMPLES[name]
    facts = inspect(content, "", is_sample=True)
    assert facts["real_format"] == code
    assert facts["table_state"] in ((state,) if state else (None, "not_tabular"))
    assert facts["table_error_count"] in (0, None)


LISTS = {
    "as csv": "STT,Tên bộ dữ liệu,Mã bộ dữ liệu,Đơn vị chủ trì\n"
    "1,Dân số các xã,dan-so,Sở Nội vụ\n2,Giá đất,gia-dat,Sở Tài chính\n",
    "below titles": "DANH MỤC DỮ LIỆU MỞ,,,\n(Kèm theo Quyết định số 12),,,\n"
    "STT,Tên dữ liệu,Mã dữ liệu,Cơ quan cung cấp dữ liệu\n(1),(2),(3),(4)\n"
    "1,Dân số các xã,dan-so,Sở Nội vụ\n2,Giá đất,gia-dat,Sở Tài chính\n",
}


@pytest.mark.parametrize("name", LISTS)
def test_rows_of_a_list_are_told_by_its_header(name: str) -> None:
    facts = inspect(LISTS[name], role="list")
    assert facts["list_entries"] == [
        {"position": 1, "title": "Dân số các xã", "name": "dan-so", "publisher_name": "Sở Nội vụ"},
        {"position": 2, "title": "Giá đất", "name": "gia-dat", "publisher_name": "Sở Tài chính"},
    ]
    assert inspect(LISTS[name])["list_entries"] == []


def test_a_list_as_workbook_and_one_without_titles() -> None:
    rows = [line.split(",") for line in LISTS["as csv"].splitlines()]
    assert len(inspect(workbook(rows), role="list")["list_entries"]) == 2
    assert inspect(GOOD, role="list")["list_entries"] == []
