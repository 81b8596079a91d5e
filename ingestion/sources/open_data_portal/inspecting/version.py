"""The inspection as its callers see it: the job, what it may cost, its version."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import ingestion.core.guard
import ingestion.reading
from ingestion.reading.isolation import Limits

JOB = "ingestion.sources.open_data_portal.inspecting.job:inspect_published"
LIMITS = Limits(memory_bytes=640 * 1024 * 1024)
"""Arrow's libraries alone take 180 MB of addresses; a process that holds half is replaced."""


@cache
def inspector_version() -> str:
    """A short hash of the code, words and bounds that facts are made with."""
    digest = hashlib.sha256(version("frictionless").encode())
    folders = (Path(__file__).parent, Path(ingestion.reading.__path__[0]))
    files = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in (".py", ".csv", ".yml")
    ]
    for path in sorted([*files, Path(ingestion.core.guard.__file__)]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
