"""CSV, HTML and XML: read right, or refused with the reason."""

from __future__ import annotations

import codecs
import unicodedata
from itertools import pairwise

import pytest

from ingestion.reading.bounds import BOUNDS, Bounds
from ingestion.reading.documents import read_document
from ingestion.reading.encodings import decode
from ingestion.reading.grid import Document, FileRefused, Sheet, Span

TABLE = "STT;Chỉ tiêu;Dự toán\nA;Thu nội địa;1.234,5\nB;Thu từ dầu thô;0\n"


def read(content: bytes | str, name: str = "b", bounds: Bounds = BOUNDS) -> Document:
    return read_document(content.encode() if isinstance(content, str) else content, name, bounds)


def refusal(content: bytes | str, bounds: Bounds = BOUNDS) -> str:
    with pytest.raises(FileRefused) as refused:
        read(content, bounds=bounds)
    assert refused.value.message_vi.endswith(".")
    assert "{" not in refused.value.message_vi
    return refused.value.code


def sheet_of(content: bytes | str) -> Sheet:
    (sheet,) = read(content).sheets
    return sheet


def codes(document: Document) -> list[str]:
    return [remark.code for remark in document.remarks]


# --- what a file is -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"   \r\n", "empty_file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "picture"),
        (b"Rar!\x1a\x07\x00", "archive"),
        (b"\x1f\x8b\x08\x00" + bytes(9), "archive"),
        (
            b"%PDF-1.4\n"
            + b"PK\x01\x02"
            + bytes(42)
            + b"PK\x05\x06"
            + bytes(8)
            + b"\x2e\0\0\0"
            + bytes(6),
            "polyglot",
        ),
        (b"GIF89a%PDF-1.4", "polyglot"),
        (b"PK\x03\x04 %PDF-1.4", "polyglot"),
        (b"\x09\x08\x10\x00\x00\x06" + bytes(20), "old_workbook"),
        (b"{\\rtf1 x}", "word_document"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "mhtml"),
        (
            b'<?xml version="1.0"?>'
            b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "spreadsheetml_2003",
        ),
        (bytes(range(256)) * 10, "unknown_kind"),
        (b"a;b\n1;\x002\n", "nul_bytes"),
        ("chỉ là một câu văn\n", "not_a_table"),
    ],
)
def test_says_why_a_file_is_not_read(content: bytes, code: str) -> None:
    assert refusal(content) == code


def test_refuses_a_file_beyond_its_size_unread() -> None:
    assert refusal(b"x" * 101, Bounds(file_bytes=100)) == "file_too_large"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bieu.csv", []),
        ("bieu.TXT", []),
        ("bieu", []),
        ("bieu.2021", []),
        ("bieu.xls", ["renamed"]),
        ("../x\\bieu.XLSX", ["renamed"]),
        ("bieu.pdf", ["renamed"]),
        ("bieu.docx", ["renamed"]),
    ],
)
def test_says_when_the_name_lies(name: str, said: list[str]) -> None:
    assert codes(read(TABLE, name)) == said


# --- encodings ----------------------------------------------------------------------------------


def as_cp1258(text: str) -> bytes:
    written = bytearray()
    for letter in text:
        shapes = unicodedata.normalize("NFD", letter)
        tones = "".join(c for c in shapes if c in "\u0300\u0301\u0303\u0309\u0323")
        base = unicodedata.normalize("NFC", "".join(c for c in shapes if c not in tones))
        written += (base + tones).encode("cp1258")
    return bytes(written)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TABLE.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TABLE.encode(), "utf-8"),
        (TABLE.encode("utf-16"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"), "utf-16-be"),
        (TABLE.encode("utf-16-le"), "utf-16-le"),
        (TABLE.encode("utf-16-be"), "utf-16-be"),
        (TABLE.encode("utf-32"), "utf-32-le"),
        (as_cp1258(TABLE), "cp1258"),
        (unicodedata.normalize("NFD", TABLE).encode(), "utf-8"),
    ],
)
def test_finds_the_encoding_by_the_bytes(content: bytes, encoding: str) -> None:
    document = read(content)
    assert document.encoding == encoding
    values = document.sheets[0].values
    assert unicodedata.normalize("NFC", str(values[1][1])) == "Thu nội địa"
    assert values[1][2] == "1.234,5"
    assert ("legacy_encoding" in codes(document)) == (encoding == "cp1258")


def test_keeps_texts_in_fonts_before_unicode_for_their_converter() -> None:
    """TCVN3 keeps its letters in the upper half of a one-byte code page."""
    content = "STT;ChØ tiªu;Dù to¸n\n1;Thu néi ®Þa;5\n".encode("latin-1")
    document = read(content)
    assert document.encoding == "cp1252"
    assert document.sheets[0].values[1][1] == "Thu néi ®Þa"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ((TABLE + "địa").encode()[:-2], "truncated_file"),
        (TABLE.encode() * 5 + b"\xff;a;b\n", "undecodable"),
        (TABLE.encode("utf-16")[:-1], "truncated_file"),
        (codecs.BOM_UTF16_LE + "a;b\n\0;1\n".encode("utf-16-le"), "nul_bytes"),
    ],
)
def test_refuses_broken_text(content: bytes, code: str) -> None:
    assert refusal(content) == code


