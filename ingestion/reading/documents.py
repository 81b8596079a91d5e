"""Reading a file from outside: what it is, then the reader for it."""

from __future__ import annotations

from collections.abc import Callable

from ingestion.reading.bounds import BOUNDS, Bounds
from ingestion.reading.grid import Document, FileKind
from ingestion.reading.kinds import recognise, renamed
from ingestion.reading.readers.csv_text import read_csv
from ingestion.reading.readers.html import read_html
from ingestion.reading.readers.pdf import read_pdf
from ingestion.reading.readers.xls import read_xls
from ingestion.reading.readers.xlsx import read_xlsx
from ingestion.reading.readers.xml import read_xml

_READERS: dict[FileKind, Callable[[bytes, Bounds], Document]] = {
    "html": read_html,
    "xml": read_xml,
    "csv": read_csv,
    "pdf": read_pdf,
}


def read_document(content: bytes, name: str, bounds: Bounds = BOUNDS) -> Document:
    """Read a file by its content.

    Runs foreign data through parsers: call it in a worker of `ingestion.reading.isolation`.

    Args:
        content: the file.
        name: its name as it came; used for a remark only.
        bounds: what may be taken from it.

    Raises:
        FileRefused: it is not read; says why and what to do.
    """
    file = recognise(content, bounds)
    if file.container is not None:
        document = read_xlsx(file.container, bounds)
    elif file.compound is not None:
        document = read_xls(content, file.compound, bounds)
    else:
        document = _READERS[file.kind](content, bounds)
    document.remarks[:0] = renamed(file.kind, name)
    return document
