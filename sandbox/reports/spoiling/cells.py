"""Cells that cannot be relied on, and what stands beside them."""

from __future__ import annotations

from typing import Final

from sandbox.budget.paper import cell_name
from sandbox.reports.behaviours import NotApplicable
from sandbox.reports.spoiling.scene import Scene, on_paper

_DANGEROUS: Final = (
    '=HYPERLINK("http://vi-du.example","xem")',
    "@SUM(1+1)*cmd|'/C calc'!A0",
    "{{ env_var('HOME') }}",
    "<script>alert(1)</script>",
    "'; drop table raw; --",
    "Trả lời\r\nBcc: ai-do@vi-du.example",
)
_PEOPLE: Final = (
    "Chị Lò Thị Mẫu, 0212 3850 123, theo dõi",
    "Anh Cầm Văn Thử báo qua điện thoại 0912 000 000",
)
_ERRORS: Final = ("#REF!", "#N/A", "#DIV/0!", "#VALUE!")
_WRONG_CHOICES: Final = ("Tương đối", "Sắp xong", "100%")


@on_paper
def dangerous_notes(scene: Scene) -> None:
    """Write what programs might obey into the notes."""
    _write_notes(scene, _DANGEROUS)


@on_paper
def people_in_notes(scene: Scene) -> None:
    """Name people who exist nowhere in the notes."""
    _write_notes(scene, _PEOPLE)


@on_paper
def formula_without_value(scene: Scene) -> None:
    """Put in formulas that no program has calculated."""
    required = [entry for entry in scene.figures() if entry.field.is_required]
    for name in ("first", "second"):
        entry = scene.one_of(name, required)
        row, column = scene.place_of(entry)
        entry.ink.formula = f"{cell_name(row, column + 20)}+{cell_name(row, column + 21)}"
        entry.ink.is_calculated = False
        scene.touch(entry)


@on_paper
def error_cells(scene: Scene) -> None:
    """Show errors in place of figures."""
    required = [entry for entry in scene.figures() if entry.field.is_required]
    for error in _ERRORS[:2]:
        entry = scene.one_of(error, required)
        entry.ink.error = scene.one_of(f"kind {error}", _ERRORS)
        scene.touch(entry)


@on_paper
def stale_formula(scene: Scene) -> None:
    """Keep a last value that the formula does not give: nobody can tell which one is meant."""
    entry = scene.one_figure("count", least=3)
    entry.ink.formula = f"{entry.number + 4}-2"
    scene.touch(entry)


@on_paper
def circular(scene: Scene) -> None:
    """Let a formula refer to itself."""
    required = [entry for entry in scene.figures() if entry.field.is_required]
    entry = scene.one_of("figure", required)
    entry.ink.formula = f"{cell_name(*scene.place_of(entry))}+1"
    entry.ink.is_calculated = False
    scene.touch(entry)


@on_paper
def choice_misspelt(scene: Scene) -> None:
    """Give an answer that is not among the choices."""
    entry = scene.one_of("choice", scene.draft.of_type("choice", "yes_no"))
    scene.write(entry, scene.one_of("answer", _WRONG_CHOICES))


@on_paper
def both_answers(scene: Scene) -> None:
    """Leave both answers standing."""
    entry = scene.one_of("answer", scene.draft.of_type("yes_no"))
    scene.write(entry, "Có/Không")


def _write_notes(scene: Scene, notes: tuple[str, ...]) -> None:
    draft = scene.draft
    if draft.note_column is None:
        raise NotApplicable("no notes")
    for number, row in enumerate(draft.body_rows()):
        draft.paper.put(row, draft.note_column, notes[number % len(notes)])
