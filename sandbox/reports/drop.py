"""Reports that came before there was a door: put where a person files them, by day and office."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

from sandbox.reports.offices import Delivered, Offices

SOURCE: Final = "agency_reports"


def drop_reports(offices: Offices, landing: Path, first: dt.date, last: dt.date) -> list[Path]:
    """Write what offices sent in a span of days; what is there already is replaced.

    Each file lies in ``manual/agency_reports/<day of receipt>/<agency code>/``; one whose sender
    is not known in the day's folder.

    Args:
        offices: who sends.
        landing: folder of the landing zone.
        first: earliest day of receipt.
        last: latest day of receipt.

    Returns:
        The files in the order they came.
    """
    written: list[Path] = []
    taken: set[Path] = set()
    for delivered in offices.deliveries(last, first):
        path = _free(landing / "manual" / SOURCE, delivered, taken)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(delivered.content)
        taken.add(path)
        written.append(path)
    return written


def _free(folder: Path, delivered: Delivered, taken: set[Path]) -> Path:
    """Where a file goes; a second one of that name on the same day gets a number."""
    place = folder / delivered.day.isoformat() / (delivered.agency_code or "")
    path, number = place / delivered.file_name, 1
    while path in taken:
        number += 1
        path = place / f"{number}-{delivered.file_name}"
    return path
