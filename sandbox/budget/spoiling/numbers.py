"""Defects of single numbers and of how they are written."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from sandbox.budget.defects import NotApplicable, Scene, on_paper
from sandbox.budget.filling import children_of
from sandbox.budget.numerals import rounded
from sandbox.budget.paper import Ink, cell_name

_WORDS: Final = ("-", "x", "…", "chưa có", "–")
_LARGE: Final = 1_000_000
_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")


@on_paper
def thousands_became_decimals(scene: Scene) -> None:
    """Store 1234 as 1.234 and leave larger numbers as text, as a wrong locale does."""
    _whole_amounts(scene)
    slots = scene.column_slots(lambda slot: 1_000 <= abs(slot.value) < _LARGE)
    for place, slot in slots:
        if abs(slot.value) >= _LARGE:
            scene.put_text(place, scene.text(slot, "text_dots"))
        elif abs(slot.value) >= 1_000:
            scene.paper.cells[place] = Ink(slot.value / 1_000, "0.000")
            scene.touch(slot, "refused")


@on_paper
def mixed_separators(scene: Scene) -> None:
    """Write a column with dots in some rows and with commas in others."""
    slots = scene.column_slots(lambda slot: abs(slot.value) >= 1_000)
    for number, (place, slot) in enumerate(slots):
        scene.put_text(place, scene.text(slot, ("text_dots", "text_commas")[number % 2]))
        scene.touch(slot)


@on_paper
def lone_ambiguous_number(scene: Scene) -> None:
    """Leave one number such as 1.234 in the whole file."""
    _whole_amounts(scene)
    chosen, slot = scene.one_slot(where=lambda slot: 1_000 <= slot.value < _LARGE)
    for paper in scene.papers:
        for place in list(paper.slots):
            if paper is scene.paper and place == chosen:
                continue
            paper.cells[place] = Ink(None)
            del paper.slots[place]
    scene.put_text(chosen, scene.text(slot, "text_dots"))
    scene.touch(slot)
    for paper in [each for each in scene.papers if each.visibility == "hidden"]:
        scene.papers.remove(paper)


@on_paper
def words_for_numbers(scene: Scene) -> None:
    """Write words where numbers belong: there is nothing to be read there."""
    for word in _WORDS:
        place, _ = scene.one_of(word, scene.slots("amount"))
        scene.put_text(place, word)
        del scene.paper.slots[place]


@on_paper
def negatives_in_parentheses(scene: Scene) -> None:
    """Write (123) for a negative number."""
    _negatives(scene, lambda text: f"({text.removeprefix('-')})")


@on_paper
def unicode_minus(scene: Scene) -> None:
    """Write the typographic minus."""
    _needs_unicode(scene)
    _negatives(scene, lambda text: text.replace("-", "\u2212"))


@on_paper
def full_width_digits(scene: Scene) -> None:
    """Write a column with full-width digits."""
    _needs_unicode(scene)
    _rewrite_column(scene, lambda text: text.translate(_FULL_WIDTH))


@on_paper
def no_break_spaces(scene: Scene) -> None:
    """Divide groups by no-break spaces."""
    _rewrite_column(scene, lambda text: text.replace(" ", "\u00a0"), "text_spaces")


@on_paper
def apostrophe_groups(scene: Scene) -> None:
    """Divide groups by apostrophes."""
    _rewrite_column(scene, lambda text: text.replace(" ", "'"), "text_spaces")


@on_paper
def numbers_as_text(scene: Scene) -> None:
    """Store a column as text, as exports do."""
    for place, slot in scene.column_slots():
        scene.put_text(place, str(slot.value))
        scene.touch(slot)


@on_paper
def footnote_marks(scene: Scene) -> None:
    """Put the mark of a footnote behind a number."""
    for mark in (" (1)", "*", "(2)"):
        place, slot = scene.one_of(mark, scene.slots("amount"))
        scene.put_text(place, scene.text(slot) + mark)
        scene.touch(slot)


@on_paper
def twenty_digits(scene: Scene) -> None:
    """Put a number there that nobody has."""
    place, slot = scene.one_slot(where=scene.is_proved)
    scene.write(place, slot, Decimal("12345678901234567890"))
    scene.touch(slot)


@on_paper
def scientific(scene: Scene) -> None:
    """Write a large number with three digits and a power."""
    place, slot = scene.one_slot(where=lambda slot: len(str(slot.value).rstrip("0.")) > 4)
    scene.put_text(place, f"{slot.value:.2E}".replace(".", ","))
    scene.touch(slot)


@on_paper
def date_for_number(scene: Scene) -> None:
    """Show a date where a program took a number for one."""
    place, slot = scene.one_slot()
    scene.paper.cells[place] = Ink(Decimal(45_000 + int(abs(slot.value)) % 700), "dd/mm/yyyy")
    scene.touch(slot)


@on_paper
def letter_in_number(scene: Scene) -> None:
    """Write O for 0 and l for 1."""
    place, slot = scene.one_slot(where=lambda slot: bool(re.search("[01]", slot.text)))
    scene.put_text(place, scene.text(slot).replace("0", "O").replace("1", "l"))
    scene.touch(slot)


@on_paper
def percent_as_fraction(scene: Scene) -> None:
    """Store percents as fractions, as a spreadsheet that shows ``%`` does."""
    slots = scene.slots("percent")
    if not slots:
        raise NotApplicable("no percents")
    for place, slot in slots:
        scene.paper.cells[place] = Ink(slot.value / 100, "0.0%")
        scene.touch(slot)


@on_paper
def formula_without_value(scene: Scene) -> None:
    """Put in sums that no program has calculated."""
    for name in ("first", "second"):
        place, slot = scene.one_of(name, scene.slots("amount"))
        row, column = place
        ink = scene.paper.cells[place]
        ink.formula = f"{cell_name(row + 1, column)}+{cell_name(row + 2, column)}"
        ink.is_calculated = False
        scene.touch(slot)


@on_paper
def error_cells(scene: Scene) -> None:
    """Show what a spreadsheet shows when it cannot calculate."""
    for error in ("#REF!", "#N/A", "#DIV/0!"):
        place, slot = scene.one_of(error, scene.slots())
        scene.paper.cells[place].error = error
        scene.touch(slot)


@on_paper
def stale_formula_value(scene: Scene) -> None:
    """Keep a value that the formula would no longer give."""
    children = children_of(scene.table.lines)
    place, slot = scene.one_slot(
        where=lambda slot: (
            len(children.get(slot.row_index, ())) > 1
            and scene.is_proved(slot)
            and slot.column.formula is None
            and abs(slot.value) >= 1_000
        )
    )
    parts = [cell_name(scene.table.rows[child], place[1]) for child in children[slot.row_index]]
    ink = scene.paper.cells[place]
    ink.value = rounded(slot.value * Decimal("1.2"), 0)
    ink.formula = "+".join(parts)
    scene.touch(slot)


def _whole_amounts(scene: Scene) -> None:
    if scene.style.decimals:
        raise NotApplicable("amounts with decimals")


def _needs_unicode(scene: Scene) -> None:
    if scene.style.kind == "csv" and scene.style.encoding == "cp1258":
        raise NotApplicable("code page 1258 has no such characters")


def _negatives(scene: Scene, rewrite: Callable[[str], str]) -> None:
    slots = scene.slots("amount", lambda slot: slot.value < 0)
    if not slots:
        raise NotApplicable("no negative numbers")
    for place, slot in slots:
        scene.put_text(place, rewrite(scene.text(slot)))
        scene.touch(slot)


def _rewrite_column(scene: Scene, rewrite: Callable[[str], str], numbers: str = "") -> None:
    for place, slot in scene.column_slots(lambda slot: abs(slot.value) >= 1_000):
        scene.put_text(place, rewrite(scene.text(slot, numbers)))
        scene.touch(slot)
