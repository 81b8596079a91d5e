"""The product's template, filled in as a clerk would: cells are written, nothing else changes.

A template takes a tenth of a second to make, and those of one form and period differ by office in
its name, its form id and the figures of the period before. So one is made for all offices of whom
the same is asked, and these are written into it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Final

import openpyxl

from ingestion.core.period import Period
from ingestion.reading.grid import column_letters
from ingestion.sources.agency_reports.forms_model import Field
from ingestion.sources.agency_reports.identity import FormId, FormKey, issue
from ingestion.sources.agency_reports.template import Layout, layout_of, write_template
from ingestion.sources.agency_reports.template.wording import day_vi, read_wording
from sandbox.budget.paper import Ink, Paper, Place
from sandbox.reports.draft import Draft, Entry, fill_in
from sandbox.reports.figures import Value
from sandbox.reports.owed import Office
from sandbox.reports.styles import Style
from sandbox.reports.subject import Subject, agency_of

_SHEET: Final = "xl/worksheets/sheet1.xml"
_CORE: Final = "docProps/core.xml"
_ENTRY_TIME: Final = (1980, 1, 1, 0, 0, 0)
_ROW = re.compile(r'<row r="(\d+)"([^>]*?)(?:/>|>(.*?)</row>)', re.DOTALL)
_CELL = re.compile(r'<c r="([A-Z]+)\d+"([^>]*?)(?:/>|>.*?</c>)', re.DOTALL)
_STYLE = re.compile(r' s="\d+"')


@dataclass(frozen=True, slots=True)
class _Blank:
    """A template before it is an office's.

    Attributes:
        parts: entries of the packed file.
        papers: what stands in its sheets.
        layout: where things stand.
        form_id: as printed in it.
        name: of the office it was made for.
    """

    parts: tuple[tuple[str, bytes], ...]
    papers: tuple[Paper, ...]
    layout: Layout
    form_id: str
    name: str


class Templates:
    """Templates of one installation, each made once.

    Args:
        key: under which form ids are issued.
    """

    def __init__(self, key: FormKey) -> None:
        self._key = key
        self._blanks: dict[tuple[object, ...], _Blank] = {}

    def draft(self, subject: Subject, style: Style, previous: Mapping[str, Value]) -> Draft:
        """Return a template filled in.

        Args:
            subject: whose, of which form and period, with which figures.
            style: how figures are written, and what the notes say.
            previous: values of the period before, as the warehouse would have printed them.
        """
        blank = self._blank(subject)
        papers = [_copied(paper) for paper in blank.papers]
        paper, layout = papers[0], blank.layout
        inks = {
            "title": paper.cells[2, 1],
            "agency": _ink(paper, layout.agency_cell),
            "period": _ink(paper, layout.period_cell),
            "form_id": _ink(paper, layout.form_id_cell),
            "status": _ink(paper, layout.value_status_cell),
        }
        inks["agency"].value = subject.owner.name
        inks["form_id"].value = self._form_id(subject, subject.owner, subject.period)
        if subject.printed_period is not None:
            inks["period"].value = read_wording().span(subject.printed_period)
        for section, address in layout.nil_cells.items():
            inks[f"nil:{section}"] = _ink(paper, address)
            if section in subject.filled.nil_sections:
                inks[f"nil:{section}"].value = read_wording().nil
        block = layout.blocks[0]
        draft = Draft(
            papers=papers,
            entries=[],
            header=(block.headings_at or block.at, block.headings_at or block.at),
            value_columns={
                slot.column: _place(f"{slot.letter}1")[1]
                for slot in block.slots
                if slot.kind == "input"
            },
            label_column=_place(f"{block.letter('item')}1")[1],
            code_column=_place(f"{block.letter('code')}1")[1],
            unit_column=None if block.is_grid else _place(f"{block.letter('unit')}1")[1],
            note_column=_place(f"{block.letter('note')}1")[1],
            inks=inks,
            written_as=style.numbers,
        )
        for part in layout.blocks:
            for address, line, field in part.fields():
                value = subject.filled.values.get(field.code)
                entry = Entry(field, line.row.code, _ink(paper, address), value)
                fill_in(draft, entry)
                draft.entries.append(entry)
                if not part.is_grid and field.code in previous:
                    shown = _ink(paper, f"{part.letter('previous')}{line.at}")
                    shown.value = _shown(field, previous[field.code], draft)
            if style.notes:
                first = part.lines[0]
                _ink(paper, f"{part.letter('note')}{first.at}").value = style.notes
        return draft

    def pack(self, draft: Draft, subject: Subject) -> bytes | None:
        """Return the template with the cells of a draft; none if more than cells has changed.

        Args:
            draft: from `draft`, cells changed since.
            subject: the same as there.
        """
        blank = self._blank(subject)
        before, after = blank.papers[0], draft.paper
        is_reshaped = (
            len(draft.papers) != len(blank.papers)
            or sorted(after.merged) != sorted(before.merged)
            or after.hidden_rows
            or after.hidden_columns
            or draft.is_1904
        )
        if is_reshaped:
            return None
        changed: dict[Place, Ink] = {}
        for place in after.cells.keys() | before.cells.keys():
            ink = after.cells.get(place) or Ink(None)
            old = before.cells.get(place)
            if ink.value != (old.value if old else None) or ink.formula or ink.error:
                changed[place] = ink
        # Written anew always: what is pasted there may be what the blank was made with.
        for name in ("agency", "form_id"):
            stands_at = draft.place(draft.inks[name])
            if stands_at is not None:
                changed[stands_at] = draft.inks[name]
        new_id = self._form_id(subject, subject.owner, subject.period)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
            for name, body in blank.parts:
                if name.startswith("xl/worksheets/"):
                    # The id stands in the footers too.
                    body = body.replace(blank.form_id.encode(), new_id.encode())
                if name == _SHEET:
                    body = _patched(body.decode(), changed).encode()
                if name == _CORE:
                    body = body.replace(blank.name.encode(), subject.owner.name.encode())
                new.writestr(zipfile.ZipInfo(name, _ENTRY_TIME), body, zipfile.ZIP_DEFLATED)
        return packed.getvalue()

    def _blank(self, subject: Subject) -> _Blank:
        asked = tuple(row.code for section in subject.sections for row in section.rows)
        place = (subject.form_code, subject.period, asked)
        if place not in self._blanks:
            self._blanks[place] = self._made(subject)
        return self._blanks[place]

    def _made(self, subject: Subject) -> _Blank:
        agency = agency_of(subject.owner)
        content = write_template(subject.form, agency, subject.period, self._key)
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = tuple((name, packed.read(name)) for name in packed.namelist())
        return _Blank(
            parts=parts,
            papers=tuple(_papers(content)),
            layout=layout_of(subject.form, agency, subject.period),
            form_id=self._form_id(subject, subject.owner, subject.period),
            name=subject.owner.name,
        )

    def _form_id(self, subject: Subject, office: Office, period: Period) -> str:
        version = subject.version.version
        given = FormId(subject.form_code, version, office.code, office.key, period)
        return issue(given, self._key)


def _papers(content: bytes) -> list[Paper]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    papers = []
    for sheet in book.worksheets:
        paper = Paper(sheet.title)
        for row in sheet.iter_rows():
            for cell in row:
                if type(cell).__name__ == "MergedCell":
                    continue
                value = cell.value
                ink = Ink(Decimal(str(value)) if isinstance(value, int | float) else value)
                ink.number_format = cell.number_format
                paper.cells[cell.row, cell.column] = ink
        paper.merged = [
            (span.min_row, span.min_col, span.max_row, span.max_col)
            for span in sheet.merged_cells.ranges
        ]
        papers.append(paper)
    return papers


def _copied(paper: Paper) -> Paper:
    cells = {place: copy(ink) for place, ink in paper.cells.items()}
    return Paper(paper.name, cells, list(paper.merged))


def _ink(paper: Paper, address: str) -> Ink:
    return paper.cells.setdefault(_place(address), Ink(None))


def _place(address: str) -> Place:
    letters = address.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(address[len(letters) :]), column


def _shown(field: Field, value: Value, draft: Draft) -> str | Decimal | None:
    """A value of the period before as the template shows it."""
    entry = Entry(field, "", Ink(None), value)
    fill_in(draft, entry)
    if field.type == "date" and not isinstance(value, str | Decimal):
        return day_vi(value)
    return entry.ink.value


def _patched(sheet: str, changed: Mapping[Place, Ink]) -> str:
    """The sheet's XML with some cells replaced; their styles stay."""
    by_row: dict[int, dict[int, Ink]] = {}
    for (row, column), ink in changed.items():
        by_row.setdefault(row, {})[column] = ink
    last = 0

    def patch(found: re.Match[str]) -> str:
        nonlocal last
        row = int(found[1])
        missing = "".join(
            f'<row r="{number}">{_cells("", number, by_row.pop(number))}</row>'
            for number in sorted(by_row)
            if last < number < row
        )
        last = row
        if row not in by_row:
            return missing + found[0]
        cells = _cells(found[3] or "", row, by_row.pop(row))
        return f'{missing}<row r="{row}"{found[2]}>{cells}</row>'

    head, opening, rest = sheet.partition("<sheetData>")
    body, closing, tail = rest.partition("</sheetData>")
    body = _ROW.sub(patch, body)
    body += "".join(f'<row r="{n}">{_cells("", n, by_row[n])}</row>' for n in sorted(by_row))
    return head + opening + body + closing + tail


def _cells(row_xml: str, row: int, changed: Mapping[int, Ink]) -> str:
    cells: dict[int, str] = {}
    styles: dict[int, str] = {}
    for found in _CELL.finditer(row_xml):
        column = _place(f"{found[1]}1")[1]
        cells[column] = found[0]
        style = _STYLE.search(found[2])
        styles[column] = style[0] if style else ""
    for column, ink in changed.items():
        cells[column] = _cell(f"{column_letters(column)}{row}", styles.get(column, ""), ink)
    return "".join(cells[column] for column in sorted(cells))


def _cell(address: str, style: str, ink: Ink) -> str:
    if ink.value is None:
        return f'<c r="{address}"{style}/>'
    if isinstance(ink.value, Decimal):
        return f'<c r="{address}"{style}><v>{ink.value:f}</v></c>'
    text = escape(ink.value, quote=False)
    return f'<c r="{address}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
