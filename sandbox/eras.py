"""The rules of each day and how far the province had come under them."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from sandbox.clock import day_number
from sandbox.randomness import Floats, Ints


@dataclass(frozen=True, slots=True)
class Rules:
    """First days of the rules that change what the system sends.

    Attributes:
        two_levels: online services have two levels; before, levels 2 to 4 (NĐ 42/2022/NĐ-CP).
        index: the fields that QĐ 766/QĐ-TTg counts are filled; before, they are empty.
        borderless: dossiers are received regardless of borders (NĐ 118/2025/NĐ-CP).
    """

    two_levels: dt.date
    index: dt.date
    borderless: dt.date


def read_rules(path: Path) -> Rules:
    """Read the days from ``comparability_breaks.csv`` of the reference seeds.

    Raises:
        KeyError: a break is missing.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        days = {
            row["break_key"]: dt.date.fromisoformat(row["effective_on"])
            for row in csv.DictReader(lines)
        }
    return Rules(
        two_levels=days["ONLINE-LEVELS-2022"],
        index=days["INDEX-766"],
        borderless=days["ONE-STOP-118"],
    )


class Growth:
    """Shares that change over the years (``data/growth.yml``): straight lines between given days.

    Args:
        path: per name a list of [day, share], the days ascending.
    """

    def __init__(self, path: Path) -> None:
        lines = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._lines = {
            name: ([day_number(day) for day, _ in points], [share for _, share in points])
            for name, points in lines.items()
        }

    def on(self, name: str, days: Ints) -> Floats:
        """Return a share on each of some day numbers; outside the given days it stays level."""
        points, shares = self._lines[name]
        share: Floats = np.interp(days, points, shares)
        return share
