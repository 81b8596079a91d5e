"""PDFs: tables read where they stand, pictures left to a person, hostile pages ended early."""

from __future__ import annotations

import gzip
import io
import pickle
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingestion.reading.bounds import BOUNDS, Bounds
from ingestion.reading.documents import read_document
from ingestion.reading.grid import Document, FileRefused, Span
from tests.unit.reading.pdfs import LEFT, TOP, drawn, one_page, stream, table, written

ROWS = [
    ["STT", "Chỉ tiêu", "Dự toán", "Thực hiện"],
    ["A", "Thu nội địa", "4.200.000", "4.512.345"],
    ["B", "Thu từ dầu thô", "-", "0"],
    ["", "TỔNG THU", "4.200.000", "4.512.345"],
]
READ: list[list[Any]] = [[cell or None for cell in row] for row in ROWS]


def read(content: bytes, bounds: Bounds = BOUNDS) -> Document:
    return read_document(content, "b.pdf", bounds)


def refusal(content: bytes, bounds: Bounds = BOUNDS) -> str:
    with pytest.raises(FileRefused) as refused:
        read(content, bounds)
    assert refused.value.message_vi.endswith(".")
    return refused.value.code


def codes(document: Document) -> list[str]:
    return [remark.code for remark in document.remarks]


def values(content: bytes) -> list[list[list[Any]]]:
    return [sheet.values for sheet in read(content).sheets]


def just(rows: Sequence[Sequence[str]], **options: Any) -> bytes:
    return drawn(lambda canvas: table(canvas, rows, **options))


def test_reads_a_ruled_table_and_what_stands_around_it() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(LEFT, 800, "UBND TỈNH SƠN LA")
        canvas.drawRightString(450, 800, "Biểu số 60/CK-NSNN")
        table(canvas, ROWS)
        canvas.drawString(LEFT, 500, "Ghi chú: số liệu ước")

    document = read(drawn(draw))
    (sheet,) = document.sheets
    assert sheet.name == "Bảng 1"
    assert sheet.values == READ
    assert sheet.address(2, 3) == "trang 1 C2"
    assert document.text_lines == [
        (1, "UBND TỈNH SƠN LA"),
        (1, "Biểu số 60/CK-NSNN"),
        (1, "Ghi chú: số liệu ước"),
    ]
    assert document.remarks == []


def test_reads_merged_cells_and_lines_within_a_cell() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(60, 700, 40, 40)
        canvas.drawString(62, 716, "STT")
        canvas.rect(100, 720, 120, 20)
        canvas.drawString(120, 726, "Dự toán")
        for x, text in ((100, "Tổng"), (160, "Huyện")):
            canvas.rect(x, 700, 60, 20)
            canvas.drawString(x + 2, 706, text)
        canvas.rect(60, 660, 40, 40)
        canvas.rect(100, 660, 60, 40)
        canvas.drawString(102, 690, "Thu nội")
        canvas.drawString(102, 680, "địa")
        canvas.rect(160, 660, 60, 40)
        canvas.drawString(162, 690, "12")

    (sheet,) = read(drawn(draw)).sheets
    assert sheet.values == [
        ["STT", "Dự toán", None],
        [None, "Tổng", "Huyện"],
        [None, "Thu nội\nđịa", "12"],
    ]
    assert set(sheet.merged) == {Span(1, 1, 2, 1), Span(1, 2, 1, 3)}


def two_pages(second: Sequence[Sequence[str]], above: str = "", **options: Any) -> bytes:
    def draw(canvas: Canvas) -> None:
        table(canvas, ROWS)
        canvas.drawCentredString(300, 20, "Trang 1/2")
        canvas.showPage()
        canvas.setFont("Vn", 9)
        if above:
            canvas.drawString(LEFT, 790, above)
        table(canvas, second, **options)
        canvas.drawCentredString(300, 20, "Trang 2/2")

    return drawn(draw)


@pytest.mark.parametrize("above", ["", "2", "Trang 2/2", "- 2 -"])
def test_joins_a_table_over_a_page_break(above: str) -> None:
    (sheet,) = read(two_pages([ROWS[0], ["C", "Thu khác", "1", "2"]], above)).sheets
    assert sheet.values == [*READ, READ[0], ["C", "Thu khác", "1", "2"]]
    assert sheet.pages == [(1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2)]
    assert sheet.address(6, 4) == "trang 2 D2"


def test_a_title_or_other_columns_begin_a_new_table() -> None:
    second = [ROWS[0], ["C", "Thu khác", "1", "2"]]
    assert len(read(two_pages(second, "Biểu số 61/CK-NSNN")).sheets) == 2
    assert len(read(two_pages(second, widths=(60, 150, 90, 90))).sheets) == 2


