"""Dossiers of one month for the load leg: pages of the simulated province, through the door."""

from __future__ import annotations

import gzip
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ingestion.core.door import Door, decode
from ingestion.core.landing import LandedFile, Landing
from ingestion.core.source import read_source
from sandbox.bulk import BulkOrder, windows, write_windows

PERIOD = "2026-10"
SEED = 20260101
_DOSSIERS_AT_SCALE_1 = 97_000
"""How many dossiers the province updates in that month at scale 1."""


@dataclass(frozen=True)
class Landed:
    """Landed pages of one month.

    Attributes:
        folder: the landing zone.
        files: its files in the order of the pages.
        seconds: how long door and landing took, in one thread.
    """

    folder: Path
    files: tuple[LandedFile, ...]
    seconds: float

    @property
    def dossiers(self) -> int:
        """Records in the files."""
        return sum(file.row_count for file in self.files)

    def as_dicts(self) -> list[dict[str, Any]]:
        """The files as plain dictionaries."""
        return [asdict(file) for file in self.files]

    def job(self, period: str) -> dict[str, Any]:
        """As a job for a child process that loads them as one period."""
        return {"folder": str(self.folder), "periods": {period: self.as_dicts()}}


def generate_pages(dossiers: int, folder: Path) -> list[Path]:
    """Write API pages of 1,000 dossiers each, about as many as asked for; the files in order."""
    month = date(2026, 10, 1)
    order = BulkOrder(SEED, dossiers / _DOSSIERS_AT_SCALE_1, folder, ("dossiers",))
    write_windows(order, windows(month, date(2026, 11, 1), "month"))
    return sorted((folder / PERIOD).glob("dossiers-*.json.gz"))


def land(pages: list[Path], folder: Path) -> Landed:
    """Take local API pages through the allow-list into a landing zone, as the extractor does."""
    contract = read_source("tthc").contract.resources["dossiers"]
    began = time.perf_counter()
    door = Door(contract)
    place = Landing(str(folder)).begin("tthc", "dossiers", PERIOD, "bench")
    files: dict[int, LandedFile] = {}
    for number, page in enumerate(pages, start=1):
        payload: Any = decode(gzip.decompress(page.read_bytes()), page.name)
        files[number] = place.add(number, door.project(payload["data"]).lines)
    landed = place.complete(files)
    return Landed(folder, tuple(landed), time.perf_counter() - began)
