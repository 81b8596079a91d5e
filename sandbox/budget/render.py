"""What a publisher hands out: files of budget forms with their answer key.

``render`` is the door for everything that needs such a file. Answers are drawn from the figures
before anything is written or spoilt, never read back from the file.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sandbox.budget.filling import FilledForm, Subject, fill
from sandbox.budget.forms import form_of
from sandbox.budget.layout import lay_out
from sandbox.budget.paper import Expect, Paper, Place
from sandbox.budget.styles import EXTENSIONS, FileStyle
from sandbox.budget.writers.files import write_file
from sandbox.budget.writers.written import Address


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
        expected_state: state that a reader must come to: ``read`` | ``partly_read`` |
            ``needs_confirmation`` | ``refused``; several, separated by ``|``, where each is right.
        undetectable_alone: the defect does not show in this file, only beside others.
    """

    content: bytes
    file_name: str
    answers: list[Answer]
    title: str
    form_text: str
    period_text: str
    expected_state: str = "read"
    undetectable_alone: bool = False


def render(order: Order) -> Rendered:
    """Make a file.

    Raises:
        UnknownForm: a form key that does not exist.
        ValueError: the kind of file cannot hold what is ordered.
    """
    filled = [fill(form_of(key), subject_of(order)) for key in order.forms]
    papers = lay_out(filled, order.publisher, order.style)
    _normalise(papers, order.style)
    file = write_file(papers, order.style, order.publisher, filled[0].period_text)
    answers = [
        answer
        for paper, addresses in zip(papers, file.addresses, strict=True)
        for answer in _answers(paper, addresses)
    ]
    return Rendered(
        content=file.content,
        file_name=_file_name(order),
        answers=answers,
        title=filled[0].title,
        form_text=_form_text(filled[0]),
        period_text=filled[0].period_text,
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
