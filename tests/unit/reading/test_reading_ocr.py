"""Drafts of scanned pages: text for a person, never values."""

from __future__ import annotations

import io
import shutil
import subprocess

import font_source_sans_pro
import pytest
from PIL import Image, ImageDraw, ImageFont

from ingestion.reading import ocr
from ingestion.reading.documents import read_document
from ingestion.reading.grid import FileRefused
from tests.unit.reading.pdfs import drawn


def has_vietnamese() -> bool:
    program = shutil.which("tesseract")
    if program is None:
        return False
    known = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)
    return "vie" in known.stdout.split()


def scanned() -> bytes:
    """A page that is a picture of words."""
    picture = Image.new("L", (1240, 600), 255)
    font = ImageFont.truetype(font_source_sans_pro.font_files_ttf["SourceSansPro"], 44)
    pen = ImageDraw.Draw(picture)
    pen.text((80, 80), "Thu nội địa 4.200.000", fill=0, font=font)
    pen.text((80, 180), "Thu từ dầu thô 315", fill=0, font=font)
    file = io.BytesIO()
    picture.save(file, "PDF", resolution=150)
    return file.getvalue()


@pytest.mark.skipif(not has_vietnamese(), reason="tesseract with vie is not installed")
def test_drafts_the_lines_of_a_scanned_page() -> None:
    content = scanned()
    assert read_document(content, "b.pdf").sheets == []
    lines = ocr.draft_lines(content, "b.pdf")
    assert [line.page for line in lines] == [1, 1]
    assert "4.200.000" in lines[0].text
    assert lines[0].text.startswith("Thu n")
    assert all(0 <= line.confidence <= 100 for line in lines)


def test_makes_pictures_of_pages() -> None:
    content = drawn(lambda canvas: canvas.drawString(100, 700, "x"))
    made = ocr.picture_of_page(content, "b.pdf", {"page": 1})
    assert made["pages"] == 1
    assert made["png"].startswith("iVBOR")


@pytest.mark.parametrize(("content", "page"), [(b"%PDF-1.4 x", 1), (drawn(lambda c: None), 2)])
def test_refuses_what_cannot_be_shown(content: bytes, page: int) -> None:
    with pytest.raises(FileRefused) as refused:
        ocr.picture_of_page(content, "b.pdf", {"page": page})
    assert refused.value.code == "broken_pdf"


def test_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ocr.OcrUnavailable, match="tesseract-ocr-vie"):
        ocr.draft_lines(b"", "b.pdf")
