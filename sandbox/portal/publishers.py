"""Who publishes on the portal, and how its name is printed there."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sandbox.clock import ZONE
from sandbox.people import folded
from sandbox.portal.model import Publisher, identity
from sandbox.portal.settings import read_yaml, settings
from sandbox.randomness import fraction

KINDS = ("department", "commune")


@dataclass(frozen=True, slots=True)
class PlannedPublisher:
    """A publisher and its habits.

    Attributes:
        publisher: as the portal shows it.
        place: name of its agency in the reference seed.
        is_tidy: nothing critical is wrong with its datasets.
        has_list: it publishes a list of them.
        is_silent: it has no dataset.
        drawn: of its share, 0–1: it is played where the share is larger.
    """

    publisher: Publisher
    place: str
    is_tidy: bool
    has_list: bool
    is_silent: bool
    drawn: float


@dataclass(frozen=True, slots=True)
class Roster:
    """All that may publish.

    Attributes:
        planned: by code of agency; those that are not on the portal are left out.
        strangers: by their key in ``publishers.yml``.
        obliged: codes of the agencies that should publish, also those that do not.
    """

    planned: dict[str, PlannedPublisher]
    strangers: dict[str, Publisher]
    obliged: tuple[str, ...]

    @property
    def planned_by_id(self) -> dict[str, PlannedPublisher]:
        """Those that are on the portal, by id of their organisation."""
        return {owner.publisher.publisher_id: owner for owner in self.planned.values()}


def read_roster(folder: Path, seed: int) -> Roster:
    """Read the agencies of today and draw their habits.

    Args:
        folder: of the reference seeds; holds ``agencies.csv``.
        seed: of all draws.
    """
    names = read_yaml("publishers.yml")
    launched = dt.datetime.combine(settings().launched_on, dt.time(8), ZONE)
    with (folder / "agencies.csv").open(encoding="utf-8", newline="") as lines:
        rows = [
            row for row in csv.DictReader(lines) if row["kind"] in KINDS and not row["valid_to"]
        ]
    tidy = _tidy(rows, {*names["nothing"], *names["absent"]}, seed)
    planned = {}
    for row in rows:
        code, kind, name = row["agency_code"], row["kind"], row["name_vi"]
        if code in names["absent"]:
            continue
        title = names["own"].get(code) or _spelt(names["spellings"][kind], name, seed, code)
        publisher = Publisher(
            publisher_id=identity("publisher", seed, code),
            name=_slug(f"ubnd {name}" if kind == "commune" else name),
            title=title,
            agency_code=code,
            kind=kind,
            created_at=launched,
        )
        planned[code] = PlannedPublisher(
            publisher=publisher,
            place=name,
            is_tidy=code in tidy,
            has_list=fraction("has list", seed, code) < settings().list_share[kind],
            is_silent=code in names["nothing"],
            drawn=-1.0 if kind in settings().always else fraction("publisher", seed, code),
        )
    strangers = {
        key: Publisher(
            publisher_id=identity("publisher", seed, key),
            name=entry["name"],
            title=entry["title"],
            agency_code="",
            kind="stranger",
            created_at=launched,
        )
        for key, entry in names["strangers"].items()
    }
    return Roster(planned, strangers, tuple(row["agency_code"] for row in rows))


def _tidy(rows: list[dict[str, str]], without: set[str], seed: int) -> set[str]:
    """Draw who is tidy: an exact share of those of a kind that have datasets."""
    tidy: set[str] = set()
    for kind, share in settings().tidy_share.items():
        codes = [r["agency_code"] for r in rows if r["kind"] == kind]
        codes = sorted(set(codes) - without, key=lambda code: fraction("tidy", seed, code))
        tidy |= set(codes[: round(len(codes) * share)])
    return tidy


def _spelt(ways: list[dict[str, str]], name: str, seed: int, code: str) -> str:
    drawn = fraction("spelling", seed, code) * sum(float(way["weight"]) for way in ways)
    text = ways[0]["text"]
    for way in ways:
        text = way["text"]
        drawn -= float(way["weight"])
        if drawn < 0:
            break
    lower = name[0].lower() + name[1:]
    return text.format(name=name, lower=lower, upper=name.upper(), LOWER=name.upper())


def _slug(name: str) -> str:
    return "-".join(folded(word).lower() for word in name.split() if folded(word))
