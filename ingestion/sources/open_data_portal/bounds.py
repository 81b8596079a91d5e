"""What a day's harvest may cost and when it is not believed: the rest of ``source.yml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ingestion.core.source import Shrinkage, settings_named, source_yml
from ingestion.sources.open_data_portal.settings import SOURCE


@dataclass(frozen=True)
class SnapshotBounds:
    """When the portal's present may stand for a day.

    Attributes:
        latest_hours: hours after the end of a day within which it does.
    """

    latest_hours: float
    rows_a_file: int


@dataclass(frozen=True)
class DroppedBounds:
    """Bounds of the manual door: size of a file, number of files in a day."""

    mib: float
    most: int


@dataclass(frozen=True)
class FileBounds:
    """What fetching one file may cost; of a larger one its start is taken as a sample."""

    mib: float
    seconds: float
    attempts: int


@dataclass(frozen=True)
class Outage:
    """When problems of files are the portal's and nobody else's.

    Attributes:
        least: files of the portal asked for before this is judged at all.
        least_share: share of those had before that must still come.
    """

    least: int
    least_share: float


@dataclass(frozen=True)
class ContentBounds:
    """What looking at the files of a day may cost.

    Attributes:
        files, mib, seconds: after which nothing more is asked for on this day.
        recheck_days: a file that nobody says has changed is asked for again after so long.
        requests_a_host: files of one host that are asked for at the same time.
        workers: processes that files are inspected in.
        down_after: files of a host in a row without an answer, before no more are asked for.
        portal_hosts: hosts besides the connection's that the portal itself keeps files on.
    """

    files: int
    mib: float
    seconds: float
    recheck_days: int
    requests_at_once: int
    requests_a_host: int
    workers: int
    down_after: int
    portal_hosts: Sequence[str]
    outage: Outage
    file: FileBounds


@dataclass(frozen=True)
class Bounds:
    """All bounds of the harvest."""

    snapshot: SnapshotBounds
    dropped: DroppedBounds
    shrinkage: Shrinkage
    contents: ContentBounds


@cache
def read_bounds() -> Bounds:
    """The bounds in ``source.yml``.

    Raises:
        ContractError: something is missing or misspelt; the message names it.
    """
    return bounds_from(source_yml(SOURCE))


def bounds_from(given: Mapping[str, Any]) -> Bounds:
    """The bounds in a decoded ``source.yml``.

    Raises:
        ContractError: something is missing or misspelt; the message names it.
    """
    with settings_named(SOURCE):
        contents = dict(given["contents"])
        outage, file = contents.pop("outage"), contents.pop("file")
        return Bounds(
            snapshot=SnapshotBounds(**given["snapshot"]),
            dropped=DroppedBounds(**given["dropped"]),
            shrinkage=Shrinkage.of(given["shrinkage"]),
            contents=ContentBounds(
                outage=Outage(outage["from"], outage["least_share"]),
                file=FileBounds(**file),
                **contents,
            ),
        )
