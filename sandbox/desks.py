"""The one-stop desks of each day: who receives dossiers, under which code, how large and tidy."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from sandbox.clock import HORIZON, day_number
from sandbox.randomness import Floats, fraction
from sandbox.succession import EARLY_NAMES_END, Heirs, early_names, read_heirs

KINDS: Final = ("department", "district", "commune")
_TRAITS: Final = ("online", "late", "supplement", "digitised", "electronic", "national_gateway")


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk of one era.

    Attributes:
        number: place in the list of all desks of all eras.
        agency_key: key of the agency in the reference seed.
        unit_code: prefix of its dossier codes, such as ``H52.03646``.
        agency_code: code of the agency in the reference seed.
        name: its Vietnamese name in that era.
        kind: ``department``, ``district`` or ``commune``.
        district_code: the district it belongs to, or is the desk of, while there are districts.
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
    agency_key: int
    unit_code: str
    agency_code: str
    name: str
    kind: str
    district_code: str
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


@dataclass(frozen=True, slots=True)
class _Seat:
    """An agency that receives dossiers under a code, with its names and what is drawn for it."""

    key: int
    unit_code: str
    agency_code: str
    kind: str
    district_code: str
    names: tuple[tuple[str, int, int], ...]
    size: float
    traits: Floats

    @property
    def first_day(self) -> int:
        return self.names[0][1]

    @property
    def end_day(self) -> int:
        return self.names[-1][2]


def read_desks(folder: Path, source: str = "tthc") -> tuple[Desk, ...]:
    """Read the desks of all eras from the reference seeds.

    A commune is as large as all that were merged into it, and works like them on the whole, so
    that a series restated on today's map has no step that comes from the simulation; a district's
    desk is as large as its communes.

    Args:
        folder: holds ``agencies.csv``, ``agency_source_codes.csv``, ``agency_succession.csv`` and
            ``communes_2021_2024.csv``.
        source: whose unit codes to use.

    Raises:
        ValueError: a unit code names an agency that the seed does not have in that era.
    """
    agencies = _rows(folder / "agencies.csv")
    spellings = early_names(folder / "communes_2021_2024.csv")
    codes = [row for row in _rows(folder / "agency_source_codes.csv") if row["source"] == source]
    seats = [seat for row in codes for seat in _seats(row, agencies, spellings)]
    heirs = read_heirs(folder)
    settled = _settled({seat.key: seat for seat in seats if seat.kind != "district"}, heirs)
    desks: list[Desk] = []
    for seat in seats:
        size, traits = settled.get(seat.key, (seat.size, seat.traits))
        if seat.kind == "district":
            size = sum(
                settled[other.key][0]
                for other in seats
                if other.kind == "commune"
                and other.district_code == seat.district_code
                and other.first_day <= seat.first_day < other.end_day
            )
        for name, first, end in seat.names:
            desks.append(_desk(len(desks), seat, name, (first, end), size, traits))
    return tuple(desks)


def _seats(
    row: dict[str, str], agencies: list[dict[str, str]], spellings: dict[str, str]
) -> Iterator[_Seat]:
    """Yield who receives dossiers under a unit code (a row of ``agency_source_codes.csv``)."""
    span = _era(row)
    holders = [
        agency
        for agency in agencies
        if agency["agency_code"] == row["agency_code"] and _overlaps(_era(agency), span)
    ]
    if not holders:
        raise ValueError(f"{row['unit_code']}: no agency {row['agency_code']} in that era")
    for holder in holders:
        first, end = _common(_era(holder), span)
        kind, district_code = holder["kind"], holder["parent_code"]
        bearers = [holder]
        parents = [
            agency
            for agency in agencies
            if agency["agency_code"] == holder["parent_code"] and agency["kind"] == "district"
        ]
        if kind == "public_unit" and parents:
            # The desk of a district: an agency of its own, known by the district's name.
            kind, bearers = "district", [p for p in parents if _overlaps(_era(p), (first, end))]
        elif kind == "district":
            district_code = holder["agency_code"]
        if kind not in KINDS:
            continue
        names = [(b["name_vi"], *_common(_era(b), (first, end))) for b in bearers]
        early = spellings.get(holder["agency_code"]) if kind == "commune" else None
        cut = day_number(EARLY_NAMES_END)
        if early and first < cut:
            names = [(early, first, min(end, cut))]
            if cut < end:
                names.append((holder["name_vi"], cut, end))
        size, traits = _drawn(row["unit_code"], bearers[0]["name_vi"], kind)
        yield _Seat(
            key=int(holder["agency_key"]),
            unit_code=row["unit_code"],
            agency_code=holder["agency_code"],
            kind=kind,
            district_code=district_code,
            names=tuple(names),
            size=size,
            traits=traits,
        )


def _drawn(unit_code: str, name: str, kind: str) -> tuple[float, Floats]:
    """Draw the size and the traits (in the order of ``_TRAITS``) of a seat by itself."""

    def between(low: float, high: float, trait: str) -> float:
        # The name belongs to the key: codes were given again to other territory.
        return low + (high - low) * fraction("desk", unit_code, name, trait)

    size = 0.35 + 1.3 * fraction("desk", unit_code, name, "size") ** 2
    if name.startswith(("Phường", "Thành phố", "Thị xã")):
        size *= 2.2
    elif name.startswith("Thị trấn"):
        size *= 1.7
    is_department = kind == "department"
    traits = {
        "online": between(0.75, 0.97, "online") if is_department else between(0.35, 0.9, "online"),
        "late": between(0.005, 0.12, "late") ** 1.2,
        "supplement": between(0.02, 0.09, "supplement"),
        "digitised": between(0.6, 0.98, "digitised"),
        "electronic": between(0.7, 0.99, "electronic"),
        "national_gateway": between(0.5, 0.95, "gateway"),
    }
    return size, np.array([traits[name] for name in _TRAITS])


def _settled(seats: dict[int, _Seat], heirs: Heirs) -> dict[int, tuple[float, Floats]]:
    """Return size and traits of each agency such that those merged add up to their heir.

    Today's agencies have what was drawn for them. What an heir has is shared among those it took
    over by their own draws; around its traits each keeps up to half of its own difference.
    """
    known_heirs = {key: [heir for heir in heirs.get(key, ()) if heir in seats] for key in seats}
    merged: dict[int, list[_Seat]] = defaultdict(list)
    for key, own_heirs in known_heirs.items():
        for heir in own_heirs:
            merged[heir].append(seats[key])
    settled: dict[int, tuple[float, Floats]] = {}
    for key in sorted(seats, key=lambda key: -seats[key].end_day):
        seat, own_heirs = seats[key], known_heirs[key]
        if not own_heirs:
            settled[key] = seat.size, seat.traits
            continue
        parts = [_part(seat, merged[heir], *settled[heir]) for heir in own_heirs]
        sizes = [size for size, _ in parts]
        settled[key] = sum(sizes), np.average([traits for _, traits in parts], 0, sizes)
    return settled


def _part(seat: _Seat, merged: list[_Seat], size: float, traits: Floats) -> tuple[float, Floats]:
    """Return the part of an heir's size, and the traits, of one of those merged into it."""
    weights = np.array([other.size for other in merged])
    drawn = np.array([other.traits for other in merged])
    mean = np.average(drawn, 0, weights)
    # All of them shrink their difference alike, so that shares stay shares and the mean the mean.
    widest = np.maximum(np.abs(drawn - mean).max(0), 1e-9)
    kept = np.minimum(0.5, 0.9 * np.minimum(traits, 1 - traits) / widest)
    return size * seat.size / float(weights.sum()), traits + kept * (seat.traits - mean)


def _desk(
    number: int, seat: _Seat, name: str, span: tuple[int, int], size: float, traits: Floats
) -> Desk:
    return Desk(
        number=number,
        agency_key=seat.key,
        unit_code=seat.unit_code,
        agency_code=seat.agency_code,
        name=name,
        kind=seat.kind,
        district_code=seat.district_code,
        first_day=max(span[0], 0),
        end_day=min(span[1], HORIZON),
        size=size,
        **dict(zip(_TRAITS, traits.tolist(), strict=True)),
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


def _common(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return max(one[0], other[0]), min(one[1], other[1])


def _overlaps(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
