"""A form filled in with a publisher's figures, before anybody chooses how to print it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sandbox.budget.figures import SETTLED, YEAR_QUARTERS, Basis, Book
from sandbox.budget.forms import FilledRow, Form, FormColumn, Operation, filled_rows
from sandbox.budget.members import lower_word, members_on

Cell = Decimal | str | None
"""đồng or percent, exact; words; or nothing."""

_PERIODS: Final = {
    "year": ("NĂM {year}", YEAR_QUARTERS),
    "half_year": ("6 THÁNG ĐẦU NĂM {year}", (1, 2)),
    "nine_months": ("9 THÁNG ĐẦU NĂM {year}", (1, 2, 3)),
}
_ROMAN: Final = ("I", "II", "III", "IV")
_PROJECTS: Final = ("running_projects", "new_projects")
_SLICE_OF: Final = {"agencies": "province", "lower": "lower"}
_SAME_PERIOD: Final = "actual_to_same_period_pct"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose budget, of which year and period.

    Attributes:
        publisher_code: code of the publisher.
        level: ``province`` | ``commune`` | ``unit``.
        budget_year: year.
        period_type: ``year`` | ``quarter`` | ``half_year`` | ``nine_months``.
        period_start: first day of the period.
        seed: of the figures.
        version: 1, or higher after a correction.
    """

    publisher_code: str
    level: str
    budget_year: int
    period_type: str
    period_start: dt.date
    seed: int
    version: int = 1


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form with its figures.

    Attributes:
        form: which one.
        title: without placeholders.
        period_text: such as ``QUÝ I NĂM 2025``.
        labels: header lines of each column, without placeholders.
        rows: top to bottom.
        cells: by row, then by column.
    """

    form: Form
    title: str
    period_text: str
    labels: tuple[tuple[str, ...], ...]
    rows: tuple[FilledRow, ...]
    cells: tuple[tuple[Cell, ...], ...]


def period_words(subject: Subject) -> tuple[str, tuple[int, ...]]:
    """What a period is called in titles, and its quarters."""
    if subject.period_type == "quarter":
        quarter = (subject.period_start.month + 2) // 3
        return f"QUÝ {_ROMAN[quarter - 1]} NĂM {subject.budget_year}", (quarter,)
    words, quarters = _PERIODS[subject.period_type]
    return words.format(year=subject.budget_year), quarters


def day_of_units(form: Form, subject: Subject) -> dt.date:
    """The day whose agencies and communes a form lists.

    Estimates list those of the end of the year before, settlements those of the end of the year,
    execution reports those of the end of their period.
    """
    if form.stage in ("draft", "decided"):
        return dt.date(subject.budget_year - 1, 12, 31)
    if form.stage == "settlement":
        return dt.date(subject.budget_year, 12, 31)
    month = 3 * period_words(subject)[1][-1]
    return dt.date(subject.budget_year, month, 30)


def fill(form: Form, subject: Subject) -> FilledForm:
    """Fill in a form.

    Raises:
        KeyError: the forms name an item or a dimension that the figures do not know.
    """
    day = day_of_units(form, subject)
    period_text, quarters = period_words(subject)
    lower = lower_word(day)
    words = {
        "year": str(subject.budget_year),
        "last_year": str(subject.budget_year - 1),
        "PERIOD": period_text,
        "lower": lower,
        "LOWER": lower.upper(),
    }
    members = members_on(day, subject.publisher_code, subject.level)
    book = Book(subject.level, subject.publisher_code, subject.seed, members, subject.version)
    rows = filled_rows(form, members, words)
    filler = _Filler(form, rows, book, _bases(form, subject.budget_year, quarters))
    columns = [filler.column(column) for column in form.columns]
    return FilledForm(
        form=form,
        title=form.title.format_map(words),
        period_text=period_text,
        labels=tuple(
            tuple(label.format_map(words) for label in column.labels) for column in form.columns
        ),
        rows=tuple(rows),
        cells=tuple(zip(*columns, strict=True)),
    )


def children_of(rows: Sequence[FilledRow]) -> dict[int, list[int]]:
    """The rows that add up to a row, by its index."""
    children: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        if row.parent is not None and row.relation == "part":
            children.setdefault(row.parent, []).append(index)
    return children


class _Filler:
    """Fills the columns of one form one after the other."""

    def __init__(
        self, form: Form, rows: list[FilledRow], book: Book, bases: Mapping[str, Basis]
    ) -> None:
        self._form = form
        self._rows = rows
        self._book = book
        self._bases = bases
        self._children = children_of(rows)
        self._done: dict[tuple[int, str], list[Cell]] = {}

    def column(self, column: FormColumn) -> list[Cell]:
        """All cells of a column."""
        if column.kind == "text":
            return [
                row.member.texts.get(column.measure) if row.member else None for row in self._rows
            ]
        if column.measure == _SAME_PERIOD:
            actual = next(each for each in self._form.columns if each.measure == "actual")
            now, before = self._amounts(actual, ""), self._amounts(actual, "actual_last")
            return [_result("percent", pair) for pair in zip(now, before, strict=True)]
        if column.kind == "percent" and not column.formula:
            return [self._rate(row, column) for row in self._rows]
        return self._amounts(column, "")

    def _amounts(self, column: FormColumn, basis: str) -> list[Cell]:
        """Cells of a column of amounts or of a formula, on another basis if one is given."""
        place = (column.number, basis)
        if place not in self._done:
            self._done[place] = (
                self._by_formula(column, basis) if column.formula else self._drawn(column, basis)
            )
        return self._done[place]

    def _by_formula(self, column: FormColumn, basis: str) -> list[Cell]:
        assert column.formula  # noqa: S101 # for the type checker
        operands = [
            self._amounts(self._form.column(number), basis) for number in column.formula.operands
        ]
        return [_result(column.formula.operation, cells) for cells in zip(*operands, strict=True)]

    def _drawn(self, column: FormColumn, basis: str) -> list[Cell]:
        cells: list[Cell] = [None] * len(self._rows)
        for index in reversed(range(len(self._rows))):
            parts = [
                cell
                for child in self._children.get(index, ())
                if isinstance(cell := cells[child], Decimal)
            ]
            if parts:
                cells[index] = sum(parts, Decimal(0))
            elif index not in self._children:
                cells[index] = self._leaf(self._rows[index], column, basis or column.basis)
        return cells

    def _leaf(self, row: FilledRow, column: FormColumn, basis: str) -> Cell:
        if row.relation == "heading":
            return None
        chosen = self._bases[basis]
        if row.member:
            dimension = row.dimension
            item = column.item
            part = column.slice or (
                _SLICE_OF[dimension]
                if self._book.is_sliced(item) and dimension in _SLICE_OF
                else ""
            )
            if dimension in _PROJECTS:
                if dimension == "new_projects" and item == "project_allocated":
                    return Decimal(0)
                dimension, part = "projects", ""
            return Decimal(self._book.amount(f"{item}@{part}", chosen, dimension, row.member.code))
        if column.item and column.item != row.item:
            return None
        item, _, part = row.item.partition("@")
        if not item:
            return None
        return Decimal(self._book.amount(f"{item}@{column.slice or part}", chosen))

    def _rate(self, row: FilledRow, column: FormColumn) -> Cell:
        return Decimal(self._book.rate(column.item, row.member.code)) if row.member else None


def _result(operation: Operation, cells: Sequence[Cell]) -> Cell:
    numbers = [cell for cell in cells if isinstance(cell, Decimal)]
    if not numbers:
        return None
    if operation == "sum":
        return sum(numbers, Decimal(0))
    if len(numbers) < len(cells):
        return None
    first, second = numbers
    if operation == "difference":
        return first - second
    return first / second * 100 if second else None


def _bases(form: Form, year: int, quarters: tuple[int, ...]) -> dict[str, Basis]:
    counted = SETTLED if form.stage == "settlement" else quarters
    return {
        "council": Basis("council", year),
        "central": Basis("central", year),
        "last_council": Basis("council", year - 1),
        "expected": Basis("expected", year - 1),
        "actual": Basis("actual", year, counted),
        "actual_last": Basis("actual", year - 1, counted),
        "reported": Basis("actual", year, YEAR_QUARTERS),
    }
