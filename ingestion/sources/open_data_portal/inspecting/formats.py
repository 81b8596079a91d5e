"""Which format a published file really is in, by its content; a name or a label is not believed.

`ingestion.reading.kinds` tells the few formats that reports come in and refuses the rest; here
every file gets a name, also one that nobody could read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.reading.bounds import Bounds
from ingestion.reading.compound import CompoundFile
from ingestion.reading.container import Container, folded
from ingestion.reading.encodings import Decoded, decode
from ingestion.reading.grid import FileRefused
from ingestion.reading.kinds import COMPOUND
from ingestion.reading.refusals import refuse

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_PARQUET = b"PAR1"
_PDF_WITHIN = 1024  # where PDF programs look for the header
_PICTURES = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
)
_LOOK_INTO = 4096
_LONGEST_NAME = 512
_MOST_NAMES = 2_000
_BY_PART = (
    ("xl/workbook.xml", "xlsx"),
    ("word/document.xml", "docx"),
    ("ppt/presentation.xml", "pptx"),
    ("doc.kml", "kml"),
)
_BY_FOLDER = (("xl/worksheets/", "xlsx"), ("word/_rels/", "docx"), ("ppt/slides/", "pptx"))
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_BY_STREAM = (
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
)
_HTML = re.compile(
    r"<!doctype\s+html|<(?:html|head|body|table|meta|style|title|div|tr|center|font|script)\b",
    re.IGNORECASE,
)
_ROOT = re.compile(r"<(?:([\w.-]+):)?([\w.-]+)([^<>]*)>")
_BEFORE_ROOT = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>|\s+", re.DOTALL)
_XML_ROOTS = {"rdf": "rdf", "kml": "kml", "gpx": "gpx", "html": "html", "svg": "image"}
_TURTLE = re.compile(r"@(?:prefix|base)\s|PREFIX\s+[\w.-]*:\s*<", re.IGNORECASE)
_TRIPLE = re.compile(r'(?:<[^<>\s]+>|_:\S+)\s+<[^<>\s]+>\s+(?:<[^<>\s]+>|_:\S+|".*)\s*\.\s*$')
_NUL_SHARE = 4
_NUL_VI = (
    "Tệp văn bản chứa ký tự rỗng (NUL) ở dòng {line}, có thể bị hỏng; "
    "hãy kết xuất lại ở bảng mã UTF-8 rồi công bố lại."
)
_BROKEN_VI = (
    "Tệp có chữ không đúng bảng mã UTF-8 ở dòng {line}; "
    "hãy lưu lại ở bảng mã UTF-8 rồi công bố lại."
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a file is.

    Attributes:
        code: the format; of text the family only (``json``, ``xml``, ``html``, ``text`` …), which
            its reader tells apart further.
        decoded: of text formats.
        encoding: of text formats, also where it could not be decoded.
        start: of text that cannot be decoded, what is left of it.
        problem: why nothing more can be said of it.
    """

    code: str
    decoded: Decoded | None = None
    encoding: str | None = None
    container: Container | None = None
    compound: CompoundFile | None = None
    start: str = ""
    problem: FileRefused | None = None


def recognise_format(content: bytes, bounds: Bounds, *, is_sample: bool = False) -> Found:
    """What a file is; never raises for anything that it holds."""
    if not content:
        return Found("unknown", problem=refuse("empty_file"))
    if content.startswith((_ZIP, _EMPTY_ZIP)):
        return _zip(content, bounds)
    if content.startswith(COMPOUND):
        return _compound(content)
    if content.startswith(_PARQUET):
        return Found("parquet")
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return Found("pdf")
    if content.startswith(_PICTURES) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP"):
        return Found("image")
    return _text(_to_whole_line(content) if is_sample else content)


def _to_whole_line(content: bytes) -> bytes:
    """The start of a text without the letters and the line that its end cut through."""
    end = content.rfind(b"\n") + 1
    if content[end : end + 1] == b"\0":  # UTF-16, the lower byte first
        end += 1
    return content[: end or None] if end else content[:-4]


