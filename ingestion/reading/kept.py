"""Readings kept in the landing zone: a file is read once for every version of its reader.

A reading is made in the isolated process and kept below a path that its maker chooses: the file's
hash, the reader's version and whatever else decides what is read. A refusal is a reading too.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
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
from ingestion.reading.isolation import Runs, run_again_if_busy

logger = logging.getLogger(__name__)

_COMPRESSION = 2

Reading = dict[str, Any]
"""What the job says of a file, or ``state: refused`` with ``reason_code`` and ``reason_vi``."""


class KeptReadings(AbstractContextManager["KeptReadings"]):
    """Makes readings and keeps them. Thread-safe; use as a context manager.

    Args:
        landing: where readings are kept.
        job: what makes them, as `Isolated.run` takes it.
        pool: makes the processes that files are read in, a context manager that is a `Runs`; called
            when the first file has to be read.
    """

    def __init__(self, landing: Landing, job: str, pool: Callable[[], Any]) -> None:
        self._landing = landing
        self._job = job
        self._make_pool = pool
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

    def has(self, path: str) -> bool:
        """Whether there is a reading."""
        return self._landing.has(path)

    def read(
        self, path: str, content: Callable[[], bytes], name: str, options: Mapping[str, Any]
    ) -> Reading:
        """The reading kept at a path, made now where there is none.

        Args:
            path: where it is kept, below the landing zone.
            content: gives the file; called only when it has to be read.
            name: name of the file, as it came.
            options: of the job.

        Raises:
            IngestionError: the landing zone cannot be written.
            LookupError, WorkerNotStarted: the installation is broken.
        """
        kept = self._kept(path)
        if kept is not None:
            return kept
        try:
            reading = run_again_if_busy(self._runs(), self._job, content(), name, options)
        except FileRefused as refusal:
            event(logger, "a file is not read", path=path, code=refusal.code)
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
                self._pool = self._make_pool()
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


@cache
def code_hash(*folders: Path) -> str:
    """A hash of the readers' own code and words, and of those in other folders.

    Whatever of them changes, readings are made anew: none that an older reader made, or refused,
    is taken for what this one would say.
    """
    digest = hashlib.sha256()
    for folder in (Path(ingestion.reading.__path__[0]), *folders):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".csv", ".yml"):
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
