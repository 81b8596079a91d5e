"""Reading a kept file: in a process that can do nothing else, once for every version of the reader.

A reading is kept in the landing zone by the file's hash, the version of the reader (its code and
layouts) and what the listing said, so the same reading is never made twice.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from isal import igzip, isal_zlib

import ingestion.reading
from ingestion.core.landing import Landing
from ingestion.core.log import event
from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated, Runs, run_again_if_busy
from ingestion.sources.budget_publications.settings import LAYOUTS, SOURCE

logger = logging.getLogger(__name__)

JOB = "ingestion.reading.forms:read_file"
_COMPRESSION = 2

Reading = dict[str, Any]
"""What the job says of a file; keys: the notes of `ingestion.reading.forms`."""


@dataclass(frozen=True)
class Version:
    """A version of a document that has a file.

    Attributes:
        stated: what the listing says of it, for the reader to hold against the file.
    """

    version_key: str
    file_sha256: str
    file_bytes: int
    file_name: str
    stated: Mapping[str, Any]

    def cache_path(self, reader_version: str) -> str:
        """Where its reading is kept."""
        stated = orjson.dumps(dict(self.stated), option=orjson.OPT_SORT_KEYS)
        about = hashlib.sha256(stated).hexdigest()[:16]
        folder = f"{SOURCE}/readings/{reader_version}/{self.file_sha256[:2]}"
        return f"{folder}/{self.file_sha256}-{about}.json.gz"


class Reader(AbstractContextManager["Reader"]):
    """Reads kept files. Thread-safe; use as a context manager."""

    def __init__(self, landing: Landing, workers: int = 1) -> None:
        """Prepare; processes are started when a file has to be read.

        Args:
            landing: where files and readings are kept.
            workers: processes at most.
        """
        self.version = reader_version()
        self._landing = landing
        self._workers = workers
        self._pool: Any = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Enter."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.__exit__(kind, error, trace)

    def has(self, version: Version) -> bool:
        """Whether it was read before."""
        return self._landing.has(version.cache_path(self.version))

    def read(self, version: Version) -> Reading:
        """The reading of a version, made now unless it is kept already.

        Raises:
            LandingCorrupted: the kept file is not what it was.
            IngestionError: the landing zone cannot be written.
        """
        path = version.cache_path(self.version)
        kept = self._kept(path)
        if kept is not None:
            return kept
        content = self._landing.kept(SOURCE, version.file_sha256)
        options = {"layouts": str(LAYOUTS), "stated": dict(version.stated)}
        try:
            reading = run_again_if_busy(self._runs(), JOB, content, version.file_name, options)
        except FileRefused as refusal:
            event(logger, "a file is not read", version=version.version_key, code=refusal.code)
            reading = {
                "state": "refused",
                "reason_code": refusal.code,
                "reason_vi": refusal.message_vi,
            }
        text = orjson.dumps(reading)
        self._landing.put(path, igzip.compress(text, _COMPRESSION, mtime=0))
        return reading

    def _runs(self) -> Runs:
        with self._lock:
            if self._pool is None:
                self._pool = pool_of(self._workers)
                self._pool.__enter__()
            pool: Runs = self._pool
            return pool

    def _kept(self, path: str) -> Reading | None:
        """A reading kept before; one that was damaged is made again."""
        stored = self._landing.get(path)
        if stored is None:
            return None
        try:
            text = isal_zlib.decompress(stored, wbits=isal_zlib.MAX_WBITS | 16)
            reading: Reading = orjson.loads(text)
        except (isal_zlib.error, orjson.JSONDecodeError):
            event(logger, "a kept reading was damaged", path=path)
            return None
        return reading


def reader_version() -> str:
    """Version of the code and layouts that readings are made with.

    Whatever of the readers' own files changes, readings are made anew: none that an older reader
    made, or refused, is taken for what this one would say.
    """
    told = str(importlib.import_module(JOB.partition(":")[0]).reader_version(LAYOUTS))
    return hashlib.sha256(f"{told}:{_code_hash()}".encode()).hexdigest()[:16]


@cache
def _code_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(ingestion.reading.__path__[0]).rglob("*")):
        if path.suffix in (".py", ".csv", ".yml"):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def pool_of(workers: int) -> Any:  # noqa: ANN401 - a context manager that is a `Runs`
    """The processes that files are read in."""
    return Isolated(workers=workers)
