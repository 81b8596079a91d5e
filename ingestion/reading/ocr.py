"""A draft of what a scanned page says, for a person to compare and confirm. Never a source.

Pages are made into pictures in an isolated process (`ingestion.reading.isolation`); our own
pictures then go to ``tesseract``, which must be installed with its Vietnamese language. Nothing
here returns numbers or sheets: recognised text has to pass through a person's hands to count.
"""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated
from ingestion.reading.refusals import refuse

_JOB = "ingestion.reading.ocr:picture_of_page"
_LANGUAGE = "vie"
_DOTS_PER_INCH = 250
_POINTS_PER_INCH = 72
_MOST_DOTS = 24_000_000
_SECONDS_PER_PAGE = 180
_WORD = "5"  # level of tesseract's table that holds words
_FIELDS = 12


class OcrUnavailable(RuntimeError):
    """There is no ``tesseract`` with Vietnamese on this machine."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One recognised line.

    Attributes:
        page: from 1.
        text: as recognised; may be wrong in every letter.
        confidence: of its least certain word, 0 to 100, by the program's own opinion.
    """

    page: int
    text: str
    confidence: float


def draft_lines(content: bytes, name: str, pages: int = 20) -> list[DraftLine]:
    """Recognise the text of a PDF's first pages.

    Args:
        content: the PDF.
        name: its name as it came.
        pages: how many pages at most.

    Raises:
        OcrUnavailable: the program or its language is not installed.
        FileRefused: the file cannot be shown as pictures.
    """
    program = _program()
    lines: list[DraftLine] = []
    with Isolated(1) as pool:
        for page in range(1, pages + 1):
            made = pool.run(_JOB, content, name, {"page": page})
            lines += _recognised(program, base64.b64decode(made["png"]), page)
            if page >= made["pages"]:
                break
    return lines


def picture_of_page(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """A page as a grey picture; a job for an isolated process.

    Args:
        content: the PDF.
        name: not used.
        options: ``page``, from 1.

    Returns:
        ``png`` in base 64 and ``pages``, the number of pages.

    Raises:
        FileRefused: the file is no PDF that can be shown.
    """
    import pypdfium2  # large, and of no use to those who never ask for a draft

    try:
        document = pypdfium2.PdfDocument(content)
        page = document[options["page"] - 1]
        width, height = page.get_size()
        scale = _DOTS_PER_INCH / _POINTS_PER_INCH
        scale = min(scale, (_MOST_DOTS / max(1.0, width * height)) ** 0.5)
        picture = page.render(scale=scale, grayscale=True).to_pil().convert("L")
        count = len(document)
    except (pypdfium2.PdfiumError, IndexError, ValueError) as error:
        raise refuse("broken_pdf", f"trang {options['page']}") from error
    file = io.BytesIO()
    picture.save(file, "PNG")
    return {"png": base64.b64encode(file.getvalue()).decode("ascii"), "pages": count}


def _program() -> str:
    program = shutil.which("tesseract")
    if program is None:
        raise OcrUnavailable(
            "Chưa cài tesseract: cài gói tesseract-ocr và tesseract-ocr-vie rồi chạy lại."
        )
    known = subprocess.run(
        [program, "--list-langs"], capture_output=True, text=True, timeout=60, check=False
    )
    if _LANGUAGE not in known.stdout.split():
        raise OcrUnavailable(
            "tesseract chưa có tiếng Việt: cài gói tesseract-ocr-vie rồi chạy lại."
        )
    return program


def _recognised(program: str, png: bytes, page: int) -> Iterator[DraftLine]:
    try:
        done = subprocess.run(
            [program, "stdin", "stdout", "-l", _LANGUAGE, "--psm", "6", "tsv"],
            input=png,
            capture_output=True,
            timeout=_SECONDS_PER_PAGE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FileRefused(
            "timeout",
            f"Nhận dạng trang {page} quá {_SECONDS_PER_PAGE} giây nên đã dừng; "
            "hãy nhập trang này bằng tay.",
        ) from error
    if done.returncode != 0:
        raise refuse("broken_pdf", f"trang {page}")
    words: dict[tuple[str, ...], list[tuple[str, float]]] = {}
    for row in done.stdout.decode("utf-8", "replace").splitlines():
        fields = row.split("\t")
        if len(fields) == _FIELDS and fields[0] == _WORD and fields[11].strip():
            words.setdefault(tuple(fields[1:5]), []).append((fields[11], float(fields[10])))
    for line in words.values():
        yield DraftLine(page, " ".join(text for text, _ in line), min(sure for _, sure in line))