def test_reads_a_table_without_rules_by_its_gaps() -> None:
    (sheet,) = read(just(ROWS, ruled=False)).sheets
    assert sheet.values == READ
    assert sheet.problems == {}


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_reads_turned_pages_and_turned_text(turn: int) -> None:
    def page_turned(canvas: Canvas) -> None:
        if turn != 180:  # reportlab swaps the sides of a page that it turns
            canvas.setPageSize(landscape(A4))
        canvas.setPageRotation(turn)
        table(canvas, ROWS)

    def text_turned(canvas: Canvas) -> None:
        canvas.translate(297, 421)
        canvas.rotate(turn)
        canvas.translate(-297, -421)
        table(canvas, ROWS, top=600)

    assert values(drawn(text_turned)) == [READ]
    # Turned for the screen: the text stands on its side unless it was drawn so.
    assert values(drawn(page_turned)) == [READ]


def test_reads_upright_text_in_turned_header_cells() -> None:
    def draw(canvas: Canvas) -> None:
        table(canvas, [["1", "", "2", "3"]], top=700)
        canvas.rect(LEFT, 700, 390, 60)
        canvas.saveState()
        canvas.translate(LEFT + 100, 705)
        canvas.rotate(90)
        canvas.drawString(0, 0, "Dự toán")
        canvas.restoreState()

    (sheet,) = read(drawn(draw)).sheets
    assert sheet.values[0][0] == "Dự toán"


# --- what must not become a number --------------------------------------------------------------


def picture() -> ImageReader:
    file = io.BytesIO()
    Image.new("L", (60, 80), 200).save(file, "PNG")
    file.seek(0)
    return ImageReader(file)


def unseen(canvas: Canvas, text: str) -> None:
    drawing = canvas.beginText(100, 700)
    drawing.setFont("Vn", 9)
    drawing.setTextRenderMode(3)
    drawing.textLine(text)
    canvas.drawText(drawing)


def test_leaves_scanned_pages_to_a_person() -> None:
    document = read(drawn(lambda canvas: canvas.drawImage(picture(), 0, 0, 595, 842)))
    assert document.sheets == []
    assert [(remark.code, remark.where) for remark in document.remarks] == [
        ("scanned_page", "trang 1")
    ]


def test_does_not_believe_the_text_behind_a_picture() -> None:
    def draw(canvas: Canvas) -> None:
        table(canvas, ROWS)
        canvas.drawImage(picture(), 0, 0, 595, 842)

    document = read(drawn(draw))
    assert (document.sheets, codes(document)) == ([], ["scanned_page"])


def test_does_not_read_unseen_text() -> None:
    def draw(canvas: Canvas) -> None:
        table(canvas, ROWS)
        unseen(canvas, "999.999")
        canvas.setFont("Vn", 9)
        canvas.drawString(-300, 700, "888.888")
        canvas.setFont("Vn", 0.5)
        canvas.drawString(LEFT + 220, TOP - 32, "777.777")

    document = read(drawn(draw))
    assert document.sheets[0].values == READ
    assert codes(document) == ["hidden_text_ignored"]
    assert document.text_lines == []


def test_letters_printed_twice_for_bold_count_once() -> None:
    def draw(canvas: Canvas) -> None:
        table(canvas, ROWS)
        canvas.translate(0.3, 0)
        table(canvas, ROWS)

    assert values(drawn(draw)) == [READ]


def test_marks_a_number_that_runs_into_the_next_cell() -> None:
    rows = [["1", "Thu", "4.200.000.000.000.000.000.000", "5"]]
    (sheet,) = read(just(rows, widths=(30, 180, 90, 90))).sheets
    assert set(sheet.problems.values()) == {"truncated"}
    assert (1, 3) in sheet.problems


def test_marks_letters_that_no_font_explains() -> None:
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts "
        b"[<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /DW 500 /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
        b"/FontDescriptor << /Type /FontDescriptor /FontName /X /Ascent 800 /Descent -200 >> >>] >>"
    )
    rules = b"".join(b"%d 700 80 20 re S " % x for x in (50, 130, 210))
    text = b"BT /F 9 Tf 60 706 Td <00110012> Tj ET"
    content = one_page(stream(rules + text), b"/Font << /F 5 0 R >>", [font])
    (sheet,) = read(content).sheets
    assert sheet.problems == {(1, 1): "error_value"}


# --- hostile files ------------------------------------------------------------------------------


def test_refuses_a_password_but_not_mere_permissions() -> None:
    locked = StandardEncryption("mở", "chủ", canPrint=0)
    assert refusal(drawn(lambda canvas: table(canvas, ROWS), encrypt=locked)) == "password"
    readable = StandardEncryption("", "owner", canPrint=0)
    assert values(drawn(lambda canvas: table(canvas, ROWS), encrypt=readable)) == [READ]


