"""Reading a kept file: in a process that can do nothing else, once for every version of the reader.

A reading is kept in the landing zone by the file's hash, the version of the reader (its code and
layouts) and what the listing said, so the same reading is never made twice.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import orjson

from ingestion.core.landing import Landing
from ingestion.reading.isolation import Isolated
from ingestion.reading.kept import KeptReadings, Reading, code_hash
from ingestion.sources.budget_publications.settings import LAYOUTS, SOURCE

__all__ = ["JOB", "Reader", "Reading", "Version", "pool_of", "reader_version"]

JOB = "ingestion.reading.forms:read_file"
"""What it says of a file: the notes of `ingestion.reading.forms`."""


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
        self._readings = KeptReadings(landing, JOB, lambda: pool_of(workers))

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
        self._readings.__exit__(kind, error, trace)

    def has(self, version: Version) -> bool:
        """Whether it was read before."""
        return self._readings.has(version.cache_path(self.version))

    def read(self, version: Version) -> Reading:
        """The reading of a version, made now unless it is kept already.

        Raises:
            LandingCorrupted: the kept file is not what it was.
            IngestionError: the landing zone cannot be written.
        """
        return self._readings.read(
            version.cache_path(self.version),
            lambda: self._landing.kept(SOURCE, version.file_sha256),
            version.file_name,
            {"layouts": str(LAYOUTS), "stated": dict(version.stated)},
        )


def reader_version() -> str:
    """Version of the code and layouts that readings are made with."""
    told = str(importlib.import_module(JOB.partition(":")[0]).reader_version(LAYOUTS))
    return hashlib.sha256(f"{told}:{code_hash()}".encode()).hexdigest()[:16]


def pool_of(workers: int) -> Any:  # noqa: ANN401 - a context manager that is a `Runs`
    """The processes that files are read in."""
    return Isolated(workers=workers)
