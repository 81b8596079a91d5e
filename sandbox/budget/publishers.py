"""Who publishes budget documents on a day, and under which name: the province and its units."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sandbox.succession import EARLY_NAMES_END, early_names

Level = Literal["province", "district", "commune", "unit"]

_LEVELS: Final[dict[str, Level]] = {
    "province": "province",
    "district": "district",
    "commune": "commune",
    "department": "unit",
}


@dataclass(frozen=True, slots=True)
class Publisher:
    """An agency that owes budget documents.

    Attributes:
        agency_key: key of the agency in the reference seed.
        code: its code there; codes are given again to other territory.
        level: whose budget it is; ``unit`` is a budget unit of the province.
        name: as written on its documents.
        early_name: as written until the end of 2024, where that differs.
        first_day: first day it exists.
        end_day: first day it no longer exists, or none.
    """

    agency_key: int
    code: str
    level: Level
    name: str
    early_name: str
    first_day: dt.date
    end_day: dt.date | None

    def exists_on(self, day: dt.date) -> bool:
        """Return whether the agency is there on a day."""
        return self.first_day <= day and (self.end_day is None or day < self.end_day)

    def name_on(self, day: dt.date) -> str:
        """Return its name as written on a day."""
        return self.early_name if day < EARLY_NAMES_END else self.name


def read_publishers(folder: Path) -> tuple[Publisher, ...]:
    """Read the publishers of all eras from the reference seeds.

    Args:
        folder: holds ``agencies.csv`` and ``communes_2021_2024.csv``.
    """
    spellings = early_names(folder / "communes_2021_2024.csv")
    with (folder / "agencies.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["kind"] in _LEVELS]
    return tuple(_publisher(row, spellings) for row in rows)


def _publisher(row: dict[str, str], spellings: dict[str, str]) -> Publisher:
    level = _LEVELS[row["kind"]]
    name = early_name = row["name_vi"]
    if level == "commune":
        early_name = spellings.get(row["agency_code"], name)
    return Publisher(
        agency_key=int(row["agency_key"]),
        code=row["agency_code"],
        level=level,
        name=_office(level, name),
        early_name=_office(level, early_name),
        first_day=dt.date.fromisoformat(row["valid_from"]),
        end_day=dt.date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
    )


def _office(level: Level, name: str) -> str:
    """Return the office that signs: the people's committee of a territory, or the unit itself."""
    return name if level == "unit" else f"UBND {name[0].lower()}{name[1:]}"
