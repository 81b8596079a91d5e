"""The budget of one unit and year: every figure that any form asks for, from one tree.

Amounts are whole đồng. They are drawn at the roots (``data/figures.yml``) and split downwards, so
that children add up to their parents exactly and every form, stage, period and year agrees.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import yaml

from sandbox.budget.forms import DATA
from sandbox.budget.members import Member
from sandbox.randomness import fraction

_FIRST_YEAR: Final = 2019
_SEPARATE: Final = {"revenue": (1.0, 1.0), "expenditure": (0.75, 1.05)}
"""Slices that are no parts of a whole: what comes in and what goes out of a fund."""
YEAR_QUARTERS: Final = (1, 2, 3, 4)
SETTLED: Final = (1, 2, 3, 4, 5)
"""A settled year: its quarters and what was booked after the report on the year."""


class Basis(NamedTuple):
    """Which figure of an item.

    Attributes:
        kind: ``council`` | ``central`` (estimates), ``expected`` (the year before its end) or
            ``actual``.
        year: budget year.
        quarters: of ``actual``, which quarters together; see `SETTLED`.
    """

    kind: str
    year: int
    quarters: tuple[int, ...] = ()


class _Key(NamedTuple):
    item: str
    slice: str
    dimension: str
    member: str


@dataclass(frozen=True)
class _Rules:
    """The section of a level in ``figures.yml``, turned so that one look finds an item's rule."""

    roots: Mapping[str, Mapping[str, Any]]
    weights: Mapping[str, Mapping[str, Any]]
    parent: Mapping[str, str]
    fields: Mapping[str, Mapping[str, float]]
    field_parent: Mapping[str, str]
    sums: Mapping[str, Sequence[str]]
    differences: Mapping[str, Sequence[str]]
    equals: Mapping[str, str]
    times: Mapping[str, Mapping[str, Any]]
    shares: Mapping[str, float]
    local: Mapping[str, float]
    members_at_fields: Sequence[str]
    slices: Sequence[str]
    size: Sequence[float]
    tasks: Mapping[int, float]
    quarters: Sequence[float]
    late_entries: float


@cache
def _rules(level: str) -> _Rules:
    content = yaml.safe_load((DATA / "figures.yml").read_text(encoding="utf-8"))
    section = content[level]
    trees = section.get("trees", {})
    fields = section.get("field_trees", {})
    return _Rules(
        roots=section["roots"],
        weights=trees,
        parent={child: parent for parent, children in trees.items() for child in children},
        fields=fields,
        field_parent={child: parent for parent, children in fields.items() for child in children},
        sums=section.get("sums", {}),
        differences=section.get("differences", {}),
        equals=section.get("equals", {}),
        times=section.get("times", {}),
        shares=section.get("shares", {}),
        local=section.get("local", {}),
        members_at_fields=section.get("members_at_fields", ()),
        slices=content["slices"][level],
        size=content["size"][level],
        tasks=content.get("tasks", {}).get(level, {}),
        quarters=content["quarters"],
        late_entries=content["late_entries"],
    )


