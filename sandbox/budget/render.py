"""What a publisher hands out: files of budget forms with their answer key.

``render`` is the door for everything that needs such a file. Answers are drawn from the figures
before anything is written or spoilt, never read back from the file.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from sandbox.budget.defects import Defect, defect_of, loosen, spoil
from sandbox.budget.filling import FilledForm, Subject, fill
from sandbox.budget.forms import form_of
from sandbox.budget.layout import lay_out, put_formulas
from sandbox.budget.members import units_on
from sandbox.budget.paper import Expect, Paper, Place
from sandbox.budget.spoiling import REGISTERED
from sandbox.budget.spoiling.contents import CONTENT_DEFECTS, NAMED_OTHERWISE
from sandbox.budget.styles import EXTENSIONS, FileStyle
from sandbox.budget.writers.files import write_file
from sandbox.budget.writers.written import Address

_SUBJECT_DEFECTS: Final = {"stale_copy", "last_years_title", "other_publisher"}


@dataclass(frozen=True, slots=True)
class Order:
    """A file that somebody publishes.

    Attributes:
        publisher: as printed.
        publisher_code: code of the reference seed.
        level: ``province`` | ``commune`` | ``unit``.
        forms: form keys, in the file's order.
        budget_year: year.
        period_type: ``year`` | ``quarter`` | ``half_year`` | ``nine_months``.
        period_start: first day of the period.
        style: how it is printed.
        defects: ids of ``data/defects.yml``.
        seed: drives every figure; the same for all files of a province.
        version: 1, or higher where it corrects an earlier file.
    """

    publisher: str
    publisher_code: str
    level: str
    forms: tuple[str, ...]
    budget_year: int
    period_type: str
    period_start: dt.date
    style: FileStyle
    defects: tuple[str, ...] = ()
    seed: int = 7
    version: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader must find in one cell.

    The answers of a file are complete: a value read at any other place is wrong.

    Attributes:
        sheet: name of the sheet, as `ingestion.reading.grid.Sheet.name`.
        cell: address, as `ingestion.reading.grid.Sheet.address`.
        row_label: text of the row.
        item_code: code of its item; empty where the form names none.
        measure_code: of the column.
        form_key: of the form.
        value: in đồng, or percent.
        unit_code: ``vnd`` | ``percent``.
        text: as published.
        expect: ``right``: this value; ``refused``: no value may be used; ``right_or_refused``.
        defect: id of the defect that touches the cell; else empty.
    """

    sheet: str
    cell: str
    row_label: str
    item_code: str
    measure_code: str
    form_key: str
    value: Decimal
    unit_code: str
    text: str
    expect: Expect
    defect: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file and its answers.

    Attributes:
        content: bytes.
        file_name: with an extension, which may lie.
        answers: one per number cell.
        title: of the first form.
        form_text: number of the first form as a portal shows it; empty where there is none.
        period_text: such as ``QUÝ I NĂM 2025``.
        expected_states: states that are right for a reader to come to: ``read``,
            ``partly_read``, ``needs_confirmation``, ``unknown_form``, ``refused``.
        undetectable_alone: the defect does not show in this file, only beside others.
    """

    content: bytes
    file_name: str
    answers: list[Answer]
    title: str
    form_text: str
    period_text: str
    expected_states: tuple[str, ...] = ("read",)
    undetectable_alone: bool = False


def render(order: Order) -> Rendered:
    """Make a file.

    Raises:
        UnknownForm: a form key that does not exist.
        ValueError: the kind of file cannot hold what is ordered, or cannot have a defect.
        NotApplicable: there is nothing in these forms that a defect could spoil.
    """
    defects = [_checked(defect_id, order.style) for defect_id in order.defects]
    about = _changed_subject(order)
    filled = [_filled(order, key) for key in order.forms]
    papers = lay_out(filled, about.publisher, order.style)
    _normalise(papers, order.style)
    for defect in defects:
        if defect.phase == "paper":
            spoil(papers, order.style, defect, *_key(order))
        else:
            loosen(papers)
    if order.style.formulas:
        put_formulas(papers)
    file = write_file(papers, order.style, about.publisher, filled[0].period_text)
    answers = [
        answer
        for paper, addresses in zip(papers, file.addresses, strict=True)
        for answer in _answers(paper, addresses)
    ]
    content, name = file.content, _file_name(order)
    for defect in defects:
        if defect.phase == "bytes":
            content = CONTENT_DEFECTS[defect.defect_id](content)
            answers = [
                replace(each, expect=defect.expect, defect=defect.defect_id) for each in answers
            ]
            extension = NAMED_OTHERWISE.get(defect.defect_id)
            name = f"{name.rpartition('.')[0]}.{extension}" if extension else name
    return Rendered(
        content=content,
        file_name=name,
        answers=answers,
        title=filled[0].title,
        form_text=_form_text(filled[0]),
        period_text=filled[0].period_text,
        expected_states=_states(order, defects, answers),
        undetectable_alone=any(defect.undetectable_alone for defect in defects),
    )


def subject_of(order: Order) -> Subject:
    """Whose figures an order is about."""
    return Subject(
        order.publisher_code,
        order.level,
        order.budget_year,
        order.period_type,
        order.period_start,
        order.seed,
        order.version,
    )


def _checked(defect_id: str, style: FileStyle) -> Defect:
    defect = defect_of(defect_id)
    is_made = REGISTERED | CONTENT_DEFECTS.keys() | _SUBJECT_DEFECTS
    if defect_id not in is_made:
        raise ValueError(f"nothing makes the defect {defect_id}")
    if style.kind not in defect.kinds:
        raise ValueError(f"a file of kind {style.kind} cannot have the defect {defect_id}")
    if defect.needs_numbers and (style.numbers == "stored") != (defect.needs_numbers == "stored"):
        raise ValueError(f"{defect_id} needs numbers: {defect.needs_numbers}")
    return defect


def _key(order: Order) -> tuple[int | str, ...]:
    return order.seed, order.publisher_code, order.budget_year, *order.forms


def _changed_subject(order: Order) -> Order:
    if "other_publisher" not in order.defects:
        return order
    others = [name for _, name in units_on(order.period_start, "department")]
    names = [name for name in others if name != order.publisher]
    return replace(order, publisher=names[order.budget_year % len(names)])


def _filled(order: Order, key: str) -> FilledForm:
    """A form with its figures; stale copies and old titles mix those of two years."""
    form, subject = form_of(key), subject_of(order)
    filled = fill(form, subject)
    if not {"stale_copy", "last_years_title"}.intersection(order.defects):
        return filled
    year = order.budget_year - 1
    start = order.period_start.replace(year=order.period_start.year - 1)
    before = fill(form, replace(subject, budget_year=year, period_start=start))
    if "last_years_title" in order.defects:
        return replace(filled, title=before.title)
    return replace(before, title=filled.title, labels=filled.labels, period_text=filled.period_text)


def _states(order: Order, defects: list[Defect], answers: list[Answer]) -> tuple[str, ...]:
    if order.style.kind == "scan":
        return ("needs_confirmation",)
    if not defects:
        is_certain = all(answer.expect == "right" for answer in answers)
        return ("read",) if is_certain else ("read", "partly_read")
    refusing = [defect for defect in defects if "read" not in defect.states]
    chosen = refusing or defects
    return tuple(dict.fromkeys(state for defect in chosen for state in defect.states))


def _answers(paper: Paper, addresses: Mapping[Place, Address]) -> Iterator[Answer]:
    for place, slot in sorted(paper.slots.items()):
        sheet, cell = addresses[place]
        yield Answer(
            sheet=sheet,
            cell=cell,
            row_label=slot.row.label,
            item_code=slot.row.item_code,
            measure_code=slot.column.measure,
            form_key=slot.form.key,
            value=slot.value * slot.factor,
            unit_code="percent" if slot.column.kind == "percent" else "vnd",
            text=slot.text,
            expect=slot.expect,
            defect=slot.defect,
        )


def _normalise(papers: list[Paper], style: FileStyle) -> None:
    for paper in papers:
        paper.name = unicodedata.normalize(style.form, paper.name)
        for ink in paper.cells.values():
            if isinstance(ink.value, str):
                ink.value = unicodedata.normalize(style.form, ink.value)


def _form_text(filled: FilledForm) -> str:
    return f"Biểu số {filled.form.number}/CK-NSNN" if filled.form.number else ""


def _file_name(order: Order) -> str:
    form = form_of(order.forms[0])
    number = form.number or "CK"
    period = (
        order.period_type if order.period_type == "year" else f"T{order.period_start.month:02d}"
    )
    more = f"-v{order.version}" if order.version > 1 else ""
    name = f"{form.stage}-{number}-{order.publisher_code}-{order.budget_year}-{period}{more}"
    return f"{name}.{EXTENSIONS[order.style.kind]}"
