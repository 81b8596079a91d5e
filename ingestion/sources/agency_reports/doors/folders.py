"""Looking into folders that people put files into: plain files only, bounded, never followed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from ingestion.core.log import quote_foreign
from ingestion.core.manual import plain_content

_AGENCY_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}", re.ASCII)
_STAMPS = ("ino", "mtime", "created", "ETag", "LastModified", "generation")


@dataclass(frozen=True)
class Found:
    """A file in a folder.

    Attributes:
        path: as the file system names it.
        place: below the folder that was looked into.
        agency_code: the folder that it lies in; None where it lies in none.
        stamp: differs when the file was written again, moved here again or is still growing.
    """

    path: str
    place: str
    name: str
    agency_code: str | None
    byte_count: int
    stamp: str


class Folder:
    """A folder with files and, one level below, folders named by agency codes."""

    def __init__(self, url: str) -> None:
        """Open the folder at any fsspec URL; it need not be there."""
        self._fs, root = fsspec.core.url_to_fs(url)
        self._root = str(root).rstrip("/")

    def files(self) -> list[Found]:
        """Files in it, in order of their places; hidden ones, links and other folders left out."""
        if not self._fs.isdir(self._root):
            return []
        self._fs.invalidate_cache()
        return sorted(self._look(), key=lambda found: found.place)

    def content(self, found: Found, most_bytes: int) -> bytes:
        """Bytes of a file.

        Raises:
            FileNotFoundError: it is not there any more.
            DataRefused: it is too large or points out of its folder.
        """
        if not self._fs.exists(found.path):
            raise FileNotFoundError(found.path)
        folder = found.path.rsplit("/", 1)[0]
        shown = f"file {quote_foreign(found.name, 80)}"
        return plain_content(self._fs, found.path, folder, shown, most_bytes)

    def write(self, place: str, content: bytes) -> None:
        """Write a file as a whole."""
        target = f"{self._root}/{place}"
        self._fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        hidden = f"{target.rsplit('/', 1)[0]}/.{target.rsplit('/', 1)[1]}"
        self._fs.pipe_file(hidden, content)
        self._fs.mv(hidden, target)

    def move(self, found: Found, place: str) -> None:
        """Move a file to another place below the folder; moving it again is no error."""
        target = f"{self._root}/{place}"
        self._fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        self._fs.mv(found.path, target)

    def _look(self) -> Iterator[Found]:
        for entry in self._fs.ls(self._root, detail=True):
            name = _name(entry)
            if self._is_plain(entry):
                yield self._found(entry, name, None)
            elif entry["type"] == "directory" and _AGENCY_CODE.fullmatch(name):
                for below in self._fs.ls(entry["name"], detail=True):
                    if self._is_plain(below):
                        yield self._found(below, f"{name}/{_name(below)}", name)

    def _found(self, entry: dict[str, Any], place: str, agency_code: str | None) -> Found:
        stamp = ":".join(f"{key}={entry[key]}" for key in _STAMPS if entry.get(key) is not None)
        size = int(entry["size"])
        return Found(entry["name"], place, _name(entry), agency_code, size, f"{size}:{stamp}")

    def _is_plain(self, entry: dict[str, Any]) -> bool:
        if entry["type"] != "file" or _name(entry).startswith("."):
            return False
        return not (isinstance(self._fs, LocalFileSystem) and entry.get("islink"))


def _name(entry: dict[str, Any]) -> str:
    return str(entry["name"]).rstrip("/").rsplit("/", 1)[-1]