class Book:
    """All figures of one publisher.

    Args:
        level: ``province`` | ``commune`` | ``unit``.
        publisher_code: whose budget.
        seed: drives every draw.
        members: by dimension; figures are split over them.
        version: 1, or higher where the publisher corrected itself: amounts move a little.
    """

    def __init__(
        self,
        level: str,
        publisher_code: str,
        seed: int,
        members: Mapping[str, Sequence[Member]],
        version: int = 1,
    ) -> None:
        self._level = level
        self._rules = _rules(level)
        self._who = f"{seed}/{level}/{publisher_code}"
        self._members = members
        self._version = version
        self._known: dict[tuple[_Key, Basis], int] = {}
        self._splits: dict[tuple[_Key, Basis, str, str], dict[str, int]] = {}
        low, high = self._rules.size
        self._size = low * (high / low) ** fraction(self._who, "size")

    def amount(self, item: str, basis: Basis, dimension: str = "", member: str = "") -> int:
        """The figure of an item in đồng.

        Args:
            item: item code, ``item@slice`` for a slice of it.
            basis: which figure.
            dimension: what the member is one of; empty for the whole.
            member: code of the member.

        Raises:
            KeyError: ``figures.yml`` has no such item.
        """
        name, _, part = item.partition("@")
        return self._amount(_Key(name, part, dimension, member), basis)

    def has(self, item: str) -> bool:
        """Whether an item has a figure at all."""
        rules = self._rules
        name = item.partition("@")[0]
        places = (rules.roots, rules.parent, rules.field_parent, rules.sums, rules.fields)
        others = (rules.differences, rules.equals, rules.times)
        return any(name in place for place in (*places, *others))

    def is_sliced(self, item: str) -> bool:
        """Whether members take from a slice of the item, not from the whole of it."""
        rules = self._rules
        while item in rules.field_parent:
            item = rules.field_parent[item]
        return item in rules.shares

    def rate(self, item: str, member: str) -> int:
        """A sharing rate in percent: set for a member, the same every year."""
        return (100, 100, 80, 50, 30, 20, 0)[int(7 * fraction(self._who, item, member))]

    def _amount(self, key: _Key, basis: Basis) -> int:
        if len(basis.quarters) > 1:
            return sum(
                self._amount(key, basis._replace(quarters=(quarter,))) for quarter in basis.quarters
            )
        known = self._known.get((key, basis))
        if known is None:
            known = self._known[key, basis] = (
                self._of_member(key, basis) if key.member else self._of_whole(key, basis)
            )
        return known

    def _of_member(self, key: _Key, basis: Basis) -> int:
        rules = self._rules
        if key.item in rules.times:
            return self._times(key, basis)
        parent = rules.field_parent.get(key.item)
        if parent and parent not in rules.members_at_fields:
            return self._split(key._replace(item=parent), rules.fields[parent], basis)[key.item]
        if key.item in rules.members_at_fields:
            return sum(
                self._amount(key._replace(item=child), basis) for child in rules.fields[key.item]
            )
        members = self._members[key.dimension]
        weights = {member.code: member.weight for member in members}
        whole = key._replace(dimension="", member="")
        return self._split(whole, weights, basis, key.dimension)[key.member]

    def _of_whole(self, key: _Key, basis: Basis) -> int:
        rules = self._rules
        item, part = key.item, key.slice
        if part in _SEPARATE:
            return self._separate(key, basis)
        if part == "local":
            return self._local(key, basis)
        if part:
            return self._slice(key, basis)
        if item in rules.field_parent and rules.field_parent[item] != "project_plan":
            return sum(self._amount(key._replace(slice=name), basis) for name in rules.slices)
        if item in rules.sums:
            return sum(self.amount(other, basis) for other in rules.sums[item])
        if item in rules.differences:
            first, *others = rules.differences[item]
            return self.amount(first, basis) - sum(self.amount(other, basis) for other in others)
        if item in rules.equals:
            return self.amount(rules.equals[item], basis)
        if item in rules.times:
            return self._times(key, basis)
        if item in rules.field_parent:
            parent = rules.field_parent[item]
            return self._split(key._replace(item=parent), rules.fields[parent], basis)[item]
        if item in rules.parent:
            parent = rules.parent[item]
            name, _, of_part = parent.partition("@")
            weights = {
                child: _weight(weight, basis) for child, weight in rules.weights[parent].items()
            }
            return self._split(_Key(name, of_part, "", ""), weights, basis)[item]
        return self._root(item, basis)

    def _slice(self, key: _Key, basis: Basis) -> int:
        rules = self._rules
        if key.item in rules.field_parent:
            parent = rules.field_parent[key.item]
            return self._split(key._replace(item=parent), rules.fields[parent], basis)[key.item]
        if key.item in rules.shares:
            share = rules.shares[key.item]
            weights = dict(zip(rules.slices, (share, 1 - share), strict=True))
            return self._split(key._replace(slice=""), weights, basis)[key.slice]
        children = rules.weights.get(key.item) or rules.sums[key.item]
        return sum(self._amount(key._replace(item=child), basis) for child in children)

    def _local(self, key: _Key, basis: Basis) -> int:
        rules = self._rules
        children = rules.weights.get(key.item) or rules.sums.get(key.item)
        whole = key._replace(slice="")
        if children and key.item not in rules.local:
            return sum(self._amount(key._replace(item=child), basis) for child in children)
        share = rules.local.get(key.item, 1)
        if share in (0, 1):
            return self._amount(whole, basis) * int(share)
        weights = {"local": share, "central": 1 - share}
        return self._split(whole, weights, basis)["local"]

    def _separate(self, key: _Key, basis: Basis) -> int:
        rules = self._rules
        if key.item in rules.sums:
            children = rules.sums[key.item]
            return sum(self._amount(key._replace(item=child), basis) for child in children)
        low, high = _SEPARATE[key.slice]
        factor = low + (high - low) * self._draw(key, basis)
        return self._whole_units(self._amount(key._replace(slice=""), basis) * factor, basis)

    def _times(self, key: _Key, basis: Basis) -> int:
        rule = self._rules.times[key.item]
        low, high = rule["factor"]
        factor = low + (high - low) * fraction(self._who, *key, basis.year)
        return self._whole_units(self._amount(key._replace(item=rule["of"]), basis) * factor, basis)

    def _root(self, item: str, basis: Basis) -> int:
        root = self._rules.roots[item]
        kind, year = basis.kind, basis.year
        correction = 1 + 0.003 * (self._version - 1)
        if "unplanned" in root:
            if kind in ("council", "central"):
                return 0
            annual = float(root["unplanned"]) * self._scale(year)
            annual *= 0.5 + fraction(self._who, item, "unplanned", year)
        else:
            council = float(root["first"]) * self._scale(year) * self._growth(item, year)
            if kind == "council":
                return self._whole_units(council * correction, basis)
            central = council / (1 + 0.04 * fraction(self._who, item, "council", year))
            if kind == "central":
                return self._whole_units(central * correction, basis)
            low, high = root.get("beat", (1, 1))
            annual = central * (low + (high - low) * fraction(self._who, item, "beat", year))
        if kind == "expected":
            early = 0.975 + 0.025 * fraction(self._who, item, "expected", year)
            return self._whole_units(annual * early * correction, basis)
        (quarter,) = basis.quarters
        if quarter > len(YEAR_QUARTERS):
            late = self._rules.late_entries * fraction(self._who, item, "late", year)
            return round(annual * late * correction)
        return round(annual * self._season(item, year)[quarter - 1] * correction)

    def _scale(self, year: int) -> float:
        tasks = self._rules.tasks
        more = [tasks[first] for first in tasks if year >= first]
        return float(self._size * max(more, default=1.0))

    def _growth(self, item: str, year: int) -> float:
        low, high = self._rules.roots[item].get("growth", (0, 0))
        return float(
            math.prod(
                1 + low + (high - low) * fraction(self._who, item, "growth", each)
                for each in range(_FIRST_YEAR + 1, year + 1)
            )
        )

    def _season(self, item: str, year: int) -> list[float]:
        shares = [
            share * (0.85 + 0.3 * fraction(self._who, item, "season", year, quarter))
            for quarter, share in enumerate(self._rules.quarters)
        ]
        return [share / sum(shares) for share in shares]

    def _split(
        self, key: _Key, weights: Mapping[str, float], basis: Basis, salt: str = ""
    ) -> dict[str, int]:
        """Split a figure into whole parts that add up to it; the largest takes the rest."""
        place = (key, basis, salt, next(iter(weights)))
        known = self._splits.get(place)
        if known is not None:
            return known
        total = self._amount(key, basis)
        parent = f"{key.item}@{key.slice}#{key.member}"
        drawn = {
            name: weight * self._tilt(parent, salt + name, basis)
            for name, weight in weights.items()
            if weight
        }
        whole = sum(drawn.values())
        parts = dict.fromkeys(weights, 0)
        for name, weight in drawn.items():
            parts[name] = self._whole_units(total * (weight / whole), basis)
        largest = max(drawn, key=lambda name: drawn[name])
        parts[largest] += total - sum(parts.values())
        self._splits[place] = parts
        return parts

    def _tilt(self, parent: str, name: str, basis: Basis) -> float:
        habit = 0.7 + 0.6 * fraction(self._who, parent, name)
        year = 0.94 + 0.12 * fraction(self._who, parent, name, basis.year)
        if basis.kind in ("council", "central"):
            return habit * year
        course = 0.93 + 0.14 * fraction(self._who, parent, name, "actual", basis.year)
        if not basis.quarters:
            return habit * year * course
        quarter = 0.88 + 0.24 * fraction(self._who, parent, name, basis.year, basis.quarters[0])
        return habit * year * course * quarter

    def _draw(self, key: _Key, basis: Basis) -> float:
        return fraction(self._who, *key, basis.kind, basis.year, *basis.quarters)

    def _whole_units(self, amount: float, basis: Basis) -> int:
        """Round: estimates are decided in whole millions, by communes in whole thousands."""
        if basis.kind == "actual":
            return round(amount)
        unit = 1_000_000 if self._level != "commune" else 1_000
        return round(amount / unit) * unit


def _weight(weight: float | list[float], basis: Basis) -> float:
    if isinstance(weight, list):
        return weight[0] if basis.kind in ("council", "central") else weight[1]
    return weight
