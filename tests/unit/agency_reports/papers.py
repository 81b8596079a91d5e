"""Reports as grids that tests can bend: rows of a template, filled in, moved about, saved."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from ingestion.catalogue.agencies import Agency
from ingestion.core.period import Period
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.forms import read_forms, sections_for
from ingestion.sources.agency_reports.identity import FormKey
from ingestion.sources.agency_reports.judging.in_force import law_in_force
from ingestion.sources.agency_reports.judging.judge import judge
from ingestion.sources.agency_reports.judging.judgement import CellJudged, Claim, Judgement
from ingestion.sources.agency_reports.plan_tasks import read_plan_tasks
from ingestion.sources.agency_reports.reading.job import read_report
from ingestion.sources.agency_reports.reading.reader import reader_options
from ingestion.sources.agency_reports.template.layout import lay_out
from ingestion.sources.agency_reports.template.workbook import write_template

KEY = FormKey("a key for tests only")
RECEIVED = date(2026, 10, 12)
Q3 = Period.parse("2026-Q3")

Answer = int | Decimal | str | date | bool | None


@dataclass
class Paper:
    """One sheet.

    Attributes:
        rows: values, row by row, all of one width.
        places: (row, column), from 0, of the cell of each field.
        top: row of the header.
        is_1904: days are counted from 1904, as old Macintosh programs do.
    """

    rows: list[list[Any]]
    places: dict[str, tuple[int, int]]
    top: int
    name: str = "Báo cáo"
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    visibility: str = "visible"
    others: list[Paper] = field(default_factory=list)
    is_1904: bool = False

    def put(self, code: str, value: Any) -> None:
        """Write into the cell of a field."""
        row, column = self.places[code]
        self.rows[row][column] = value

    def column(self, label: str) -> int:
        """The column headed so."""
        return next(i for i, text in enumerate(self.rows[self.top]) if str(text).startswith(label))

    def find(self, start: str) -> tuple[int, int]:
        """The first cell that begins so."""
        for row, cells in enumerate(self.rows):
            for column, text in enumerate(cells):
                if str(text).startswith(start):
                    return row, column
        raise KeyError(start)

    def body(self) -> list[int]:
        """Rows with fields, top to bottom."""
        return sorted({row for row, _ in self.places.values()})

    def insert_row(self, at: int, cells: Mapping[int, Any] | None = None) -> None:
        """Put a row before another one."""
        made = [None] * len(self.rows[0])
        for column, value in (cells or {}).items():
            made[column] = value
        self.rows.insert(at, made)
        self.places = {c: (r + (r >= at), k) for c, (r, k) in self.places.items()}
        self.top += self.top >= at

    def insert_column(
        self, at: int, header: Any = None, fill: Callable[[int], Any] | None = None
    ) -> None:
        """Put a column before another one."""
        body = set(self.body())
        for row, cells in enumerate(self.rows):
            value = header if row == self.top else fill(row) if fill and row in body else None
            cells.insert(at, value)
        self.places = {c: (r, k + (k >= at)) for c, (r, k) in self.places.items()}

    def order_columns(self, order: list[int]) -> None:
        """Put the columns of the table into another order."""
        for row in range(self.top, len(self.rows)):
            self.rows[row] = [self.rows[row][old] for old in order]
        self.places = {c: (r, order.index(k)) for c, (r, k) in self.places.items()}

    def order_body(self, order: list[int]) -> None:
        """Put the rows with fields into another order, each where another one stood."""
        body = self.body()
        moved = {body[old]: body[new] for new, old in enumerate(order)}
        rows = list(self.rows)
        for old, new in moved.items():
            self.rows[new] = rows[old]
        self.places = {c: (moved[r], k) for c, (r, k) in self.places.items()}

    def bytes(self) -> bytes:
        """As a workbook."""
        book = Workbook()
        book.remove(book.active)
        if self.is_1904:
            book.epoch = CALENDAR_MAC_1904
        for paper in (self, *self.others):
            sheet = book.create_sheet(paper.name)
            sheet.sheet_state = paper.visibility
            for row, cells in enumerate(paper.rows, 1):
                for column, value in enumerate(cells, 1):
                    if value is not None:
                        sheet.cell(row, column).value = value
            for top, left, bottom, right in paper.merged:
                sheet.merge_cells(
                    f"{get_column_letter(left + 1)}{top + 1}:"
                    f"{get_column_letter(right + 1)}{bottom + 1}"
                )
            for row in paper.hidden_rows:
                sheet.row_dimensions[row + 1].hidden = True
        saved = io.BytesIO()
        book.save(saved)
        return saved.getvalue()

    def csv(self, delimiter: str = ";") -> bytes:
        """As text with delimiters."""
        lines = [
            delimiter.join('"' + str("" if v is None else v).replace('"', '""') + '"' for v in row)
            for row in self.rows
        ]
        return "\r\n".join(lines).encode("utf-8-sig")


def agency(code: str, day: date = date(2026, 9, 30)) -> Agency:
    return next(a for a in all_agencies() if a.code == code and a.is_valid_on(day))


@cache
def _template(form_code: str, agency_code: str, period: str) -> tuple[bytes, dict[str, str]]:
    form = read_forms().by_code(form_code)
    assert form is not None
    of = Period.parse(period)
    asked = agency(agency_code)
    version = form.version_on(of.start)
    assert version is not None
    layout = lay_out(sections_for(form, version, asked, read_plan_tasks()))
    return write_template(form, asked, of, KEY), layout.field_cells


def template(
    form_code: str = "BC-CCHC-Q",
    agency_code: str = "SNV",
    period: str = "2026-Q3",
    answers: Mapping[str, Answer] | None = None,
) -> Paper:
    """The template for an agency, as a grid, with answers written in."""
    content, cells = _template(form_code, agency_code, period)
    sheet = load_workbook(io.BytesIO(content))["Báo cáo"]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    places = {}
    for code, cell in cells.items():
        at = sheet[cell]
        places[code] = (at.row - 1, at.column - 1)
    top = next(i for i, row in enumerate(rows) if str(row[0]).startswith("STT"))
    paper = Paper(rows, places, top)
    row, column = paper.find("Tình trạng số liệu")
    rows[row][column + 2] = "Chính thức"
    for code, answer in (answers or {}).items():
        paper.put(code, _stored(answer))
    return paper


def _stored(answer: Answer) -> Any:
    if isinstance(answer, bool):
        return "Có" if answer else "Không"
    return answer


def read(content: bytes, name: str = "bao-cao.xlsx") -> dict[str, Any]:
    """The reading, without the isolated process."""
    return read_report(content, name, reader_options())


def judged(content: bytes, claimed: str | None = "SNV", received_on: date = RECEIVED) -> Judgement:
    """The judgement of a file."""
    return judge(read(content), law_in_force(KEY), Claim(claimed, received_on, "inbox"))


def value_of(cell: CellJudged) -> Answer:
    """What counts of a cell."""
    for value in (cell.number_value, cell.date_value, cell.choice_code, cell.text_value):
        if value is not None:
            return value
    return None


def accepted(judgement: Judgement) -> dict[str, Answer]:
    """Everything that counts, by field."""
    if judgement.state == "refused":
        return {}
    return {c.field_code: value_of(c) for c in judgement.values if c.state == "accepted"}


def wrong(judgement: Judgement, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """What counts and is not what was meant: must always be empty."""
    return {
        code: value for code, value in accepted(judgement).items() if value != answers.get(code)
    }