def test_decodes_every_byte_to_something_or_refuses() -> None:
    for first, second in pairwise(range(1, 256)):
        try:
            decode(bytes([65, first, second]))
        except FileRefused as refused:
            assert refused.code in ("undecodable", "truncated_file", "nul_bytes")


# --- CSV ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(delimiter: str) -> None:
    text = 'STT,Chỉ tiêu,Dự toán\r\nA,"Thu, nội; địa|\t",12\r\nB,Thu,0\r\n'.replace(",", delimiter)
    text = text.replace(f"Thu{delimiter} nội", "Thu, nội")
    assert sheet_of(text).values == [
        ["STT", "Chỉ tiêu", "Dự toán"],
        ["A", "Thu, nội; địa|\t", "12"],
        ["B", "Thu", "0"],
    ]


def test_decimal_commas_are_no_delimiters() -> None:
    assert sheet_of("Tên;Số\na;1,5\nb;2,5\n").values == [["Tên", "Số"], ["a", "1,5"], ["b", "2,5"]]


def test_believes_a_stated_delimiter_and_keeps_line_numbers() -> None:
    sheet = sheet_of("sep=,\r\nTên,Số\r\na;x,1\r\n")
    assert sheet.values == [["Tên", "Số"], ["a;x", "1"]]
    assert sheet.address(sheet.first_row + 1, 2) == "B3"


def test_lines_of_text_around_the_table_are_kept_at_their_rows() -> None:
    sheet = sheet_of("UBND TỈNH SƠN LA\n\nTên;Số\na;1\n\nGhi chú: x\n")
    assert sheet.values == [
        ["UBND TỈNH SƠN LA", None],
        [None, None],
        ["Tên", "Số"],
        ["a", "1"],
        [None, None],
        ["Ghi chú: x", None],
    ]


