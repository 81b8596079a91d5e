"""The landing zone: immutable files named by the sha256 of their bytes.

A file's path is ``<source>/<resource>/<period>/<sha256>.ndjson.gz`` below `landing_url` (any fsspec
URL, so a local folder or ``s3://``). Files of an extract are written under a hidden folder first
and moved to their names when the whole extract is complete: nobody ever sees half of one. gzip is
written without a time stamp, so the same rows are the same file.

Files that a source publishes are kept as they came, in ``<source>/files/<ab>/<sha256>``.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem
from isal import igzip, isal_zlib

from ingestion.core.errors import IngestionError, LandingCorrupted
from ingestion.core.log import event

logger = logging.getLogger(__name__)

_INCOMING = ".incoming-"
_COMPRESSION = 2  # of igzip: a tenth of zlib's time for half as many bytes again
_ABANDONED_SECONDS = 86_400.0


@dataclass(frozen=True)
class LandedFile:
    """One immutable file.

    Attributes:
        path: relative to the landing zone.
        sha256: of the stored bytes, lower-case hex.
        byte_count: size as stored.
        row_count: lines in it.
    """

    path: str
    sha256: str
    byte_count: int
    row_count: int


class Landing:
    """A landing zone on any fsspec file system."""

    def __init__(self, url: str) -> None:
        """Open the zone at ``url``; nothing is created yet."""
        self._fs, self._root = fsspec.core.url_to_fs(url)
        self._local = isinstance(self._fs, LocalFileSystem)

    def begin(self, source: str, resource: str, period: str, extract_id: str) -> Incoming:
        """Start taking in the files of one extract."""
        folder = f"{source}/{resource}/{period}"
        self._forget_abandoned(folder)
        return Incoming(self, folder, f"{folder}/{_INCOMING}{extract_id}")

    def read(self, path: str, sha256: str) -> bytes:
        """Content of a landed file, verified and decompressed.

        Raises:
            LandingCorrupted: it is gone, or its bytes are not those of its name.
        """
        try:
            stored: bytes = self._fs.cat_file(self._full(path))
        except FileNotFoundError:
            raise LandingCorrupted(f"landed file is missing: {path}") from None
        if hashlib.sha256(stored).hexdigest() != sha256:
            raise LandingCorrupted(f"landed file was changed after landing: {path}")
        try:
            content: bytes = isal_zlib.decompress(stored, wbits=isal_zlib.MAX_WBITS | 16)
        except isal_zlib.error as error:
            raise LandingCorrupted(f"landed file is no valid gzip: {path}: {error}") from None
        return content

    def keep(self, source: str, content: bytes) -> LandedFile:
        """Keep a file of a source unchanged, below a name made of its hash.

        The same content is the same file; one that is there already is left alone.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = kept_path(source, digest)
        if not self._fs.exists(self._full(path)):
            self.put(path, content)
        return LandedFile(path, digest, len(content), 0)

    def kept(self, source: str, sha256: str) -> bytes:
        """Content of a kept file, verified.

        Raises:
            LandingCorrupted: it is gone, or its bytes are not those of its name.
        """
        path = kept_path(source, sha256)
        try:
            content: bytes = self._fs.cat_file(self._full(path))
        except FileNotFoundError:
            raise LandingCorrupted(f"landed file is missing: {path}") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise LandingCorrupted(f"landed file was changed after landing: {path}")
        return content

    def put(self, path: str, content: bytes) -> None:
        """Write a file as a whole; nobody ever sees half of it."""
        hidden = f"{path.rpartition('/')[0]}/{_INCOMING}{uuid.uuid4()}"
        self._write(hidden, content)
        self._move(hidden, path)

    def get(self, path: str) -> bytes | None:
        """Content of a file that `put` wrote; None where there is none."""
        try:
            content: bytes = self._fs.cat_file(self._full(path))
        except FileNotFoundError:
            return None
        return content

    def has(self, path: str) -> bool:
        """Whether there is a file."""
        return bool(self._fs.exists(self._full(path)))

    def _full(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}"

    def _forget_abandoned(self, folder: str) -> None:
        """Remove what killed runs left under hidden folders more than a day ago."""
        if not self._local:
            return  # an object store is swept by a lifecycle rule
        here = Path(self._full(folder))
        for left in here.glob(f"{_INCOMING}*"):
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                    shutil.rmtree(left)
                    event(logger, "removed files of a killed run", folder=str(left.name))

    def _write(self, path: str, content: bytes) -> None:
        try:
            if self._local:
                target = Path(self._full(path))
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
            else:
                self._fs.pipe_file(self._full(path), content)
        except OSError as error:
            raise IngestionError(f"cannot write to the landing zone: {error.strerror}") from error

    def _move(self, path: str, target: str) -> None:
        if self._local:
            Path(self._full(path)).replace(self._full(target))
        elif not self._fs.exists(self._full(target)):
            self._fs.mv(self._full(path), self._full(target))

    def _discard(self, folder: str) -> None:
        with suppress(FileNotFoundError):
            self._fs.rm(self._full(folder), recursive=True)


class Incoming:
    """Files of one extract on their way in."""

    def __init__(self, landing: Landing, folder: str, hidden: str) -> None:
        """Made by `Landing.begin`."""
        self._landing = landing
        self._folder = folder
        self._hidden = hidden

    def add(self, ordinal: int, lines: list[bytes]) -> LandedFile:
        """Write one page of lines, not yet visible. May be called from several threads."""
        content = igzip.compress(b"".join(line + b"\n" for line in lines), _COMPRESSION, mtime=0)
        digest = hashlib.sha256(content).hexdigest()
        self._landing._write(f"{self._hidden}/{ordinal:06d}", content)
        return LandedFile(f"{self._folder}/{digest}.ndjson.gz", digest, len(content), len(lines))

    def complete(self, files: dict[int, LandedFile]) -> list[LandedFile]:
        """Give every file its name, in order of the ordinals; returns them in that order."""
        ordered = [files[ordinal] for ordinal in sorted(files)]
        for ordinal in sorted(files):
            self._landing._move(f"{self._hidden}/{ordinal:06d}", files[ordinal].path)
        self.discard()
        return ordered

    def discard(self) -> None:
        """Forget everything that is not complete."""
        self._landing._discard(self._hidden)


def kept_path(source: str, sha256: str) -> str:
    """Where a file of a source is kept."""
    return f"{source}/files/{sha256[:2]}/{sha256}"


def manifest_fields(file: LandedFile) -> dict[str, Any]:
    """The columns of ``ops.manifest`` that describe the file itself."""
    return {
        "landing_path": file.path,
        "sha256": file.sha256,
        "byte_count": file.byte_count,
        "row_count": file.row_count,
    }
