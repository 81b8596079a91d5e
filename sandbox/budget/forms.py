"""The budget disclosure forms as data (``data/forms.yml``): columns, rows, titles, identities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from sandbox.budget.members import Member

DATA: Final = Path(__file__).parent / "data"

Stage = Literal["draft", "decided", "execution", "settlement"]
Level = Literal["province", "district", "commune", "unit"]
ColumnKind = Literal["amount", "percent", "text"]
Relation = Literal["part", "of_which", "apart", "heading"]
Operation = Literal["sum", "difference", "percent"]

_FORMULA = re.compile(r"(?P<target>\d+)=(?P<operands>\d+(?P<sign>[-+/])\d+(?:\+\d+)*)")
_OPERATIONS: Final[dict[str, Operation]] = {"+": "sum", "-": "difference", "/": "percent"}
_BASES: Final = {
    "estimate_last_year": "last_council",
    "estimate_central": "central",
    "expected_last_year": "expected",
    "actual": "actual",
    "estimate": "council",
}
"""Which figures a column holds by the beginning of its measure code, the longer ones first."""


@dataclass(frozen=True, slots=True)
class ColumnFormula:
    """What the line that numbers columns says, such as ``3=2-1``.

    Attributes:
        text: as printed.
        operation: ``sum`` of the operands, ``difference`` (first less second) or ``percent``
            (first ÷ second × 100).
        operands: column numbers, from 1 at the first column after the item.
    """

    text: str
    operation: Operation
    operands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column after the mark and the item.

    Attributes:
        number: from 1, as the numbering line counts.
        labels: header lines from top to bottom, with placeholders.
        measure: measure code, unique in the form.
        kind: amounts of money, percents, or words.
        formula: how it follows from other columns, if it does.
        item: the figure of the column where rows are members (agencies, communes …); else empty.
        slice: part of an item's figure, such as ``province`` or ``local``; else empty.
        basis: ``council`` | ``central`` | ``last_council`` | ``expected`` | ``actual``.
    """

    number: int
    labels: tuple[str, ...]
    measure: str
    kind: ColumnKind
    formula: ColumnFormula | None
    item: str
    slice: str
    basis: str


@dataclass(frozen=True, slots=True)
class FormRow:
    """A row of a form, or the place where one row per member stands.

    Attributes:
        depth: level in the outline, from 0.
        mark: as printed (``A``, ``I``, ``1``, ``-`` or nothing).
        label: as printed, with placeholders.
        item: item code of its figure, with ``@slice`` where the row is about a slice; else empty.
        relation: ``part``: it and its siblings add up to the row above; ``of_which``: some of the
            row above; ``apart``: it adds up with nothing; ``heading``: no figures.
        each: dimension whose members stand here; else empty.
    """

    depth: int
    mark: str
    label: str
    item: str
    relation: Relation
    each: str


@dataclass(frozen=True, slots=True)
class Form:
    """One form.

    Attributes:
        key: ``<stage>.<number>.<level>``, for budget units ``<stage>.unit``.
        stage: of the budget process.
        number: of the circular; None where it is not known.
        level: who publishes it.
        title: with placeholders.
        columns: after the mark and the item.
        rows: top to bottom.
        certainty: ``seen`` | ``recalled`` | ``open``.
    """

    key: str
    stage: Stage
    number: int | None
    level: Level
    title: str
    columns: tuple[FormColumn, ...]
    rows: tuple[FormRow, ...]
    certainty: str

    def column(self, number: int) -> FormColumn:
        """The column of a number, from 1."""
        return self.columns[number - 1]


@dataclass(frozen=True, slots=True)
class FilledRow:
    """A row of a form with its member, as one publication prints it.

    Attributes:
        depth: see `FormRow`.
        mark: as printed.
        label: without placeholders.
        item: see `FormRow`.
        relation: see `FormRow`.
        member: of a dimension, if it is such a row.
        dimension: which one; else empty.
        parent: index of the row above it in the outline, if any.
    """

    depth: int
    mark: str
    label: str
    item: str
    relation: Relation
    member: Member | None
    dimension: str
    parent: int | None

    @property
    def item_code(self) -> str:
        """The item code that a reader should give: slices are no part of it."""
        return self.item.partition("@")[0]


class UnknownForm(LookupError):
    """No form has this key."""


