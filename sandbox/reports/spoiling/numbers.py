"""How figures are written."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from ingestion.sources.agency_reports.template.wording import read_wording
from sandbox.budget.numerals import written
from sandbox.reports.behaviours import NotApplicable
from sandbox.reports.draft import text_of
from sandbox.reports.spoiling.scene import Scene, on_paper

_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")
_WORDS: Final = ("đang tổng hợp", "chưa có số liệu", "không rõ", "như kỳ trước")
_NO_NUMBERS: Final = ("NaN", "∞", "x", "…", "n/a", "?")
_ZEROS: Final = ("0", "0,0", "00", "0.00")


@on_paper
def numbers_as_text(scene: Scene) -> None:
    """Store all figures as text."""
    for entry in scene.figures():
        entry.ink.value = str(entry.value).replace(".", ",")


@on_paper
def blanks_only(scene: Scene) -> None:
    """Type blanks into all cells."""
    _declare_nothing(scene)
    for number, entry in enumerate(scene.draft.entries):
        entry.value, entry.expect = None, "empty"
        entry.ink.value = (" ", "   ", "\u00a0")[number % 3]


@on_paper
def dashes_only(scene: Scene) -> None:
    """Put a dash into all cells."""
    _declare_nothing(scene)
    for entry in scene.draft.entries:
        entry.value, entry.ink.value = None, "-"
        scene.touch(entry)


@on_paper
def zero_as_text(scene: Scene) -> None:
    """Write 0 as text everywhere."""
    _declare_nothing(scene)
    for number, entry in enumerate(scene.draft.entries):
        entry.value = Decimal(0)
        scene.write(entry, _ZEROS[number % len(_ZEROS)])


@on_paper
def zero_by_formula(scene: Scene) -> None:
    """Let a formula give 0 everywhere."""
    _declare_nothing(scene)
    for entry in scene.draft.entries:
        entry.value = Decimal(0)
        scene.write(entry, Decimal(0))
        entry.ink.formula = "SUM(AA1:AA9)"


@on_paper
def words_for_numbers(scene: Scene) -> None:
    """Write words in place of some figures."""
    for word in _WORDS[:2]:
        scene.write(scene.one_of(word, scene.figures()), word)


@on_paper
def dates_for_numbers(scene: Scene) -> None:
    """Show a day where a program took a figure for one."""
    entry = scene.one_figure("count", "decimal", "amount")
    scene.write(entry, Decimal(45_000 + int(entry.number) % 700))
    entry.ink.number_format = "dd/mm/yyyy"


@on_paper
def lone_ambiguous(scene: Scene) -> None:
    """Write 1.234 for 1234."""
    entry = scene.one_figure("count", "amount", least=1_000)
    scene.write(entry, f"{int(entry.number):,}".replace(",", "."))


@on_paper
def comma_groups(scene: Scene) -> None:
    """Divide groups by commas."""
    scene.rewrite_figures(lambda value: _written(value, "text_commas"), least=1_000)


@on_paper
def space_groups(scene: Scene) -> None:
    """Divide groups by no-break spaces."""
    scene.rewrite_figures(
        lambda value: _written(value, "text_spaces").replace(" ", "\u00a0"), least=1_000
    )


@on_paper
def apostrophe_groups(scene: Scene) -> None:
    """Divide groups by apostrophes."""
    scene.rewrite_figures(
        lambda value: _written(value, "text_spaces").replace(" ", "'"), least=1_000
    )


@on_paper
def full_width_digits(scene: Scene) -> None:
    """Write full-width digits."""
    scene.rewrite_figures(lambda value: text_of(value, scene.draft).translate(_FULL_WIDTH))


@on_paper
def unit_behind(scene: Scene) -> None:
    """Write the unit behind the figures."""
    for entry in scene.figures():
        scene.write(entry, f"{text_of(entry.number, scene.draft)} {entry.field.unit_vi}".strip())


@on_paper
def about(scene: Scene) -> None:
    """Say about how much it is."""
    for word in ("khoảng {}", "hơn {}"):
        entry = scene.one_of(word, scene.figures())
        scene.write(entry, word.format(entry.value))


@on_paper
def percent(scene: Scene) -> None:
    """Write a per cent in place of a number of pieces."""
    scene.write(scene.one_of("part", _parts(scene)), "85%")


@on_paper
def fraction(scene: Scene) -> None:
    """Write both numbers into one cell."""
    entry = scene.one_of("part", _parts(scene))
    scene.write(entry, f"{entry.value}/{(entry.value or 0)}")  # fmt: skip


@on_paper
def not_whole(scene: Scene) -> None:
    """Write half a piece more."""
    entry = scene.one_figure("count")
    scene.write(entry, f"{entry.value},5")


@on_paper
def negative(scene: Scene) -> None:
    """Write a negative number."""
    entry = scene.one_figure("count", "amount", least=1)
    is_stored = isinstance(entry.ink.value, Decimal)
    scene.write(entry, -entry.number if is_stored else f"-{entry.number}")


@on_paper
def in_parentheses(scene: Scene) -> None:
    """Write a number in parentheses, which is negative."""
    entry = scene.one_figure("count", "amount", least=1)
    scene.write(entry, f"({entry.value})")


@on_paper
def exceeds_whole(scene: Scene) -> None:
    """Report more done than there was to do. Which of the two is wrong nobody can tell."""
    entry = scene.one_of("part", _parts(scene))
    by_code = {other.field.code: other for other in scene.draft.entries}
    whole = by_code[entry.field.at_most or ""]
    more = whole.number + 7
    is_stored = isinstance(entry.ink.value, Decimal)
    scene.write(entry, more if is_stored else str(more))


@on_paper
def above_maximum(scene: Scene) -> None:
    """Report more than there can be."""
    bounded = [entry for entry in scene.figures() if entry.field.maximum is not None]
    entry = scene.one_of("bounded", bounded)
    scene.write(entry, str((entry.field.maximum or 0) + 3))


@on_paper
def twenty_digits(scene: Scene) -> None:
    """Report a number that nobody has."""
    scene.write(scene.one_figure("count"), "12345678901234567890")


@on_paper
def scientific(scene: Scene) -> None:
    """Write three digits and a power of ten."""
    entry = scene.one_figure("count", "amount", least=1_000)
    scene.write(entry, f"{entry.value:.2E}".replace(".", ","), "refused")


@on_paper
def not_a_number(scene: Scene) -> None:
    """Write signs that are no number."""
    sign = scene.one_of("sign", _NO_NUMBERS)
    required = [entry for entry in scene.figures() if entry.field.is_required]
    scene.write(scene.one_of("figure", required), sign)


@on_paper
def letter_in_number(scene: Scene) -> None:
    """Write O and l for 0 and 1."""
    candidates = [e for e in scene.figures() if set("01") & set(str(e.value)) and e.value]
    entry = scene.one_of("figure", candidates)
    scene.write(entry, str(entry.value).replace("0", "O").replace("1", "l"))


@on_paper
def unit_slip(scene: Scene) -> None:
    """Write “đồng” in the column of units: the amount may be meant so, or not."""
    draft = scene.draft
    amounts = scene.figures("amount")
    if draft.unit_column is None or not amounts:
        raise NotApplicable("no amounts with a unit")
    for entry in amounts:
        draft.paper.put(scene.place_of(entry)[0], draft.unit_column, "đồng")
        scene.touch(entry)


@on_paper
def unit_line_contradicts(scene: Scene) -> None:
    """Clear the units of amounts and say another one above the table."""
    draft = scene.draft
    amounts = scene.figures("amount")
    if draft.unit_column is None or not amounts:
        raise NotApplicable("no amounts with a unit")
    draft.insert_rows(draft.header[0], 1)
    draft.paper.put(draft.header[0] - 1, draft.label_column, "Đơn vị tính: đồng")
    for entry in amounts:
        draft.paper.put(scene.place_of(entry)[0], draft.unit_column, None)
        scene.touch(entry)


@on_paper
def share_stored(scene: Scene) -> None:
    """Store a share, shown as a per cent, in place of a number of pieces."""
    entry = scene.one_of("part", _parts(scene))
    scene.write(entry, Decimal("0.85"))
    entry.ink.number_format = "0%"


@on_paper
def trailing_text(scene: Scene) -> None:
    """Explain a figure in its own cell."""
    entry = scene.one_figure("count")
    scene.write(entry, f"{entry.value} (trong đó 3 mới)")


@on_paper
def sum_typed(scene: Scene) -> None:
    """Type a sum as text."""
    entry = scene.one_figure("count", least=2)
    scene.write(entry, f"{entry.number - 1}+1")


@on_paper
def two_numbers(scene: Scene) -> None:
    """Write two numbers on two lines of a cell."""
    entry = scene.one_figure("count", least=2)
    scene.write(entry, f"{entry.number - 1}\n1")


@on_paper
def footnote_marks(scene: Scene) -> None:
    """Put the mark of a footnote behind a figure."""
    for mark in (" (1)", "*"):
        entry = scene.one_of(mark, scene.figures())
        scene.write(entry, f"{entry.value}{mark}")


def _written(value: Decimal, numbers: str) -> str:
    return written(value, max(0, -int(value.as_tuple().exponent)), numbers)


def _parts(scene: Scene) -> list:  # type: ignore[type-arg]
    """Figures that may not exceed another one."""
    codes = {entry.field.code for entry in scene.figures()}
    return [entry for entry in scene.figures() if entry.field.at_most in codes]


def _declare_nothing(scene: Scene) -> None:
    for name, ink in scene.draft.inks.items():
        if name.startswith("nil:"):
            ink.value = read_wording().occurred
