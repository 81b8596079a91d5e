"""The compound file format of Office before 2007: a small file system within a file.

Only what is needed to name the streams and to take one out whole. Written after [MS-CFB]; every
chain is bounded by the number of sectors, so that loops end.
"""

from __future__ import annotations

import struct

from ingestion.reading.refusals import refuse

_HEADER = struct.Struct("<8s16sHHHHH6sIIIIIIIIII")
_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_LARGEST_SECTOR = 0xFFFFFFFA
_ENTRY = 128
_STREAM, _ROOT = 2, 5


class CompoundFile:
    """A compound file.

    Args:
        content: the file.

    Attributes:
        names: names of its streams and storages.

    Raises:
        FileRefused: it is cut off or broken.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        try:
            self._read_header()
            directory = self._chain(self._first_directory)
        except struct.error as error:
            raise refuse("truncated_file") from error
        self._entries: dict[str, tuple[int, int]] = {}
        self._small = b""
        self.names: set[str] = set()
        self._read_directory(directory)

    def stream(self, name: str) -> bytes:
        """The content of a stream.

        Raises:
            KeyError: there is none of that name.
            FileRefused: it is cut off.
        """
        first, size = self._entries[name]
        is_small = size < self._small_below
        data = self._small_chain(first, size) if is_small else self._chain(first)
        if len(data) < size:
            raise refuse("truncated_file")
        return data[:size]

    def _read_header(self) -> None:
        fields = _HEADER.unpack_from(self._content)
        self._sector = 1 << min(fields[5], 16)
        self._small_sector = 1 << min(fields[6], 12)
        table_count, self._first_directory = fields[9], fields[10]
        self._small_below = fields[12]
        self._first_small, small_count = fields[13], fields[14]
        first_list, list_count = fields[15], fields[16]
        if self._sector not in (512, 4096):
            raise refuse("truncated_file")
        sectors = len(self._content) // self._sector
        if table_count > sectors or list_count > sectors or small_count > sectors:
            raise refuse("truncated_file")
        locations = list(struct.unpack_from("<109I", self._content, 76))
        seen: set[int] = set()
        while first_list <= _LARGEST_SECTOR:
            if first_list in seen:
                raise refuse("truncated_file")
            seen.add(first_list)
            numbers = self._numbers(first_list)
            locations += numbers[:-1]
            first_list = numbers[-1]
        self._table: list[int] = []
        for location in locations[:table_count]:
            if location <= _LARGEST_SECTOR:
                self._table += self._numbers(location)

    def _numbers(self, sector: int) -> tuple[int, ...]:
        start = (sector + 1) * self._sector
        return struct.unpack_from(f"<{self._sector // 4}I", self._content, start)

    def _chain(self, sector: int) -> bytes:
        """The sectors from one to the end of its chain."""
        parts: list[bytes] = []
        most = len(self._content) // self._sector + 1
        while sector <= _LARGEST_SECTOR:
            if len(parts) > most or sector >= len(self._table):
                raise refuse("truncated_file")
            start = (sector + 1) * self._sector
            parts.append(self._content[start : start + self._sector])
            sector = self._table[sector]
        return b"".join(parts)

    def _small_chain(self, sector: int, size: int) -> bytes:
        parts: list[bytes] = []
        table = self._chain(self._first_small)
        while sector <= _LARGEST_SECTOR and len(parts) * self._small_sector < size:
            if 4 * sector + 4 > len(table):
                raise refuse("truncated_file")
            start = sector * self._small_sector
            parts.append(self._small[start : start + self._small_sector])
            (sector,) = struct.unpack_from("<I", table, 4 * sector)
        return b"".join(parts)

    def _read_directory(self, directory: bytes) -> None:
        for at in range(0, len(directory) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", directory, at + 64)
            if not 2 <= length <= 64:
                continue
            name = directory[at : at + length - 2].decode("utf-16-le", "replace")
            first, size = struct.unpack_from("<II", directory, at + 116)
            self.names.add(name)
            if kind == _STREAM:
                self._entries.setdefault(name, (first, size))
            elif kind == _ROOT and size:
                self._small = self._chain(first)[:size]