def test_refuses_too_many_pages() -> None:
    def draw(canvas: Canvas) -> None:
        for _ in range(5):
            table(canvas, ROWS)
            canvas.showPage()

    content = drawn(draw)
    assert refusal(content, Bounds(pages=4)) == "too_many_pages"
    assert len(read(content, Bounds(pages=5)).sheets[0].values) == 20


def test_refuses_ten_thousand_pages_at_once() -> None:
    kids = b" ".join(b"3 0 R" for _ in range(10_000))
    content = written(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%b] /Count 10000 >>" % kids,
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        ]
    )
    assert refusal(content) in ("too_many_pages", "broken_pdf")


@pytest.mark.parametrize("operator", [b"0 0 m 9 9 l S\n", b"0 0 5 5 re f\n"])
def test_refuses_a_hundred_thousand_objects(operator: bytes) -> None:
    packed = zlib.compress(operator * 100_000)
    assert refusal(one_page(stream(packed, b"/Filter /FlateDecode"))) == "too_many_objects"


def test_refuses_objects_spread_over_pages() -> None:
    def draw(canvas: Canvas) -> None:
        for _ in range(4):
            table(canvas, ROWS)
            canvas.showPage()

    assert refusal(drawn(draw), Bounds(document_objects=300)) == "too_many_objects"


def test_refuses_streams_that_inflate_without_end() -> None:
    bomb = zlib.compress(b" " * (200 << 20), 9)
    assert refusal(one_page(stream(bomb, b"/Filter /FlateDecode"))) == "too_many_objects"


def form(contents: bytes, resources: bytes) -> bytes:
    return stream(
        contents,
        b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << %b >> >>"
        % resources,
    )


def test_ends_forms_that_draw_themselves() -> None:
    content = one_page(stream(b"/A Do"), b"/XObject << /A 5 0 R >>", [form(b"/A Do", b"/A 5 0 R")])
    assert refusal(content) in ("too_many_objects", "not_a_table", "broken_pdf")


def test_ends_forms_that_multiply() -> None:
    levels = [form(b"/N Do " * 20, b"/N %d 0 R" % number) for number in range(6, 15)]
    content = one_page(
        stream(b"/N Do"), b"/XObject << /N 5 0 R >>", [*levels, form(b"0 0 1 1 re f", b"")]
    )
    assert refusal(content) == "too_many_objects"


def test_refuses_damage_instead_of_reading_half() -> None:
    whole = drawn(lambda canvas: table(canvas, ROWS), pageCompression=1)
    assert refusal(whole[: len(whole) // 2]) == "truncated_file"
    assert refusal(whole[:-10]) == "truncated_file"
    cut = zlib.compress(b"0 0 m 9 9 l S\n" * 50)[:-20]
    assert refusal(one_page(stream(cut, b"/Filter /FlateDecode"))) == "broken_pdf"
    assert refusal(one_page(stream(b"not deflated", b"/Filter /FlateDecode"))) == "broken_pdf"


def test_refuses_a_count_of_pages_that_lies() -> None:
    assert refusal(one_page(stream(b""), count=7)) == "broken_pdf"


def test_text_without_a_table_is_no_table() -> None:
    assert refusal(drawn(lambda canvas: canvas.drawString(100, 700, "Quyết định"))) == "not_a_table"


@pytest.mark.parametrize(
    ("sign", "code"),
    [
        (b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>", "scripts_ignored"),
        (b"/Names << /EmbeddedFiles << /Names [] >> >>", "embedded_ignored"),
        (b"/OpenAction << /S /Launch /F (cmd.exe) >>", "actions_ignored"),
        (b"/AcroForm << /Fields [] >>", "form_fields_ignored"),
    ],
)
def test_says_what_it_does_not_run(sign: bytes, code: str) -> None:
    content = just(ROWS).replace(b"/Type /Catalog", b"/Type /Catalog " + sign)
    document = read(content)
    assert document.sheets[0].values == READ
    assert code in codes(document)


class _Spell:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


@pytest.mark.parametrize("name", ["evil", "#2e#2e/evil", "/evil"])
def test_never_unpickles_character_maps(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CVE-2025-64512: character maps named by a PDF were once unpickled from a writable folder."""
    monkeypatch.setenv("CMAP_PATH", str(tmp_path))
    for ending in ("pickle.gz", "json.gz"):
        (tmp_path / f"evil.{ending}").write_bytes(
            gzip.compress(pickle.dumps(_Spell(tmp_path / "cast")))
        )
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /%b /DescendantFonts "
        b"[<< /Type /Font /Subtype /CIDFontType0 /BaseFont /X /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (evil) /Supplement 0 >> >>] >>" % name.encode()
    )
    text = b"BT /F 9 Tf 60 706 Td (12) Tj ET"
    refusal(one_page(stream(text), b"/Font << /F 5 0 R >>", [font]))
    assert not (tmp_path / "cast").exists()
