"""Zip containers from outside: inflated part by part within bounds, then packed again.

What is checked is what is read: readers never see the container as it came, but one that holds
only the parts that were inflated here, each of them within its bound, with its checksum right, and
free of DTDs and entities.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib

from isal import isal_zlib

from ingestion.core.log import quote_foreign
from ingestion.reading.bounds import Bounds
from ingestion.reading.refusals import refuse

_END = b"PK\x05\x06"
_END_LENGTH = 22
_LONGEST_COMMENT = 0xFFFF
_LONGEST_ENTRY = 512  # bytes of directory that one entry is granted
_LOCAL = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 0x1
_LARGEST_PEEK = 1 << 20
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_UTF8 = {b"utf-8", b"utf8", b"us-ascii", b"ascii"}


class Container:
    """A zip file from outside.

    Args:
        content: the file.
        bounds: what may be taken from it.

    Attributes:
        names: names of its parts as written, by their folded form.

    Raises:
        FileRefused: no zip, cut off, encrypted, too many parts, or two parts of one name.
    """

    def __init__(self, content: bytes, bounds: Bounds) -> None:
        self._content = content
        self._bounds = bounds
        self._inflated = 0
        _check_directory(content, bounds)
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as file:
                entries = file.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError) as e:
            raise refuse("truncated_file") from e
        if len(entries) > bounds.parts:
            raise refuse("too_many_parts", most=bounds.parts)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            key = folded(entry.filename)
            if key in self._entries:
                raise refuse("duplicate_parts", quote_foreign(entry.filename, 60))
            if entry.flag_bits & _ENCRYPTED:
                raise refuse("password")
            self._entries[key] = entry
        self.names = {key: entry.filename for key, entry in self._entries.items()}

    def __contains__(self, name: str) -> bool:
        return folded(name) in self._entries

    def part(self, name: str) -> bytes:
        """One part, inflated and checked.

        Raises:
            KeyError: there is none of that name.
            FileRefused: it is larger than allowed or broken.
        """
        entry = self._entries[folded(name)]
        data = self._inflate(entry, self._bounds.part_bytes)
        self._inflated += len(data)
        if self._inflated > self._bounds.container_bytes:
            raise refuse("zip_bomb", quote_foreign(name, 60))
        return data

    def peek(self, name: str) -> bytes:
        """A small part that is looked into but not read; empty when it is large."""
        entry = self._entries[folded(name)]
        return b"" if entry.file_size > _LARGEST_PEEK else self._inflate(entry, _LARGEST_PEEK)

    def _inflate(self, entry: zipfile.ZipInfo, most: int) -> bytes:
        raw = self._raw(entry)
        if entry.compress_type == zipfile.ZIP_STORED:
            data = raw
        elif entry.compress_type == zipfile.ZIP_DEFLATED:
            inflater = isal_zlib.decompressobj(-zlib.MAX_WBITS)
            try:
                data = inflater.decompress(raw, most + 1)
            except isal_zlib.error as error:
                raise refuse("truncated_file") from error
            if len(data) <= most and not inflater.eof:
                raise refuse("truncated_file")
        else:
            raise refuse("broken_workbook", quote_foreign(entry.filename, 60))
        ratio = len(data) // max(1, len(raw))
        if len(data) > most or (
            len(data) > self._bounds.inflation_from_bytes and ratio > self._bounds.inflation
        ):
            raise refuse("zip_bomb", quote_foreign(entry.filename, 60))
        if isal_zlib.crc32(data) != entry.CRC:
            raise refuse("truncated_file")
        return bytes(data)

    def _raw(self, entry: zipfile.ZipInfo) -> bytes:
        """The compressed bytes, found through the local header."""
        start = entry.header_offset
        header = self._content[start : start + _LOCAL.size]
        if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
            raise refuse("truncated_file")
        *_, name_length, extra_length = _LOCAL.unpack(header)
        first = start + _LOCAL.size + name_length + extra_length
        raw = self._content[first : first + entry.compress_size]
        if len(raw) != entry.compress_size:
            raise refuse("truncated_file")
        return raw


def folded(name: str) -> str:
    """A part's name as workbook programs compare it: without case, backslashes or a first slash."""
    return name.replace("\\", "/").lstrip("/").casefold()


def check_xml(data: bytes, where: str) -> None:
    """Refuse an XML part that declares a DTD or entities, or is not UTF-8.

    Raises:
        FileRefused: it does.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:4].count(0):
        raise refuse("xml_encoding", where)
    declared = _DECLARED.match(data[:200].removeprefix(b"\xef\xbb\xbf"))
    if declared and declared.group(1).strip().lower() not in _UTF8:
        raise refuse("xml_encoding", where)
    if b"<!" in data and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
        raise refuse("xml_entities", where)


def packed(parts: dict[str, bytes]) -> bytes:
    """The parts as a container without compression."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as container:
        for name, data in parts.items():
            container.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def _check_directory(content: bytes, bounds: Bounds) -> None:
    """Bound the directory before anybody walks through it."""
    tail = content[-(_END_LENGTH + _LONGEST_COMMENT) :]
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_LENGTH:
        raise refuse("truncated_file")
    entries, size = struct.unpack_from("<HI", tail, at + 10)
    if entries > bounds.parts or size > bounds.parts * _LONGEST_ENTRY:
        raise refuse("too_many_parts", most=bounds.parts)
