"""The words around the figures."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

from sandbox.budget.legacy_fonts import to_tcvn3, to_vni
from sandbox.reports.behaviours import NotApplicable
from sandbox.reports.draft import text_of
from sandbox.reports.spoiling.scene import Scene, on_paper

_LOOK_ALIKE: Final = str.maketrans("AaEeOoCcTHKMxpy", "АаЕеОоСсТНКМхру")


@on_paper
def decomposed_text(scene: Scene) -> None:
    """Decompose all accents."""
    _rewrite(scene, lambda text: unicodedata.normalize("NFD", text))


@on_paper
def tcvn3(scene: Scene) -> None:
    """Write all words for a TCVN3 font."""
    _rewrite(scene, to_tcvn3)


@on_paper
def vni(scene: Scene) -> None:
    """Write all words for a VNI font."""
    _rewrite(scene, to_vni)


@on_paper
def homoglyphs(scene: Scene) -> None:
    """Mix in letters of another script."""
    _rewrite(scene, lambda text: text.translate(_LOOK_ALIKE))


@on_paper
def no_accents(scene: Scene) -> None:
    """Leave all accents out."""
    _rewrite(scene, _bare)


@on_paper
def choice_without_accents(scene: Scene) -> None:
    """Leave the accents of answers out."""
    answers = scene.draft.of_type("choice", "yes_no")
    if not answers:
        raise NotApplicable("no answers")
    for entry in answers:
        scene.write(entry, _bare(str(entry.ink.value)))


@on_paper
def line_breaks(scene: Scene) -> None:
    """Break labels and double their spaces."""
    for ink in scene.draft.texts():
        text = str(ink.value)
        half = text.find(" ", len(text) // 2)
        if half > 0 and ink is not scene.draft.inks.get("form_id"):
            ink.value = f" {text[:half]}\n {text[half + 1 :]}  "


@on_paper
def zero_width(scene: Scene) -> None:
    """Put characters without width into labels and figures."""
    _rewrite(scene, lambda text: f"\u200b{text[:3]}\u200d{text[3:]}\ufeff")
    scene.rewrite_figures(lambda value: _with_widthless(text_of(value, scene.draft)))


def _with_widthless(text: str) -> str:
    return f"{text[:1]}\u200b{text[1:]}\u200e"


def _rewrite(scene: Scene, rewrite: Callable[[str], str]) -> None:
    form_id = scene.draft.inks.get("form_id")
    for ink in scene.draft.texts():
        if ink is not form_id:
            ink.value = rewrite(str(ink.value))


def _bare(text: str) -> str:
    plain = text.replace("đ", "d").replace("Đ", "D")
    return "".join(
        letter
        for letter in unicodedata.normalize("NFD", plain)
        if not unicodedata.combining(letter)
    )
