"""Writes whole years as API pages on disk: for benchmarks and the landing's manual door.

Layout: ``<out>/<period>/<resource>-<page>.json.gz``, each file one page as the API sends it.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from sandbox.pages import envelope, gzipped
from sandbox.province import Province, window_of_days

RESOURCES: Final = ("dossiers", "ratings", "procedures")


@dataclass(frozen=True, slots=True)
class BulkOrder:
    """What to write.

    Attributes:
        seed: of the province.
        scale: of the province.
        out: folder.
        resources: which of ``RESOURCES``.
        page_size: records per file.
    """

    seed: int
    scale: float
    out: Path
    resources: tuple[str, ...] = RESOURCES
    page_size: int = 1_000


@dataclass(frozen=True, slots=True)
class BulkCount:
    """How much was written."""

    records: int
    files: int
    bytes: int

    def __add__(self, other: BulkCount) -> BulkCount:
        return BulkCount(
            self.records + other.records, self.files + other.files, self.bytes + other.bytes
        )


Window = tuple[str, dt.date, dt.date]


def windows(first: dt.date, end: dt.date, kind: str) -> list[Window]:
    """Cut [first, end) into days or calendar months: (period, first day, day after)."""
    found: list[Window] = []
    day = first
    while day < end:
        if kind == "day":
            following = day + dt.timedelta(days=1)
            found.append((day.isoformat(), day, following))
        else:
            following = min((day.replace(day=28) + dt.timedelta(days=4)).replace(day=1), end)
            found.append((f"{day:%Y-%m}", day, following))
        day = following
    return found


def write_windows(order: BulkOrder, chosen: list[Window]) -> BulkCount:
    """Write some windows in this process."""
    province = Province(order.seed, order.scale)
    done = BulkCount(0, 0, 0)
    for period, first, end in chosen:
        folder = order.out / period
        folder.mkdir(parents=True, exist_ok=True)
        for resource in order.resources:
            for number, (records, page) in enumerate(
                _pages(province, order, resource, first, end), 1
            ):
                packed = gzipped(page)
                (folder / f"{resource}-{number:05d}.json.gz").write_bytes(packed)
                done += BulkCount(records, 1, len(packed))
    return done


def write_all(order: BulkOrder, chosen: list[Window], workers: int) -> BulkCount:
    """Write windows with several processes, each on a run of neighbouring windows.

    Neighbours share most of their dossiers, so a process that keeps to a run draws them once.
    """
    if workers <= 1 or len(chosen) < 2 * workers:
        return write_windows(order, chosen)
    size = -(-len(chosen) // workers)
    runs = [chosen[first : first + size] for first in range(0, len(chosen), size)]
    # Spawned, not forked: the caller may have threads.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        counts = list(pool.map(write_windows, [order] * len(runs), runs))
    return sum(counts, BulkCount(0, 0, 0))


def _pages(
    province: Province, order: BulkOrder, resource: str, first: dt.date, end: dt.date
) -> Iterator[tuple[int, bytes]]:
    start, stop = window_of_days(first, end)
    size = order.page_size
    if resource == "dossiers":
        total = province.count_dossiers(start, stop)
        for page, skipped in enumerate(range(0, max(total, 1), size), 1):
            records = province.dossiers(start, stop, skipped, size)
            yield len(records), envelope(total, page, size, records)
        return
    rows = (
        province.ratings(start, stop)
        if resource == "ratings"
        else province.procedure_catalogue(end - dt.timedelta(days=1))
    )
    texts = [orjson.dumps(row).decode() for row in rows]
    for page, skipped in enumerate(range(0, max(len(texts), 1), size), 1):
        records = texts[skipped : skipped + size]
        yield len(records), envelope(len(texts), page, size, records)
