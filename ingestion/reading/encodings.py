"""Which encoding a text file is in, by its bytes; what it declares is only compared with it."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from ingestion.core.log import quote_foreign
from ingestion.reading.grid import Remark
from ingestion.reading.refusals import refuse

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOK_INTO = 1 << 16
_VIETNAMESE = frozenset(
    "".join(
        unicodedata.normalize("NFC", base + tone)
        for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
        for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    )
    + "đĐ₫\u00a0–—‘’“”…•%‰°²³±×·«»§©®€"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and how its bytes were understood."""

    text: str
    encoding: str


def decode(content: bytes) -> Decoded:
    """The text of a file.

    UTF-8 and UTF-16 are told by their bytes. What is neither is code page 1258 when every letter
    of it is Vietnamese then; else code page 1252, which keeps texts in fonts before Unicode
    (TCVN3, VNI) as those who convert them expect (`ingestion.reading.text`).

    Raises:
        FileRefused: cut off within a letter, UTF-8 with broken places, or no text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return Decoded(_strict(content[len(mark) :], encoding), encoding)
    zeros = _utf16_without_mark(content)
    if zeros:
        return Decoded(_strict(content, zeros), zeros)
    if 0 in content:
        raise refuse("nul_bytes")
    try:
        return Decoded(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        _check_not_broken(content, error)
    return _legacy(content)


def contradiction(declared: str | None, found: str) -> list[Remark]:
    """A remark when a file declares another encoding than it is in."""
    if not declared:
        return []
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        name = declared.lower()
    if name == found or (name == "utf-16" and found.startswith("utf-16")) or name == "ascii":
        return []
    said = quote_foreign(declared, 30)
    return [
        Remark(
            "encoding_misdeclared",
            "",
            f"Tệp khai báo bảng mã {said} nhưng thực tế là {found}; đã đọc theo thực tế.",
        )
    ]


def _strict(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        at_the_end = error.start >= len(content) - 4
        raise refuse("truncated_file" if at_the_end else "undecodable") from error
    if "\0" in text:
        raise refuse("nul_bytes")
    return text


def _utf16_without_mark(content: bytes) -> str | None:
    """UTF-16 of mostly Latin letters has its zero bytes on one side only."""
    head = content[:_LOOK_INTO]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) <= len(head) // 8 or min(even, odd) * 20 >= max(even, odd):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _check_not_broken(content: bytes, error: UnicodeDecodeError) -> None:
    """Refuse UTF-8 with a broken place, rather than read it as something else."""
    letters = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]+", content[:_LOOK_INTO]))
    if error.start >= len(content) - 3 and error.reason == "unexpected end of data":
        if letters:
            raise refuse("truncated_file") from error
        return
    others = content[:_LOOK_INTO].decode("utf-8", "replace").count("\ufffd")
    if letters > 4 * others:
        raise refuse("undecodable") from error


def _legacy(content: bytes) -> Decoded:
    try:
        text = unicodedata.normalize("NFC", content.decode("cp1258"))
    except UnicodeDecodeError:
        text = ""
    foreign = {letter for letter in text if ord(letter) > 127} - _VIETNAMESE
    if text and not foreign:
        return Decoded(text, "cp1258")
    text = "".join(
        piece.decode("cp1252") if piece not in _UNASSIGNED else piece.decode("latin-1")
        for piece in re.split(_UNASSIGNED_SPLIT, content)
    )
    control = sum(1 for letter in text[:_LOOK_INTO] if ord(letter) < 32 and letter not in "\t\r\n")
    if control * 50 > len(text[:_LOOK_INTO]):
        raise refuse("undecodable")
    return Decoded(text, "cp1252")


_UNASSIGNED = frozenset({b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"})
_UNASSIGNED_SPLIT = re.compile(rb"([\x81\x8d\x8f\x90\x9d])")
