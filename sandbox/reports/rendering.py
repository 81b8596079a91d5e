"""From an order to a file, with what a reader and a judge owe it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from ingestion.core.period import Period
from ingestion.sources.agency_reports.identity import FormKey
from sandbox.budget.paper import cell_name
from sandbox.budget.styles import Draw
from sandbox.budget.writers.csv_text import write_csv
from sandbox.budget.writers.html import write_html
from sandbox.budget.writers.xls import write_xls
from sandbox.budget.writers.xlsx import repacked, write_xlsx
from sandbox.reports.behaviours import Behaviour, behaviour_of
from sandbox.reports.draft import Draft, Expect
from sandbox.reports.figures import Figures, Value
from sandbox.reports.handmade import shape_by_hand
from sandbox.reports.owed import Office, following
from sandbox.reports.spoiling import NAMED_OTHERWISE, Scene, spoil_bytes, spoil_paper
from sandbox.reports.styles import EXTENSIONS, Style
from sandbox.reports.subject import Subject, plan, sections_of, subject_of, version_of
from sandbox.reports.template_filling import Templates

STATUSES: Final = {"official": "Chính thức", "preliminary": "Sơ bộ", "estimate": "Ước tính"}
_SHEET_OF_KIND: Final = {"csv": "CSV", "html_as_xls": "HTML 1"}


@dataclass(frozen=True, slots=True)
class Order:
    """A file to be made.

    Attributes:
        office: who sends it.
        form_code: of the form.
        period: what about.
        received_on: day it arrives.
        behaviour_id: what the office does.
        style: how it is printed.
        status: of the figures: ``official`` | ``preliminary`` | ``estimate``.
    """

    office: Office
    form_code: str
    period: Period
    received_on: dt.date
    behaviour_id: str
    style: Style
    status: str = "official"


@dataclass(frozen=True, slots=True)
class CellAnswer:
    """What a reader owes for one asked cell.

    Attributes:
        field_code: of the form.
        sheet, cell: where it stands; empty where it was taken away.
        expect: see `sandbox.reports.draft.Expect`.
        kind: ``number`` | ``date`` | ``choice`` | ``text``; empty where nothing is meant.
        value: as text: a number, a day as in ISO 8601, the code of a choice, a text.
    """

    field_code: str
    sheet: str
    cell: str
    expect: Expect
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a judge owes a file.

    Attributes:
        behaviour_id: what the office does.
        group: of the behaviour.
        states, reasons, hollow: judgements that are right; no reasons: any.
        agency_key, agency_code, form_code, period: what it is if it is not refused.
        cells: the asked cells in the order of the form.
    """

    behaviour_id: str
    group: str
    states: tuple[str, ...]
    reasons: tuple[str, ...]
    hollow: tuple[str, ...]
    agency_key: int
    agency_code: str
    form_code: str
    period: str
    cells: tuple[CellAnswer, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file.

    Attributes:
        content: bytes.
        file_name: as the sender calls it.
        claim: code of the sender as the door knows it.
        received_on: day it arrives.
        answer: what is owed to it.
    """

    content: bytes
    file_name: str
    claim: str | None
    received_on: dt.date
    answer: Answer


class Press:
    """Makes files.

    Args:
        seed: of the figures.
        key: under which form ids are issued.
    """

    def __init__(self, seed: int, key: FormKey) -> None:
        self.figures = Figures(seed)
        self._templates = Templates(key)

    def render(self, order: Order) -> Rendered:
        """Make the file of an order.

        Raises:
            NotApplicable: the behaviour does not fit the report or the kind of file.
        """
        behaviour = behaviour_of(order.behaviour_id)
        draw = Draw("plan", order.office.key, order.form_code, str(order.period))
        subject = subject_of(
            order.office, order.form_code, order.period, order.received_on, self.figures
        )
        if behaviour.phase == "plan":
            subject = plan(behaviour.behaviour_id, subject, draw)
        style = _fitting(order.style, subject)
        draft = self._draft(subject, style, order.status)
        if behaviour.phase == "paper" and behaviour.behaviour_id != "good":
            scene = Scene(
                draft, subject, style, behaviour,
                lambda other: self._draft(other, style, order.status),
            )  # fmt: skip
            spoil_paper(scene)
        elif not behaviour.is_clean:
            for entry in draft.entries:
                entry.expect = "right_or_refused" if entry.expect == "right" else entry.expect
        content = self._written(draft, subject, style)
        ending = EXTENSIONS[style.kind]
        if behaviour.phase == "bytes":
            content = spoil_bytes(content, behaviour.behaviour_id)
            ending = NAMED_OTHERWISE.get(behaviour.behaviour_id, ending)
        return Rendered(
            content=content,
            file_name=_file_name(subject, ending, behaviour, draw),
            claim=subject.claim,
            received_on=subject.received_on,
            answer=_answer(subject, draft, style, behaviour),
        )

    def _draft(self, subject: Subject, style: Style, status: str) -> Draft:
        if subject.by == "hand":
            draft = shape_by_hand(
                subject.form, subject.sections, subject.owner, subject.period, subject.filled,
                style,
            )  # fmt: skip
        else:
            draft = self._templates.draft(subject, style, self._previous(subject))
            if subject.filled.values or subject.filled.nil_sections:
                draft.inks["status"].value = STATUSES[status]
        return draft

    def _previous(self, subject: Subject) -> Mapping[str, Value]:
        """What the warehouse had of the period before: what the office meant."""
        before = following(subject.period, -1)
        office = subject.owner
        if not office.exists_on(before.end - dt.timedelta(days=1)):
            return {}
        return self._values(office, subject.form_code, before)

    @lru_cache(maxsize=4096)  # noqa: B019 # a press lives as long as its command
    def _values(self, office: Office, form_code: str, period: Period) -> Mapping[str, Value]:
        try:
            version_of(form_code, period)
        except LookupError:
            return {}
        sections = sections_of(form_code, office, period)
        return self.figures.of(office, sections, period).values

    def _written(self, draft: Draft, subject: Subject, style: Style) -> bytes:
        if style.form == "NFD":
            _decompose(draft)
        if style.kind == "template":
            packed = self._templates.pack(draft, subject)
            if packed is not None:
                return packed
        if style.kind == "csv":
            return write_csv(draft.paper, style.encoding, style.delimiter)
        if style.kind == "html_as_xls":
            return write_html([draft.paper])
        if style.kind == "xls":
            return write_xls(draft.sheets)
        content = write_xlsx(draft.sheets)
        if draft.is_1904:
            old, new = b"<workbookPr/>", b'<workbookPr date1904="1"/>'
            content = repacked(content, {}, replaced={"xl/workbook.xml": (old, new)})
        if draft.filtered:
            old, new = b"</sheetData>", f'</sheetData><autoFilter ref="{draft.filtered}"/>'.encode()
            content = repacked(content, {}, replaced={"xl/worksheets/sheet1.xml": (old, new)})
        return content


def _fitting(style: Style, subject: Subject) -> Style:
    """The style as far as the report can have it."""
    if subject.by == "hand":
        return dataclasses.replace(style, kind="xlsx") if style.kind == "template" else style
    # The code page lacks an arrow that the template prints.
    encoding = "utf-8-sig" if style.encoding == "cp1258" else style.encoding
    form = "NFC" if style.kind == "template" else style.form
    return dataclasses.replace(style, encoding=encoding, form=form)


def _decompose(draft: Draft) -> None:
    for paper in draft.papers:
        for ink in paper.cells.values():
            if isinstance(ink.value, str):
                ink.value = unicodedata.normalize("NFD", ink.value)


def _answer(subject: Subject, draft: Draft, style: Style, behaviour: Behaviour) -> Answer:
    return Answer(
        behaviour_id=behaviour.behaviour_id,
        group=behaviour.group,
        states=behaviour.states,
        reasons=behaviour.reasons,
        hollow=behaviour.hollow,
        agency_key=subject.owner.key,
        agency_code=subject.owner.code,
        form_code=subject.form_code,
        period=str(subject.period),
        cells=tuple(_cells(draft, style)),
    )


def _cells(draft: Draft, style: Style) -> Iterator[CellAnswer]:
    places = {id(ink): place for place, ink in draft.paper.cells.items()}
    sheet = _SHEET_OF_KIND.get(style.kind, draft.paper.name)
    for entry in draft.entries:
        place = places.get(id(entry.ink))
        value, kind = _told(entry.field.type, entry.value)
        yield CellAnswer(
            field_code=entry.field.code,
            sheet=sheet if place else "",
            cell=cell_name(*place) if place else "",
            expect=entry.expect,
            kind=kind,
            value=value,
        )


def _told(field_type: str, value: Value | None) -> tuple[str, str]:
    if value is None:
        return "", ""
    if isinstance(value, Decimal):
        return f"{value:f}", "number"
    if isinstance(value, dt.date):
        return value.isoformat(), "date"
    return value, "choice" if field_type == "choice" else "text"


def _file_name(subject: Subject, ending: str, behaviour: Behaviour, draw: Draw) -> str:
    if behaviour.behaviour_id == "odd_file_name":
        return f"../..\\Bao cao\r\nBcc: x{'a' * 280}.{ending}"
    stem = draw.one_of(
        "file name",
        (
            f"{subject.form_code}-{subject.owner.code}-{subject.period}",
            f"Bao cao {subject.owner.code} {subject.period}",
            f"{subject.owner.name} - {subject.form_code} - {subject.period}",
        ),
    )
    return f"{stem}.{ending}".replace("/", "-")
