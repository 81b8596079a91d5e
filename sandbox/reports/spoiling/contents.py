"""What is wrong with the bytes of a file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from sandbox.budget.corpus import drawn_order
from sandbox.budget.render import render
from sandbox.budget.spoiling.contents import CONTENT_DEFECTS
from sandbox.budget.writers.pdf import scanned as scanned_pages
from sandbox.reports.behaviours import NotApplicable

_ENTRY_TIME: Final = (2021, 1, 1, 0, 0, 0)


def spoil_bytes(content: bytes, behaviour_id: str) -> bytes:
    """Do to the bytes of a file what a behaviour is.

    Raises:
        NotApplicable: these bytes cannot have it.
    """
    try:
        return _WAYS[behaviour_id](content)
    except (KeyError, UnicodeDecodeError, IndexError) as error:
        if behaviour_id not in _WAYS:
            raise
        raise NotApplicable(behaviour_id) from error


def _picture(content: bytes) -> bytes:
    """A photograph."""
    raw = io.BytesIO()
    Image.new("RGB", (600, 420), (len(content) % 256, 230, 220)).save(raw, "JPEG")
    return raw.getvalue()


def _word_document(content: bytes) -> bytes:
    """A text document with nothing but a letter in it."""
    raw = io.BytesIO()
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
        '.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    text = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:body><w:p><w:r><w:t>Báo cáo kèm theo</w:t></w:r></w:p></w:body></w:document>"
    )
    with zipfile.ZipFile(raw, "w") as packed:
        for name, body in (
            ("[Content_Types].xml", types),
            ("_rels/.rels", relations),
            ("word/document.xml", text),
        ):
            packed.writestr(zipfile.ZipInfo(name, _ENTRY_TIME), body)
    return raw.getvalue()


@cache
def _a_scan() -> bytes:
    raw = io.BytesIO()
    canvas = Canvas(raw, invariant=True)
    canvas.drawString(72, 720, "BAO CAO")
    canvas.save()
    return scanned_pages(raw.getvalue())


@cache
def _a_budget_form() -> bytes:
    for number in range(200):
        order = drawn_order(number, 3)
        if not order.defects and order.style.kind == "xlsx":
            return render(order).content
    raise LookupError("no budget form drawn")


_WAYS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "wrong_dimension": CONTENT_DEFECTS["wrong_dimension"],
    "password": CONTENT_DEFECTS["password"],
    "zip_bomb": CONTENT_DEFECTS["zip_bomb"],
    "entity_bomb": CONTENT_DEFECTS["entity_bomb_in_workbook"],
    "truncated": CONTENT_DEFECTS["truncated"],
    "empty_file": CONTENT_DEFECTS["empty_file"],
    "login_page": CONTENT_DEFECTS["login_page"],
    "archive": CONTENT_DEFECTS["foreign_archive"],
    "macros": CONTENT_DEFECTS["macros"],
    "external_link": CONTENT_DEFECTS["external_link"],
    "csv_ragged": CONTENT_DEFECTS["csv_ragged"],
    "csv_unclosed_quote": CONTENT_DEFECTS["csv_unclosed_quote"],
    "csv_nul": CONTENT_DEFECTS["csv_nul"],
    "picture": _picture,
    "word_document": _word_document,
    "scanned": lambda content: _a_scan(),
    "budget_form": lambda content: _a_budget_form(),
    "named_pdf": lambda content: content,
    "odd_file_name": lambda content: content,
}
NAMED_OTHERWISE: Final = {
    "macros": "xlsx",
    "login_page": "xls",
    "picture": "jpg",
    "word_document": "docx",
    "scanned": "pdf",
    "budget_form": "xlsx",
    "archive": "zip",
    "named_pdf": "pdf",
}
"""Ending that the file has instead of its own."""