@pytest.mark.parametrize("start", ["=1+2", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_cells_that_look_like_formulas_stay_text(start: str) -> None:
    assert sheet_of(f"Tên;Số\n{start};1\n").values[1] == [start, "1"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tên;Số;Ghi chú\na;1;x\nb;2\n", "ragged_rows"),
        ("Tên;Số\na;1\nb;2;3\n", "ragged_rows"),
        ("Tên,Dự toán,Thực hiện\na,1,5,2\nb,1,3\n", "ragged_rows"),
        ("Tên;Dự toán;Thực hiện\na;1;2\nb,1,2\nc;3;4\n", "mixed_delimiters"),
        ("Tên;Dự toán;Thực hiện\na;1;2\nc;3;4\nb,1,2\n", "mixed_delimiters"),
        ('Tên;Số\n"a;1\nb;2\n', "unclosed_quote"),
        ('Tên;Số\n"a;1\nb";2\nc;3\n', "unclosed_quote"),
        ("Tên;Số\n", "header_only"),
        ("Tên;Số;Số\na;1;2\n", "duplicate_header"),
        ("Tên;Số; SỐ \na;1;2\n", "duplicate_header"),
    ],
)
def test_refuses_what_cannot_be_told(text: str, code: str) -> None:
    assert refusal(text) == code


def test_two_header_rows_may_repeat_the_upper_one() -> None:
    text = "Tên;Dự toán;Dự toán\n;Tổng;Huyện\na;1;2\n"
    assert sheet_of(text).values[0] == ["Tên", "Dự toán", "Dự toán"]


def test_refuses_one_endless_line() -> None:
    assert refusal("a;" * 200_000) == "line_too_long"
    assert refusal('"' + "a;" * 200_000) == "line_too_long"


def test_refuses_too_many_cells() -> None:
    assert refusal("a;b\n" + "1;2\n" * 30, Bounds(cells=60)) == "too_many_cells"
    assert refusal(";".join("ab" * 20) + "\n" + ";".join("12" * 20), Bounds(columns=30)) == (
        "too_many_cells"
    )


# --- HTML ---------------------------------------------------------------------------------------

PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta charset="utf-8"><style>td {{}}</style></head><body>{}</body></html>"""


def page(rows: str) -> Sheet:
    return sheet_of(PAGE.format(f"<table>{rows}</table>"))


def test_spreads_merged_cells() -> None:
    sheet = page(
        "<tr><th rowspan=2>STT</th><th colspan=2>Dự<br>toán</th><th rowspan='2'>Tỷ lệ</th></tr>"
        "<tr><td>A</td><td>B</td></tr>"
        "<tr><td>1</td><td>&nbsp;1.234&nbsp;</td><td>&nbsp;</td><td><b>12</b> %</td></tr>"
    )
    assert sheet.values == [
        ["STT", "Dự\ntoán", None, "Tỷ lệ"],
        [None, "A", "B", None],
        ["1", "1.234", None, "12 %"],
    ]
    assert set(sheet.merged) == {Span(1, 1, 2, 1), Span(1, 2, 1, 3), Span(1, 4, 2, 4)}


def test_hidden_rows_and_columns_of_pages() -> None:
    sheet = page(
        "<col><col span=2 style='display: none'><tr><td>a<td>b<td>c</tr>"
        "<tr style='mso-x:1;display:none'><td>d<td>e<td>f</tr>"
    )
    assert sheet.values == [["a", "b", "c"], ["d", "e", "f"]]
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({2}, {2, 3})


def test_tables_within_cells_are_sheets_of_their_own() -> None:
    content = PAGE.format(
        "<table><tr><td>x<table><tr><td>trong</td></tr></table>y</td></tr></table>"
    )
    assert [sheet.values for sheet in read(content).sheets] == [[["xy"]], [["trong"]]]


def test_runs_and_fetches_nothing() -> None:
    content = PAGE.format(
        "<script>document.write('9')</script><iframe src='http://127.0.0.1:1/'></iframe>"
        "<table><tr><td>1<script>2</script></td></tr></table>"
    )
    document = read(content)
    assert document.sheets[0].values == [["1"]]
    assert codes(document) == ["active_content_ignored"]


def test_entities_of_a_page_are_not_expanded() -> None:
    content = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><table><tr><td>&x;</table>'
    assert "root:" not in str(read(content).sheets[0].values)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("<tr><td colspan=999999>a</td></tr>", "too_many_cells"),
        (
            "<tr>" + "<td rowspan=999999 colspan=1000>a</td></tr><tr>" * 1100 + "</tr>",
            "too_many_cells",
        ),
        ("", "not_a_table"),
    ],
)
def test_refuses_pages_beyond_bounds(rows: str, code: str) -> None:
    assert refusal(PAGE.format(f"<table>{rows}</table>")) == code


def test_a_page_without_tables_is_no_table() -> None:
    assert refusal(PAGE.format("<p>x</p>")) == "not_a_table"


def test_says_when_a_page_declares_another_encoding() -> None:
    content = "<meta charset=windows-1252><table><tr><td>Thu nội địa</td></tr></table>"
    document = read(content)
    assert document.sheets[0].values == [["Thu nội địa"]]
    assert codes(document) == ["encoding_misdeclared"]


def test_deep_pages_end() -> None:
    assert refusal("<table>" + "<div>" * 100_000) in ("not_a_table", "broken_html")


# --- XML ----------------------------------------------------------------------------------------

REPORT = """<?xml version="1.0" encoding="utf-16"?>
<report title="Quyết toán &amp; thu" year="2021" curencyunit="Triệu đồng">
<header><f1>STT</f1><f2>Chỉ tiêu</f2><f3>Dự toán</f3></header>
<content>
<row><f1>A</f1><f2>Thu nội địa</f2><f3>4200000</f3></row>
<row><f1>B</f1><f3>-</f3></row>
</content></report>"""


def test_reads_reports_of_the_portal() -> None:
    document = read(REPORT, "bieu.xml")
    (sheet,) = document.sheets
    assert document.kind == "xml"
    assert sheet.values == [
        ["STT", "Chỉ tiêu", "Dự toán"],
        ["A", "Thu nội địa", "4200000"],
        ["B", None, "-"],
    ]
    assert document.facts == {
        "title": "Quyết toán & thu",
        "year": "2021",
        "curencyunit": "Triệu đồng",
    }
    assert (document.encoding, document.declared_encoding) == ("utf-8", "utf-16")
    assert codes(document) == ["encoding_misdeclared"]
    assert read(REPORT.encode("utf-16")).sheets[0].values == sheet.values


def test_reads_fields_that_are_attributes_and_facts_that_are_elements() -> None:
    document = read(
        "<r><title>Thu</title><header f1='STT' f2='Tên'/><content f1='1' f2='a'/>"
        "<content f1='2' f3='b'/></r>"
    )
    assert document.facts == {"title": "Thu"}
    assert document.sheets[0].values == [["STT", "Tên", None], ["1", "a", None], ["2", None, "b"]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<r><header><f1>a</f1></header></r>", "header_only"),
        ("<r><a>1</a></r>", "not_a_table"),
        ("<r><row><f1>a</f1><f1>b</f1></row></r>", "broken_xml"),
        ("<r><row><f1>a</f1>", "broken_xml"),
        ("<r><row><f99999>a</f99999></row></r>", "too_many_cells"),
        ("<r>" + "<x>" * 150 + "</x>" * 150 + "</r>", "too_deep"),
        ("<r>" + "<x>" * 100_000 + "</x>" * 100_000 + "</r>", "broken_xml"),
        ("<r " + " ".join(f'a{n}="1"' for n in range(200)) + "/>", "too_many_facts"),
        (
            '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x "y">]><r><row><f1>&x;</f1></row></r>',
            "xml_entities",
        ),
        (
            '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><r><row><f1>1</f1></row></r>',
            "xml_entities",
        ),
        ("<r><row><f1>&x;</f1></row></r>", "broken_xml"),
    ],
)
def test_refuses_reports(text: str, code: str) -> None:
    assert refusal(text) == code
    if code == "xml_entities":
        assert refusal(text.encode("utf-16")) == code
