"""Child process: files read by the libraries alone, without asking what they mean."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from pathlib import Path

import lxml.etree
import lxml.html
import pdfplumber
from python_calamine import CalamineWorkbook

from bench.measure import answer, read_job
from ingestion.reading.bounds import BOUNDS
from ingestion.reading.kinds import recognise


def _workbook(content: bytes) -> None:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in workbook.sheet_names:
        workbook.get_sheet_by_name(name).to_python()


def _pdf(content: bytes) -> None:
    with pdfplumber.open(io.BytesIO(content)) as document:
        for page in document.pages:
            page.extract_tables()


def _csv(content: bytes) -> None:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = content.decode(encoding, errors="replace")
    list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def _xml(content: bytes) -> None:
    parser = lxml.etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True)
    lxml.etree.fromstring(content, parser)


READERS: dict[str, Callable[[bytes], None]] = {
    "xlsx": _workbook,
    "xls": _workbook,
    "pdf": _pdf,
    "html": lxml.html.document_fromstring,
    "xml": _xml,
    "csv": _csv,
}


def _opens(path: Path) -> bool:
    """Whether the bare reader gets through a file at all; the corpus holds broken ones."""
    content = path.read_bytes()
    try:
        READERS[recognise(content, BOUNDS).kind](content)
    except Exception:  # whatever a library raises at a broken file
        return False
    return True


def main() -> None:
    """Read every file once, or say which can be read."""
    job = read_job()
    if "try" in job:
        answer(0.0, opened=[name for name in job["try"] if _opens(Path(name))])
        return
    kinds = {}
    for kind, names in job.items():
        READERS[kind](Path(names[0]).read_bytes())
        began = time.perf_counter()
        for name in names:
            READERS[kind](Path(name).read_bytes())
        kinds[kind] = time.perf_counter() - began
    answer(sum(kinds.values()), kinds=kinds)


if __name__ == "__main__":
    main()
