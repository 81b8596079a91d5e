"""Wrong files made on purpose: what is wrong with them and what a reader owes (``defects.yml``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final, Literal, TypeVar

import yaml

from sandbox.budget.filling import children_of
from sandbox.budget.forms import DATA
from sandbox.budget.numerals import SEPARATORS, written
from sandbox.budget.paper import Expect, Ink, Paper, Place, Slot, Table
from sandbox.budget.styles import Draw, FileStyle

Phase = Literal["subject", "paper", "bytes"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Defect:
    """One kind of defect.

    Attributes:
        defect_id: stable id.
        does: what is wrong.
        phase: where it is made: in what the file is about, on paper, or in the bytes.
        kinds: kinds of file that can have it; empty for all that hold a table.
        expect: what a reader owes for the cells it touches.
        states: states of the file that are right.
        undetectable_alone: the file by itself looks sound; only others beside it tell.
        needs_numbers: ``stored`` or ``text`` where the defect is about numbers kept that way.
        needs_tables: how many tables must stand on the sheet.
    """

    defect_id: str
    does: str
    phase: Phase
    kinds: tuple[str, ...]
    expect: Expect
    states: tuple[str, ...]
    undetectable_alone: bool
    needs_numbers: str
    needs_tables: int


class NotApplicable(Exception):
    """A form or style that cannot have this defect."""


@cache
def all_defects() -> Mapping[str, Defect]:
    """All kinds by id."""
    content = yaml.safe_load((DATA / "defects.yml").read_text(encoding="utf-8"))
    groups: dict[str, list[str]] = content["kinds_of_file"]
    return {
        defect_id: Defect(
            defect_id=defect_id,
            does=entry["does"],
            phase=entry.get("phase", "paper"),
            kinds=tuple(groups[entry.get("kinds", "all")]),
            expect=entry.get("expect", "right_or_refused"),
            states=tuple(entry.get("states", "read partly_read unknown_form").split()),
            undetectable_alone=entry.get("undetectable_alone", False),
            needs_numbers=entry.get("numbers", ""),
            needs_tables=entry.get("tables", 1),
        )
        for defect_id, entry in content["defects"].items()
    }


def defect_of(defect_id: str) -> Defect:
    """One kind.

    Raises:
        ValueError: there is none of this id.
    """
    try:
        return all_defects()[defect_id]
    except KeyError:
        raise ValueError(f"no defect {defect_id!r}; see sandbox/budget/data/defects.yml") from None


class Scene:
    """The papers of a file, for those who spoil them.

    Args:
        papers: one per sheet.
        style: how they are printed.
        defect: the kind that is being made.
        draw: what chance decides by.
    """

    def __init__(self, papers: list[Paper], style: FileStyle, defect: Defect, draw: Draw) -> None:
        self.papers = papers
        self.style = style
        self.defect = defect
        self.draw = draw

    @property
    def paper(self) -> Paper:
        """The first sheet."""
        return self.papers[0]

    @property
    def table(self) -> Table:
        """The first table of the first sheet."""
        return self.paper.tables[0]

    def tables(self) -> Iterator[tuple[Paper, Table]]:
        """Every table with its sheet."""
        for paper in self.papers:
            for table in paper.tables:
                yield paper, table

    def slots(
        self, kind: str = "", where: Callable[[Slot], bool] = lambda slot: True
    ) -> list[tuple[Place, Slot]]:
        """Number cells of the first table.

        Args:
            kind: ``amount`` or ``percent``; empty for both.
            where: which of them.
        """
        first, last = self.table.body
        return [
            (place, slot)
            for place, slot in sorted(self.paper.slots.items())
            if first <= place[0] <= last and (not kind or slot.column.kind == kind) and where(slot)
        ]

    def one_of(self, name: str, choices: list[_T]) -> _T:
        """Choose by chance.

        Raises:
            NotApplicable: there is nothing to choose from.
        """
        if not choices:
            raise NotApplicable(self.defect.defect_id)
        chosen: _T = self.draw.one_of(name, choices)
        return chosen

    def one_slot(
        self, kind: str = "amount", where: Callable[[Slot], bool] = lambda slot: True
    ) -> tuple[Place, Slot]:
        """Choose a number cell of the first table."""
        return self.one_of("slot", self.slots(kind, where))

    def column_slots(
        self, where: Callable[[Slot], bool] = lambda slot: True, kind: str = "amount"
    ) -> list[tuple[Place, Slot]]:
        """All number cells of one column of the first table, chosen by chance."""
        chosen = self.one_slot(kind, where)[1].column.number
        return self.slots(kind, lambda slot: slot.column.number == chosen)

    def column_of(self, number: int) -> list[tuple[Place, Slot]]:
        """All number cells of a column of the first table."""
        return self.slots(where=lambda slot: slot.column.number == number)

    def is_proved(self, slot: Slot) -> bool:
        """Whether a sum of at least two published parts, or a whole, tells on this cell."""
        children = children_of(self.table.lines)
        shown = {
            other.row_index
            for _, other in self.slots()
            if other.column.number == slot.column.number
        }
        parent = slot.row.parent
        is_part = (
            parent in shown
            and slot.row.relation == "part"
            and len(shown.intersection(children.get(parent or 0, ()))) > 1
        )
        return is_part or len(shown.intersection(children.get(slot.row_index, ()))) > 1

    def touch(self, slot: Slot, expect: Expect | None = None) -> None:
        """Say that a cell is touched."""
        slot.defect = self.defect.defect_id
        slot.expect = expect or self.defect.expect

    def write(self, place: Place, slot: Slot, value: Decimal) -> None:
        """Print another number in a cell, in the style of the file; its answer stays."""
        ink = self.paper.cells[place]
        if isinstance(ink.value, Decimal):
            ink.value = value
        else:
            decimals = max(0, -int(slot.value.as_tuple().exponent))
            ink.value = written(value, decimals, self.style.numbers)

    def text(self, slot: Slot, numbers: str = "") -> str:
        """A published number as text; by default in the style of the file, else with dots."""
        numbers = numbers or (
            self.style.numbers if self.style.numbers in SEPARATORS else "text_dots"
        )
        return written(slot.value, max(0, -int(slot.value.as_tuple().exponent)), numbers)

    def put_text(self, place: Place, text: str) -> None:
        """Replace a cell by text."""
        self.paper.cells[place] = Ink(text, bold=self.paper.cells[place].bold)


PaperDefect = Callable[[Scene], None]
PAPER_DEFECTS: Final[dict[str, PaperDefect]] = {}


def on_paper(make: PaperDefect) -> PaperDefect:
    """Register a defect made on paper under the name of its function."""
    PAPER_DEFECTS[make.__name__] = make
    return make


def spoil(papers: list[Paper], style: FileStyle, defect: Defect, *key: int | str) -> None:
    """Make a defect on paper. No cell of the file must be read any more, but none read wrong.

    Raises:
        NotApplicable: nothing there to spoil.
    """
    PAPER_DEFECTS[defect.defect_id](Scene(papers, style, defect, Draw(defect.defect_id, *key)))
    loosen(papers)


def loosen(papers: list[Paper]) -> None:
    """Let a reader refuse what it would have to read in a clean file."""
    for paper in papers:
        for slot in paper.slots.values():
            if slot.expect == "right":
                slot.expect = "right_or_refused"
