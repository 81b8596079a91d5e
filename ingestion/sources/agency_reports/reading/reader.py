"""Reading delivered reports in the isolated process, each content once for every version."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from ingestion.core.landing import Landing
from ingestion.reading.isolation import Isolated, Limits
from ingestion.reading.kept import KeptReadings, Reading, code_hash
from ingestion.sources.agency_reports.forms import SOURCE, read_forms
from ingestion.sources.agency_reports.plan_tasks import read_plan_tasks
from ingestion.sources.agency_reports.reading.options import plain_forms

__all__ = ["JOB", "Reader", "Reading", "pool_of", "reader_options", "reader_version"]

JOB = "ingestion.sources.agency_reports.reading.job:read_report"
LIMITS = Limits(seconds=20.0)
"""A report is a few sheets; its sender waits for a receipt."""


class Reader(AbstractContextManager["Reader"]):
    """Reads reports. Thread-safe; use as a context manager."""

    def __init__(self, landing: Landing, workers: int = 1) -> None:
        """Prepare; processes are started when a file has to be read.

        Args:
            landing: where readings are kept.
            workers: processes at most.
        """
        self.version = reader_version()
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

    def reading_of(self, content: bytes, name: str) -> Reading:
        """The reading of a file, made now unless it is kept already; a refusal is a reading too.

        Args:
            content: the file.
            name: its name, as it came. It decides nothing but a remark, of the first delivery.

        Raises:
            IngestionError: the landing zone cannot be written.
            LookupError, WorkerNotStarted: the installation is broken.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = f"{SOURCE}/readings/{self.version}/{sha256[:2]}/{sha256}.json.gz"
        return self._readings.read(path, lambda: content, name, reader_options())


@cache
def reader_options() -> dict[str, Any]:
    """What the job has to know of the forms."""
    plain = plain_forms(read_forms().all, read_plan_tasks())
    return {"forms": orjson.dumps(plain).decode()}


@cache
def reader_version() -> str:
    """Version of the code, words and forms that readings are made with."""
    told = reader_options()["forms"]
    code = code_hash(Path(__file__).parent)
    return hashlib.sha256(f"{told}:{code}".encode()).hexdigest()[:16]


def pool_of(workers: int) -> Any:  # noqa: ANN401 - a context manager that is a `Runs`
    """The processes that files are read in."""
    return Isolated(workers=workers, limits=LIMITS)
