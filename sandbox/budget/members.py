"""Who and what stands in the rows of a form: agencies, districts or communes, projects."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from sandbox.province import REFERENCE
from sandbox.randomness import fraction, key_of

_DATA: Final = Path(__file__).parent / "data"
_AGENCIES: Final = REFERENCE / "agencies.csv"
_KNOWN_FROM: Final = dt.date(2020, 1, 1)
"""The reference seed begins here; earlier lists are those of this day."""
COMMUNES_ONLY_FROM: Final = dt.date(2025, 7, 1)
"""No districts any more (field.md, fact 4)."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a dimension.

    Attributes:
        code: of the reference seed, or invented for projects.
        name: as printed.
        weight: relative size.
        texts: what stands in columns of words, by measure code.
    """

    code: str
    name: str
    weight: float
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Unit:
    code: str
    name: str
    kind: str
    parent: str
    first_day: dt.date
    end_day: dt.date


def lower_word(day: dt.date) -> str:
    """What the level below the province is called on a day."""
    return "huyện" if day < COMMUNES_ONLY_FROM else "xã"


def members_on(day: dt.date, publisher_code: str, level: str) -> dict[str, Sequence[Member]]:
    """Members of each dimension on a day, by dimension.

    Args:
        day: decides which units exist.
        publisher_code: whose projects.
        level: of the publisher; communes have few projects.
    """
    day = max(day, _KNOWN_FROM)
    kinds = ("district",) if day < COMMUNES_ONLY_FROM else ("commune",)
    projects = _projects(day, publisher_code, 4 if level == "commune" else 18)
    running = -(-2 * len(projects) // 3)
    return {
        "agencies": _members(day, ("department", "public_unit")),
        "lower": _members(day, kinds),
        "running_projects": projects[:running],
        "new_projects": projects[running:],
        "projects": projects,
    }


def units_on(day: dt.date, kind: str) -> list[tuple[str, str]]:
    """Code and name of the units of a kind on a day."""
    return [
        (unit.code, unit.name)
        for unit in _units()
        if unit.kind == kind and unit.first_day <= day < unit.end_day
    ]


@cache
def _members(day: dt.date, kinds: tuple[str, ...]) -> tuple[Member, ...]:
    return tuple(
        Member(unit.code, unit.name, 0.3 + 1.7 * fraction("budget-size", unit.code), {})
        for unit in _units()
        if unit.kind in kinds
        and unit.first_day <= day < unit.end_day
        and not unit.code.startswith("CPB-")
    )


@cache
def _units() -> tuple[_Unit, ...]:
    with _AGENCIES.open(encoding="utf-8", newline="") as lines:
        return tuple(
            _Unit(
                code=row["agency_code"],
                name=row["name_vi"],
                kind=row["kind"],
                parent=row["parent_code"],
                first_day=dt.date.fromisoformat(row["valid_from"]),
                end_day=dt.date.fromisoformat(row["valid_to"]) if row["valid_to"] else dt.date.max,
            )
            for row in csv.DictReader(lines)
        )


@cache
def _projects(day: dt.date, publisher_code: str, count: int) -> tuple[Member, ...]:
    words = yaml.safe_load((_DATA / "projects.yml").read_text(encoding="utf-8"))
    places = [unit.name for unit in _units() if unit.kind == "commune" and unit.first_day <= day]
    year = day.year
    projects = []
    for number in range(count):
        draw = key_of("project", publisher_code, year, number)
        works = words["works"][draw % len(words["works"])]
        place = places[(draw >> 8) % len(places)]
        first = year - (draw >> 20) % 3 if number < -(-2 * count // 3) else year
        projects.append(
            Member(
                code=f"DA{number + 1:02d}",
                name=f"{works} {place}",
                weight=0.2 + 1.8 * fraction("project-size", publisher_code, year, number),
                texts={
                    "place": place,
                    "years": f"{first}-{first + 2 + (draw >> 24) % 3}",
                    "decision": f"{100 + (draw >> 28) % 2900}/QĐ-UBND ngày "
                    f"{1 + (draw >> 40) % 28:02d}/{1 + (draw >> 46) % 12:02d}/{first - 1}",
                },
            )
        )
    return tuple(projects)
