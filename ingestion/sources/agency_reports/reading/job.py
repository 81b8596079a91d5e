"""The job that reads a delivered report; runs in a worker of `ingestion.reading.isolation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def read_report(content: bytes, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Read a file as a report.

    Args:
        content: the file.
        name: its name, as it came.
        options: the forms as plain data, see `reading.reader`.

    Raises:
        FileRefused: the file is not read.
    """
    raise NotImplementedError