def _zip(content: bytes, bounds: Bounds) -> Found:
    try:
        container = Container(content, bounds)
    except FileRefused as refusal:
        return Found(_of_parts(set(_local_names(content)), content), problem=refusal)
    return Found(_of_parts(set(container.names), content), container=container)


def _of_parts(names: set[str], content: bytes) -> str:
    for part, code in _BY_PART:
        if part in names:
            return code
    if "mimetype" in names:
        return "ods" if _ODS in content[:200] else "unknown"
    for folder, code in _BY_FOLDER:
        if any(name.startswith(folder) for name in names):
            return code
    return "zip"


def _local_names(content: bytes) -> Iterator[str]:
    """Names of parts as they stand before each part: all there is of a file without its end."""
    at = content.find(_ZIP)
    for _ in range(_MOST_NAMES):
        if at < 0 or at + 30 > len(content):
            return
        length = int.from_bytes(content[at + 26 : at + 28], "little")
        if length <= _LONGEST_NAME:
            yield folded(content[at + 30 : at + 30 + length].decode("utf-8", "replace"))
        at = content.find(_ZIP, at + 4)


def _compound(content: bytes) -> Found:
    try:
        compound = CompoundFile(content)
    except FileRefused as refusal:
        return Found("unknown", problem=refusal)
    if "EncryptedPackage" in compound.names:
        return Found("unknown", problem=refuse("password"))
    for stream, code in _BY_STREAM:
        if stream in compound.names:
            return Found(code, compound=compound)
    return Found("unknown")


def _text(content: bytes) -> Found:
    try:
        decoded = decode(content)
    except FileRefused as refusal:
        return _damaged_text(content, refusal)
    is_marked = content.startswith(b"\xef\xbb\xbf")
    encoding = "utf-8-sig" if is_marked else decoded.encoding
    return Found(family(decoded.text), decoded=decoded, encoding=encoding)


def _damaged_text(content: bytes, refusal: FileRefused) -> Found:
    """Text with zero bytes or broken letters, or no text at all."""
    head = content[: 16 * _LOOK_INTO]
    control = sum(head.count(code) for code in (*range(1, 9), *range(14, 32)))
    if control * 50 >= len(head) or head.count(0) * _NUL_SHARE >= len(head):
        return Found("unknown", problem=refusal)
    text = head.decode("utf-8", "replace").replace("\0", "")
    if refusal.code == "nul_bytes":
        at, code, sentence = content.find(0), "utf-8", _NUL_VI
    else:
        at, code, sentence = _first_broken(content), "utf-8-broken", _BROKEN_VI
    problem = FileRefused(refusal.code, sentence.format(line=content.count(b"\n", 0, at) + 1))
    return Found(family(text), encoding=code, start=text, problem=problem)


def _first_broken(content: bytes) -> int:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return 0


def family(text: str) -> str:
    """What kind of text it is, by its start: ``json``, ``html``, ``xml`` and its kin, or ``text``.

    ``json`` is a guess; who reads it may find that it is none.
    """
    start = text[:_LOOK_INTO].lstrip("\ufeff \t\r\n")
    if start.startswith(("{\\rtf", "{\\RTF")):
        return "doc"
    if start[:1] in ("{", "["):
        return "json"
    if _TURTLE.match(start) or _TRIPLE.match(start.split("\n", 1)[0].rstrip("\r")):
        return "rdf"
    if start.startswith("<"):
        return _markup(start)
    return "text"


def _markup(start: str) -> str:
    if _HTML.match(start):
        return "html"
    at = 0
    while gap := _BEFORE_ROOT.match(start, at):
        at = gap.end()
    root = _ROOT.match(start, at)
    if root is None:
        return "xml" if start.startswith("<?xml") else "text"
    name = root.group(2).lower()
    return _XML_ROOTS.get(name, "html" if _HTML.match(root.group(0)) and at == 0 else "xml")
