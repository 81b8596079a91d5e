"""What a file is, by its content. The name is only compared with it, and believed in nothing."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from ingestion.core.log import quote_foreign
from ingestion.reading.bounds import Bounds
from ingestion.reading.compound import CompoundFile
from ingestion.reading.container import Container
from ingestion.reading.grid import FileKind, Remark
from ingestion.reading.refusals import refuse

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF = b"%PDF-"
_PDF_WITHIN = 1024  # where PDF programs look for the header
_OLD_WORKBOOK = re.compile(rb"\x09[\x00\x02\x04\x08][\x04\x06\x08\x10]\x00")
_ARCHIVES = {
    b"Rar!\x1a\x07": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"MSCF": "CAB",
}
_PICTURES = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
    b"BM",
)
_HTML = re.compile(
    r"<!doctype\s+html|<(?:html|head|body|table|meta|style|title|div|tr|center|font)\b",
    re.IGNORECASE,
)
_LOOK_INTO = 4096
_EXTENSIONS: dict[str, FileKind] = {
    "xlsx": "xlsx",
    "xlsm": "xlsx",
    "xltx": "xlsx",
    "xltm": "xlsx",
    "xls": "xls",
    "xlt": "xls",
    "htm": "html",
    "html": "html",
    "xml": "xml",
    "csv": "csv",
    "txt": "csv",
    "tsv": "csv",
    "pdf": "pdf",
}
_OTHER_EXTENSIONS = {"doc", "docx", "ods", "xlsb", "zip", "rar", "jpg", "jpeg", "png", "tif"}


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is, and its container where it has one: nothing is opened twice."""

    kind: FileKind
    container: Container | None = None
    compound: CompoundFile | None = None


def recognise(content: bytes, bounds: Bounds) -> Recognised:
    """What a file is.

    Raises:
        FileRefused: it is empty, two things at once, or nothing that is read; says what it is.
    """
    if not content:
        raise refuse("empty_file")
    if len(content) > bounds.file_bytes:
        raise refuse("file_too_large", most=bounds.file_bytes >> 20)
    is_pdf = _PDF in content[:_PDF_WITHIN]
    if content.startswith((_ZIP, _EMPTY_ZIP)):
        if is_pdf:
            raise refuse("polyglot", "PDF vừa là tệp nén")
        return _recognise_zip(content, bounds)
    if content.startswith(COMPOUND):
        if is_pdf:
            raise refuse("polyglot", "PDF vừa là tệp Office")
        return _recognise_compound(content)
    if is_pdf:
        if _ends_as_zip(content):
            raise refuse("polyglot", "PDF vừa là tệp nén")
        if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_PDF):
            raise refuse("polyglot", "PDF vừa là tệp khác")
        return Recognised("pdf")
    for start, name in _ARCHIVES.items():
        if content.startswith(start):
            raise refuse("archive", name)
    if content.startswith(_PICTURES) and content[:_LOOK_INTO].count(0):
        raise refuse("picture")
    if _OLD_WORKBOOK.match(content):
        raise refuse("old_workbook")
    return Recognised(_kind_of_text(content))


def renamed(kind: FileKind, name: str) -> list[Remark]:
    """A remark when the ending of a file's name says something else than its content."""
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower().removeprefix(".")
    said = _EXTENSIONS.get(ending)
    if said == kind or (said is None and ending not in _OTHER_EXTENSIONS):
        return []
    shown = quote_foreign(ending, 10)
    return [
        Remark(
            "renamed",
            "",
            f"Tên tệp ghi là .{shown} nhưng nội dung là {kind}; đã đọc theo nội dung.",
        )
    ]


def _recognise_zip(content: bytes, bounds: Bounds) -> Recognised:
    container = Container(content, bounds)
    if "xl/workbook.xml" in container:
        return Recognised("xlsx", container=container)
    if "xl/workbook.bin" in container:
        raise refuse("xlsb")
    if "word/document.xml" in container:
        raise refuse("word_document")
    if "content.xml" in container and "mimetype" in container:
        raise refuse("ods")
    raise refuse("nested_archive")


def _recognise_compound(content: bytes) -> Recognised:
    compound = CompoundFile(content)
    names = compound.names
    if "EncryptedPackage" in names:
        raise refuse("password")
    if "Workbook" in names:
        return Recognised("xls", compound=compound)
    if "Book" in names:
        raise refuse("old_workbook")
    if "WordDocument" in names:
        raise refuse("word_document")
    raise refuse("unknown_kind")


def _kind_of_text(content: bytes) -> FileKind:
    start = _first_characters(content)
    if start.startswith("<?xml") or (start.startswith("<") and not _HTML.match(start)):
        if "urn:schemas-microsoft-com:office:spreadsheet" in start:
            raise refuse("spreadsheetml_2003")
        if re.search(r"<html\b", start, re.IGNORECASE):
            return "html"
        return "xml"
    if _HTML.match(start):
        return "html"
    if start[:200].lower().startswith("mime-version:"):
        raise refuse("mhtml")
    if start.startswith("{\\rtf"):
        raise refuse("word_document")
    if _is_binary(content):
        raise refuse("nul_bytes" if _mostly_text(content) else "unknown_kind")
    return "csv"


def _first_characters(content: bytes) -> str:
    """The beginning as text, whatever the encoding, without what stands before the first word."""
    head = content[:_LOOK_INTO]
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "replace").lstrip()
    if head[:2].endswith(b"\x00"):
        return head.decode("utf-16-le", "replace").lstrip()
    if head[:2].startswith(b"\x00"):
        return head.decode("utf-16-be", "replace").lstrip()
    return head.decode("latin-1").lstrip()


def _is_binary(content: bytes) -> bool:
    """Whether there are zero bytes that UTF-16 does not explain."""
    head = content[: 16 * _LOOK_INTO]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or 0 not in content:
        return False
    even, odd = head[::2].count(0), head[1::2].count(0)
    # UTF-16 of mostly Latin letters has its zeros on one side only.
    return not (max(even, odd) > len(head) // 8 and min(even, odd) * 20 < max(even, odd))


def _mostly_text(content: bytes) -> bool:
    head = content[: 16 * _LOOK_INTO]
    control = sum(head.count(code) for code in (*range(1, 9), *range(14, 32)))
    return control * 50 < len(head) and head.count(0) * 4 < len(head)


def _ends_as_zip(content: bytes) -> bool:
    """Whether a zip program would open it: a directory at the end that begins where it says."""
    at = content.rfind(_EMPTY_ZIP, max(0, len(content) - 65_557))
    if at < 0 or len(content) - at < 22:
        return False
    size = int.from_bytes(content[at + 12 : at + 16], "little")
    return content[at - size : at - size + 4] == b"PK\x01\x02"
