"""The one-stop desks of each day: who receives dossiers, under which code, how large and tidy."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.clock import HORIZON, day_number
from sandbox.randomness import fraction

KINDS: Final = ("department", "district", "commune")


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk of one era.

    Attributes:
        number: place in the list of all desks of all eras.
        unit_code: prefix of its dossier codes, such as ``H52.03646``.
        agency_code: code of the agency in the reference seed.
        name: its Vietnamese name in that era.
        kind: ``department``, ``district`` or ``commune``.
        first_day: first day number it works.
        end_day: first day number it no longer works.
        size: relative size among desks of its kind.
        online: share of its eligible dossiers sent online in 2026.
        late: share of its dossiers finished after the appointment.
        supplement: share of its dossiers for which papers are asked again.
        digitised: share of its documents that are digitised in 2026.
        electronic: share of its results issued as a file in 2026.
        national_gateway: share of its online payments that go through the national portal.
    """

    number: int
    unit_code: str
    agency_code: str
    name: str
    kind: str
    first_day: int
    end_day: int
    size: float
    online: float
    late: float
    supplement: float
    digitised: float
    electronic: float
    national_gateway: float

    @property
    def processing_unit(self) -> str:
        """The free-text name that the system writes into ``DonViXuLy``."""
        if self.kind == "department":
            return self.name
        return "UBND " + self.name[0].lower() + self.name[1:]


@dataclass(frozen=True, slots=True)
class Roster:
    """The desks at work between two days (the second one exclusive)."""

    first_day: int
    end_day: int
    desks: tuple[Desk, ...]


def read_desks(folder: Path, source: str = "tthc") -> tuple[Desk, ...]:
    """Read the desks of all eras from the reference seeds.

    Args:
        folder: holds ``agencies.csv`` and ``agency_source_codes.csv``.
        source: whose unit codes to use.

    Raises:
        ValueError: a unit code names an agency that the seed does not have in that era.
    """
    agencies = _rows(folder / "agencies.csv")
    desks: list[Desk] = []
    for row in _rows(folder / "agency_source_codes.csv"):
        if row["source"] != source:
            continue
        first, end = _era(row)
        holders = [
            agency
            for agency in agencies
            if agency["agency_code"] == row["agency_code"] and _overlaps(_era(agency), (first, end))
        ]
        if not holders:
            raise ValueError(f"{row['unit_code']}: no agency {row['agency_code']} in that era")
        holder = _served(holders[0], agencies)
        if holder["kind"] not in KINDS:
            continue
        desks.append(_desk(len(desks), row["unit_code"], holder, max(first, 0), min(end, HORIZON)))
    return tuple(desks)


def _served(agency: dict[str, str], agencies: list[dict[str, str]]) -> dict[str, str]:
    """The district that a desk with a row of its own works for; any other agency is its own."""
    if agency["kind"] != "public_unit":
        return agency
    above = [
        parent
        for parent in agencies
        if parent["kind"] == "district"
        and parent["agency_code"] == agency["parent_code"]
        and _overlaps(_era(parent), _era(agency))
    ]
    return above[0] if above else agency


def _desk(number: int, unit_code: str, agency: dict[str, str], first: int, end: int) -> Desk:
    name, kind = agency["name_vi"], agency["kind"]

    def between(low: float, high: float, trait: str) -> float:
        # The name belongs to the key: codes were given again to other territory.
        return low + (high - low) * fraction("desk", unit_code, name, trait)

    size = 0.35 + 1.3 * fraction("desk", unit_code, name, "size") ** 2
    if name.startswith(("Phường", "Thành phố", "Thị xã")):
        size *= 2.2
    elif name.startswith("Thị trấn"):
        size *= 1.7
    is_department = kind == "department"
    return Desk(
        number=number,
        unit_code=unit_code,
        agency_code=agency["agency_code"],
        name=name,
        kind=kind,
        first_day=first,
        end_day=end,
        size=size,
        online=between(0.75, 0.97, "online") if is_department else between(0.35, 0.9, "online"),
        late=between(0.005, 0.12, "late") ** 1.2,
        supplement=between(0.02, 0.09, "supplement"),
        digitised=between(0.6, 0.98, "digitised"),
        electronic=between(0.7, 0.99, "electronic"),
        national_gateway=between(0.5, 0.95, "gateway"),
    )


def rosters(desks: tuple[Desk, ...]) -> list[Roster]:
    """Cut the horizon wherever the set of desks changes."""
    cuts = sorted({0, HORIZON, *(d.first_day for d in desks), *(d.end_day for d in desks)})
    result: list[Roster] = []
    for first, end in itertools.pairwise(cuts):
        at_work = tuple(desk for desk in desks if desk.first_day <= first < desk.end_day)
        if at_work:
            result.append(Roster(first, end, at_work))
    return result


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _era(row: dict[str, str]) -> tuple[int, int]:
    first = dt.date.fromisoformat(row["valid_from"]) if row["valid_from"] else dt.date(2020, 1, 1)
    end = day_number(dt.date.fromisoformat(row["valid_to"])) if row["valid_to"] else HORIZON
    return day_number(max(first, dt.date(2020, 1, 1))), end


def _overlaps(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
