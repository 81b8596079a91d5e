"""Reading delivered reports in the isolated process, each content once for every version."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from ingestion.core.landing import Landing

Reading = dict[str, Any]
"""What the job says of a file, or ``state: refused`` with ``reason_code`` and ``reason_vi``."""


class Reader(AbstractContextManager["Reader"]):
    """Reads reports. Thread-safe; use as a context manager."""

    def __init__(self, landing: Landing, workers: int = 1) -> None:
        """Prepare; processes are started when a file has to be read.

        Args:
            landing: where readings are kept.
            workers: processes at most.
        """
        self._landing = landing
        self._workers = workers

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

    def reading_of(self, content: bytes, name: str) -> Reading:
        """The reading of a file, made now unless it is kept already; a refusal is a reading too."""
        raise NotImplementedError