@cache
def all_forms() -> Mapping[str, Form]:
    """All forms by key.

    Raises:
        ValueError: ``forms.yml`` contradicts itself.
    """
    content = yaml.safe_load((DATA / "forms.yml").read_text(encoding="utf-8"))
    columns = {name: _columns(name, entries) for name, entries in content["column_sets"].items()}
    rows = {name: tuple(map(_row, entries)) for name, entries in content["row_sets"].items()}
    return {
        key: _form(key, entry, columns[entry["columns"]], rows[entry["rows"]])
        for key, entry in content["forms"].items()
    }


def form_of(key: str) -> Form:
    """The form of a key.

    Raises:
        UnknownForm: there is none.
    """
    try:
        return all_forms()[key]
    except KeyError:
        raise UnknownForm(f"no form {key!r}; see sandbox/budget/data/forms.yml") from None


def forms_of(stage: str, level: str) -> tuple[str, ...]:
    """Keys of the forms of one stage and level, in the circular's order."""
    return tuple(
        key for key, form in all_forms().items() if form.stage == stage and form.level == level
    )


def filled_rows(
    form: Form, members: Mapping[str, Sequence[Member]], words: Mapping[str, str]
) -> list[FilledRow]:
    """Rows of a form as one publication prints them, members in their places.

    Args:
        form: the form.
        members: by dimension (``agencies``, ``lower`` …).
        words: values of the placeholders.
    """
    filled: list[FilledRow] = []
    above: list[int] = []
    for row in form.rows:
        for mark, label, member in _printed(row, members, words):
            del above[row.depth :]
            parent = above[-1] if above else None
            above.append(len(filled))
            filled.append(
                FilledRow(row.depth, mark, label, row.item, row.relation, member, row.each, parent)
            )
    return filled


def _printed(
    row: FormRow, members: Mapping[str, Sequence[Member]], words: Mapping[str, str]
) -> Iterator[tuple[str, str, Member | None]]:
    if not row.each:
        yield row.mark, row.label.format_map(words), None
        return
    for number, member in enumerate(members[row.each], 1):
        yield str(number), member.name, member


def _form(
    key: str, entry: dict[str, str], columns: tuple[FormColumn, ...], rows: tuple[FormRow, ...]
) -> Form:
    stage, *number, level = key.split(".")
    return Form(
        key=key,
        stage=stage,  # type: ignore[arg-type] # checked by test_budget_forms
        number=int(number[0]) if number else None,
        level=level,  # type: ignore[arg-type]
        title=entry["title"],
        columns=columns,
        rows=rows,
        certainty=entry["certainty"],
    )


def _columns(name: str, entries: list[dict[str, Any]]) -> tuple[FormColumn, ...]:
    columns = tuple(_column(number, entry) for number, entry in enumerate(entries, 1))
    measures = [column.measure for column in columns]
    if len(measures) != len(set(measures)):
        raise ValueError(f"forms.yml: {name}: a measure stands twice")
    for column in columns:
        if column.formula and not column.formula.text.startswith(f"{column.number}="):
            raise ValueError(f"forms.yml: {name}: column {column.number} is numbered otherwise")
    return columns


def _column(number: int, entry: dict[str, Any]) -> FormColumn:
    measure = entry["measure"]
    basis = next((base for start, base in _BASES.items() if measure.startswith(start)), "")
    return FormColumn(
        number=number,
        labels=tuple(entry["labels"]),
        measure=measure,
        kind=entry.get("kind", "amount"),
        formula=_formula(entry["formula"]) if "formula" in entry else None,
        item=entry.get("item", ""),
        slice=entry.get("slice", ""),
        basis=entry.get("basis", basis),
    )


def _formula(text: str) -> ColumnFormula:
    found = _FORMULA.fullmatch(text)
    if not found:
        raise ValueError(f"forms.yml: cannot read the formula {text!r}")
    operands = tuple(int(number) for number in re.split(r"[-+/]", found["operands"]))
    return ColumnFormula(text, _OPERATIONS[found["sign"]], operands)


def _row(entry: list[Any] | dict[str, Any]) -> FormRow:
    if isinstance(entry, dict):
        return FormRow(entry["depth"], "", "", "", "part", entry["each"])
    depth, mark, label, item, *relation = entry
    return FormRow(depth, mark, label, item, relation[0] if relation else "part", "")
