"""What kind of file a publication is, by whose it is, and what is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.budget.defects import NotApplicable, defect_of
from sandbox.budget.publishers import Level
from sandbox.budget.render import Order, Rendered, render
from sandbox.budget.styles import EXTENSIONS, FILE_KINDS, FileKind, FileStyle
from sandbox.randomness import fraction


class FileHabits:
    """Draws kinds of files, their styles and their defects.

    Args:
        settings: ``files`` of ``publishing.yml``.
        seed: of all draws.
    """

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        self._kinds: Mapping[str, Mapping[FileKind, int]] = settings["kinds"]
        self._defects: Sequence[str] = settings["defects"]
        self._seed = seed
        unknown = {kind for kinds in self._kinds.values() for kind in kinds} - set(FILE_KINDS)
        if unknown:
            raise ValueError(f"publishing.yml: unknown kinds of files {sorted(unknown)}")

    def style(self, level: Level, agency_key: int, budget_year: int, key: str) -> FileStyle:
        """Return the style of a publication's file.

        An office keeps its way of writing for a year; only the kind of file changes in between.
        """
        weights = self._kinds.get(level, self._kinds["unit"])
        drawn = fraction("kind of file", self._seed, key) * sum(weights.values())
        chosen: FileKind = "xlsx"
        for kind, weight in weights.items():
            if drawn < weight:
                chosen = kind
                break
            drawn -= weight
        return FileStyle.drawn(chosen, level, self._seed, agency_key, budget_year)

    def defects(self, style: FileStyle, key: str) -> tuple[str, ...]:
        """Return what is wrong with a file that has a defect: one that files of its kind have."""
        numbers = "stored" if style.numbers == "stored" else "text"
        possible = [
            defect_id
            for defect_id in self._defects
            if style.kind in defect_of(defect_id).kinds
            and defect_of(defect_id).needs_numbers in ("", numbers)
        ]
        if not possible:
            return ()
        return (possible[int(fraction("defect", self._seed, key) * len(possible))],)


def print_file(order: Order) -> Rendered:
    """Make the file of an order; without its defect where its forms have nothing to spoil."""
    try:
        return render(order)
    except NotApplicable:
        return render(dataclasses.replace(order, defects=()))


def ending_of(style: FileStyle) -> str:
    """Return the ending of the file's name, which need not say what the file is."""
    return f".{EXTENSIONS[style.kind]}"


def unit_text(style: FileStyle) -> str:
    """Return the unit of money as an entry states it."""
    return style.unit_text
