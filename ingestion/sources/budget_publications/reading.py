"""Reading the files of many documents in batches, so that a scheduler can share them out.

What is read is kept in the landing zone; loading the readings of a window then only collects it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from threading import Event
from typing import TypedDict

from ingestion.core import environment
from ingestion.core.landing import Landing
from ingestion.core.outcome import Outcome, recorded_step
from ingestion.core.period import Period
from ingestion.ledger.obligations import periods_due
from ingestion.sources.budget_publications.reader import Reader, Version
from ingestion.sources.budget_publications.readings import (
    read_in_order,
    versions_named,
    versions_of,
)
from ingestion.sources.budget_publications.settings import SOURCE, read_settings


class Batch(TypedDict):
    """Files to be read together; small, and JSON.

    Attributes:
        version_keys: the versions.
        bytes: size of their files.
    """

    version_keys: list[str]
    bytes: int


def pending(first: date, last: date) -> list[Batch]:
    """Files of loaded documents that the present reader has not read yet, in batches.

    Args:
        first: first day; windows count that end between the two days.
        last: last day.
    """
    return pending_of(periods_due(SOURCE, "readings", first, last))


def pending_of(windows: Sequence[Period]) -> list[Batch]:
    """The same, of some windows."""
    engine = environment.engine("cchc_ingest")
    try:
        versions = versions_of(engine, windows)
    finally:
        engine.dispose()
    with Reader(Landing(environment.landing_url())) as reader:
        return _batches(version for version in versions if not reader.has(version))


def _batches(versions: Iterable[Version]) -> list[Batch]:
    bounds = read_settings().reading
    most_bytes = int(bounds.mib_a_batch * 1024 * 1024)
    batches: list[Batch] = []
    for version in versions:
        last = batches[-1] if batches else None
        if (
            last is None
            or len(last["version_keys"]) >= bounds.documents_a_batch
            or last["bytes"] + version.file_bytes > most_bytes
        ):
            last = Batch(version_keys=[], bytes=0)
            batches.append(last)
        last["version_keys"].append(version.version_key)
        last["bytes"] += version.file_bytes
    return batches


def read(batch: Batch, workers: int = 1) -> dict[str, int]:
    """Read the files of a batch and keep the readings.

    Args:
        batch: from `pending`.
        workers: processes at most.

    Returns:
        How many files ended in which state.

    Raises:
        LandingCorrupted: a kept file is not what it was.
    """
    engine = environment.engine("cchc_ingest")
    try:
        with recorded_step(engine, Outcome("parse", SOURCE, "readings")) as outcome:
            versions = versions_named(engine, batch["version_keys"])
            with Reader(Landing(environment.landing_url()), workers) as reader:
                readings = read_in_order(reader, versions, workers, Event())
                states = Counter(str(reading.get("state", "")) for reading in readings)
            outcome.details = {"states": dict(states)}
        return dict(states)
    finally:
        engine.dispose()
