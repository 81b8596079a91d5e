"""Which agency took over from which: so that the sizes of eras add up and open dossiers move on."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SPLITS: Final = Path(__file__).resolve().parent / "data" / "town_splits.csv"

Heirs = Mapping[int, tuple[int, ...]]


def read_heirs(folder: Path) -> Heirs:
    """Return the agencies that took over from each one, by key.

    Follows whole take-overs (merged, renamed, unchanged). Where the seed knows no heir, as for the
    towns of Mộc Châu, the invented split of ``data/town_splits.csv`` stands in.

    Args:
        folder: holds ``agencies.csv`` and ``agency_succession.csv``.
    """
    agencies = _rows(folder / "agencies.csv")
    heirs: dict[int, tuple[int, ...]] = defaultdict(tuple)
    for edge in _rows(folder / "agency_succession.csv"):
        if edge["kind"] in {"merge", "rename", "transfer"}:
            heirs[int(edge["predecessor_key"])] += (int(edge["successor_key"]),)
    starting = {(a["agency_code"], a["valid_from"]): int(a["agency_key"]) for a in agencies}
    ending = {(a["agency_code"], a["valid_to"]): int(a["agency_key"]) for a in agencies}
    for split in _rows(SPLITS):
        day = split["effective_on"]
        heirs[ending[split["predecessor_code"], day]] += (starting[split["successor_code"], day],)
    return dict(heirs)


def early_names(path: Path) -> dict[str, str]:
    """Return how communes were written until the end of 2024, by code.

    Args:
        path: ``communes_2021_2024.csv``.
    """
    return {row["code_2024"]: row["name_2024"] for row in _rows(path)}


# The last list with the early spellings is that of 2024 (communes_2021_2024.csv).
EARLY_NAMES_END: Final = dt.date(2025, 1, 1)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
