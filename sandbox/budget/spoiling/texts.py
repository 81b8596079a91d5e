"""Defects of the text around the numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from sandbox.budget.defects import NotApplicable, Scene, on_paper
from sandbox.budget.legacy_fonts import to_tcvn3, to_vni
from sandbox.budget.paper import Ink, Paper, Place

_LOOK_ALIKE: Final = str.maketrans("AaEeOoCcTHKMxpy", "АаЕеОоСсТНКМхру")


@on_paper
def tcvn3_text(scene: Scene) -> None:
    """Write all words for a TCVN3 font."""
    _rewrite(scene, to_tcvn3)


@on_paper
def vni_text(scene: Scene) -> None:
    """Write all words for a VNI font."""
    _rewrite(scene, to_vni)


@on_paper
def nfd_text(scene: Scene) -> None:
    """Decompose all accents."""
    _needs_unicode(scene)
    _rewrite(scene, lambda text: unicodedata.normalize("NFD", text))


@on_paper
def no_accents(scene: Scene) -> None:
    """Leave all accents out."""
    _rewrite(scene, _bare)


@on_paper
def homoglyphs(scene: Scene) -> None:
    """Mix in letters of another script that look the same."""
    _needs_unicode(scene)
    _rewrite(scene, lambda text: text.translate(_LOOK_ALIKE))


@on_paper
def line_breaks_in_labels(scene: Scene) -> None:
    """Break labels and double their spaces."""
    for _, _, ink in _words(scene):
        text = str(ink.value)
        half = text.find(" ", len(text) // 2)
        if half > 0:
            ink.value = f" {text[:half]}\n {text[half + 1 :]}  "


@on_paper
def zero_width_characters(scene: Scene) -> None:
    """Put characters without width into labels and numbers."""
    _needs_unicode(scene)
    for _, _, ink in _words(scene):
        text = str(ink.value)
        ink.value = f"\u200b{text[:3]}\u200d{text[3:]}\ufeff"
    for place, slot in scene.column_slots():
        text = scene.text(slot)
        scene.put_text(place, f"{text[:1]}\u200b{text[1:]}\u200e")
        scene.touch(slot)


def _needs_unicode(scene: Scene) -> None:
    if scene.style.kind == "csv" and scene.style.encoding == "cp1258":
        raise NotApplicable("code page 1258 has no such characters")


def _words(scene: Scene) -> Iterator[tuple[Paper, Place, Ink]]:
    """Cells with words; numbers are left alone."""
    for paper in scene.papers:
        for place, ink in paper.cells.items():
            if place not in paper.slots and isinstance(ink.value, str):
                yield paper, place, ink


def _rewrite(scene: Scene, rewrite: Callable[[str], str]) -> None:
    for _, _, ink in _words(scene):
        ink.value = rewrite(str(ink.value))
    for _, table in scene.tables():
        table.unit_text = rewrite(table.unit_text)


def _bare(text: str) -> str:
    plain = text.replace("đ", "d").replace("Đ", "D")
    return "".join(
        letter
        for letter in unicodedata.normalize("NFD", plain)
        if not unicodedata.combining(letter)
    )
