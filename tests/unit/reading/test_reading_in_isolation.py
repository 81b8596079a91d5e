"""Whole files through the isolated process: what readers load, and what breaks its bounds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated, Limits
from tests.unit.reading.pdfs import drawn, one_page, stream, table
from tests.unit.reading.workbooks import packed, parts, workbook

HERE = Path(__file__).parent
JOB = "tests.unit.reading.hostile_jobs:outline"
ROWS = [["STT", "Chỉ tiêu", "Dự toán", "Thực hiện"], ["A", "Thu nội địa", "4.200", "4.512"]]


@pytest.fixture(scope="module")
def pool() -> Iterator[Isolated]:
    with Isolated(1, Limits(seconds=50), readable=[HERE]) as isolated:
        yield isolated


KINDS = [
    (workbook('<row r="1"><c r="A1"><v>1</v></c></row>'), "xlsx"),
    ("Tên;Số\na;1\n".encode(), "csv"),
    ("Tên;Số\na;1\n".encode("utf-16"), "csv"),
    (b"<table><tr><td>1</td></tr></table>", "html"),
    (b"<r><header><f1>a</f1></header><row><f1>1</f1></row></r>", "xml"),
    (drawn(lambda canvas: table(canvas, ROWS)), "pdf"),
]


@pytest.mark.parametrize(("content", "kind"), KINDS)
def test_reads_every_kind_behind_the_walls(pool: Isolated, content: bytes, kind: str) -> None:
    outline = pool.run(JOB, content, "b")
    assert outline["kind"] == kind
    assert outline["rows"][0] >= 1


def test_named_character_maps_load_behind_the_walls(pool: Isolated) -> None:
    """pdfminer keeps its maps in files: the walls must let these be read, and no others."""
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /UniJIS-UCS2-H /DescendantFonts "
        b"[<< /Type /Font /Subtype /CIDFontType0 /BaseFont /X /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /FontDescriptor "
        b"<< /Type /FontDescriptor /FontName /X /Ascent 800 /Descent -200 >> >>] >>"
    )
    rules = b"".join(b"%d 700 80 20 re S " % x for x in (50, 130))
    text = b"BT /F 9 Tf 60 706 Td <00410042> Tj ET"
    content = one_page(stream(rules + text), b"/Font << /F 5 0 R >>", [font])
    assert pool.run(JOB, content, "b.pdf")["first"] == "AB"


def test_memory_that_a_file_claims_past_all_checks_is_refused() -> None:
    """A sheet within every bound of its size, in a worker that has too little for it."""
    cells = "".join(
        f'<row r="{r}">'
        + "".join(f'<c r="{c}{r}" t="str"><v>ô {c}{r} của biểu</v></c>' for c in "ABCDEFGHIJ")
        + "</row>"
        for r in range(1, 20_001)
    )
    limits = Limits(memory_bytes=110 << 20, seconds=50)
    with Isolated(1, limits, readable=[HERE]) as small, pytest.raises(FileRefused) as refused:
        small.run(JOB, workbook(cells), "b.xlsx")
    assert refused.value.code == "memory"


def test_a_refusal_of_a_reader_comes_through(pool: Isolated) -> None:
    made = parts("<sheetData/>")
    made["xl/workbook.xml"] = b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + made["xl/workbook.xml"]
    with pytest.raises(FileRefused) as refused:
        pool.run(JOB, packed(made), "b.xlsx")
    assert refused.value.code == "xml_entities"
    assert "thực thể" in refused.value.message_vi


@pytest.mark.parametrize(("content", "kind"), KINDS)
def test_damaged_files_are_read_or_refused_and_break_nothing(
    pool: Isolated, content: bytes, kind: str
) -> None:
    """Flipped, lost and doubled bytes: every refusal is one that a reader worded."""
    draw = random.Random(kind)
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(draw.choice([1, 3, 20])):
            place = draw.randrange(len(damaged))
            match draw.randrange(3):
                case 0:
                    damaged[place] = draw.randrange(256)
                case 1:
                    del damaged[place + 1 : place + draw.randrange(2, 50)]
                case _:
                    damaged[place:place] = damaged[:50]
        try:
            pool.run(JOB, bytes(damaged), f"b.{kind}")
        except FileRefused as refused:
            assert refused.code not in ("crashed", "memory", "timeout"), refused.__notes__
