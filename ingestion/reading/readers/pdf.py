"""PDFs: tables by their rules, else by the gaps between words; joined over pages.

Pages that are pictures are not read, also where a program has laid its guess of the text behind
the picture: such numbers are nobody's statement. They are said to be scanned and left to a person.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect, PDFXRefFallback
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1

from ingestion.reading.bounds import Bounds
from ingestion.reading.grid import CellProblem, Document, FileRefused, Remark, Sheet, Span, Value
from ingestion.reading.readers.pdf_grid import Grid, Line, find_grids
from ingestion.reading.readers.pdf_page import PageContent, read_page
from ingestion.reading.refusals import refuse

_END = b"%%EOF"
_END_WITHIN = 2048
_UNMAPPED = re.compile(r"\(cid:\d|[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_SAME_PLACE = 3.0  # points that the columns of a table may move from page to page
_PAGE_NUMBER = re.compile(r"(?:trang|page)?\s*[-–]?\s*\d{1,4}\s*(?:[/-]\s*\d{1,4})?\s*[-–]?", re.I)

_SIGNS = (
    ((b"/JavaScript", b"/JS"), "scripts_ignored", "Tệp có mã lệnh JavaScript; không chạy."),
    (
        (b"/EmbeddedFile", b"/EmbeddedFiles"),
        "embedded_ignored",
        "Tệp có tệp đính kèm bên trong; không mở tệp đính kèm.",
    ),
    ((b"/Launch",), "actions_ignored", "Tệp có lệnh mở chương trình; không thực hiện."),
    (
        (b"/AcroForm", b"/XFA"),
        "form_fields_ignored",
        "Tệp có ô điền biểu mẫu; không đọc nội dung điền, chỉ đọc phần in sẵn.",
    ),
    ((b"/ByteRange",), "signature_not_checked", "Tệp có chữ ký số; chữ ký chưa được kiểm tra."),
)


def read_pdf(content: bytes, bounds: Bounds) -> Document:
    """Read a PDF.

    Raises:
        FileRefused: see `ingestion.reading.refusals`.
    """
    if _END not in content[-_END_WITHIN:]:
        raise refuse("truncated_file")
    document = Document("pdf", [], remarks=_remarks_of_file(content))
    joiner = _Joiner(document, bounds)
    try:
        _read(content, bounds, joiner)
    except (FileRefused, MemoryError):
        raise
    except PDFPasswordIncorrect as error:
        raise refuse("password") from error
    except Exception as error:
        # Whatever pdfminer stumbles over: it raises what the broken place happens to cause.
        raise refuse("broken_pdf", type(error).__name__) from error
    joiner.finish()
    is_scanned = any(remark.code == "scanned_page" for remark in document.remarks)
    if not document.sheets and not is_scanned:
        raise refuse("not_a_table")
    return document


def _read(content: bytes, bounds: Bounds, joiner: _Joiner) -> None:
    pdf = PDFDocument(PDFParser(io.BytesIO(content)))
    if any(isinstance(table, PDFXRefFallback) for table in pdf.xrefs):
        joiner.remark(
            "repaired_structure", "", "Mục lục của tệp PDF bị hỏng và đã được dựng lại khi đọc."
        )
    pages = list(_pages(pdf, bounds))
    declared = resolve1(resolve1(pdf.catalog.get("Pages")).get("Count"))
    if isinstance(declared, int) and declared != len(pages):
        raise refuse("broken_pdf", f"khai báo {declared} trang, có {len(pages)} trang")
    resources = PDFResourceManager(caching=True)
    objects = 0
    for number, page in enumerate(pages, 1):
        found = read_page(page, resources, number, bounds)
        objects += found.objects
        if objects > bounds.document_objects:
            raise refuse("too_many_objects", f"trang {number}")
        joiner.add(number, found)


def _pages(pdf: PDFDocument, bounds: Bounds) -> Iterator[PDFPage]:
    for number, page in enumerate(PDFPage.create_pages(pdf), 1):
        if number > bounds.pages:
            raise refuse("too_many_pages", most=bounds.pages)
        yield page


def _remarks_of_file(content: bytes) -> list[Remark]:
    """What the file carries besides pages; names within compressed objects are not seen."""
    return [
        Remark(code, "", message)
        for signs, code, message in _SIGNS
        if any(re.search(re.escape(sign) + rb"(?![a-z])", content) for sign in signs)
    ]


class _Joiner:
    """Makes sheets of the grids of all pages; a table that goes on over pages is one sheet."""

    def __init__(self, document: Document, bounds: Bounds) -> None:
        self._document = document
        self._bounds = bounds
        self._cells = 0
        self._open: tuple[Sheet, list[float]] | None = None
        self._heads: set[str] = set()

    def remark(self, code: str, where: str, message_vi: str) -> None:
        self._document.remarks.append(Remark(code, where, message_vi))

    def add(self, number: int, page: PageContent) -> None:
        """Add the grids and lines of one page."""
        where = f"trang {number}"
        if page.is_picture or (page.has_unseen_text and not page.letters):
            self.remark(
                "scanned_page",
                where,
                f"Trang {number} là ảnh quét; chưa đọc số, cần người đối chiếu và xác nhận.",
            )
            self._open = None
            return
        if page.has_unseen_text:
            self.remark(
                "hidden_text_ignored",
                where,
                f"Trang {number} có chữ không nhìn thấy được; không đọc phần chữ đó.",
            )
        grids, lines = find_grids(page, where)
        self._document.text_lines.extend((number, line.text) for line in lines)
        for index, grid in enumerate(grids):
            if index == 0 and self._goes_on(grid, lines):
                self._extend(grid, number)
            else:
                self._begin(grid, number)
        if grids and any(line.top > grids[-1].ys[-1] and not _is_margin(line) for line in lines):
            self._open = None
        self._heads = {_folded(line) for line in lines if line.top < page.height / 4}

    def finish(self) -> None:
        """Say which cells hold letters that no font explains."""
        for sheet in self._document.sheets:
            for r, row in enumerate(sheet.values, sheet.first_row):
                for c, value in enumerate(row, sheet.first_column):
                    if isinstance(value, str) and _UNMAPPED.search(value):
                        sheet.problems[r, c] = "error_value"

    def _goes_on(self, grid: Grid, lines: list[Line]) -> bool:
        """Whether a grid at the top of a page continues the last one of the page before."""
        if self._open is None:
            return False
        _, xs = self._open
        above = [line for line in lines if line.bottom <= grid.ys[0] + 1]
        return (
            len(xs) == len(grid.xs)
            and all(abs(a - b) <= _SAME_PLACE for a, b in zip(xs, grid.xs, strict=True))
            and all(_is_margin(line) or _folded(line) in self._heads for line in above)
        )

    def _begin(self, grid: Grid, number: int) -> None:
        if len(self._document.sheets) >= self._bounds.sheets:
            raise refuse("too_many_sheets", most=self._bounds.sheets)
        sheet = Sheet(f"Bảng {len(self._document.sheets) + 1}", [], merged=[], pages=[])
        self._document.sheets.append(sheet)
        self._open = (sheet, grid.xs)
        self._extend(grid, number)

    def _extend(self, grid: Grid, number: int) -> None:
        if self._open is None:
            return
        sheet, _ = self._open
        self._cells += grid.rows * grid.columns
        if self._cells > self._bounds.cells or grid.columns > self._bounds.columns:
            raise refuse("too_many_cells", f"trang {number}")
        above = len(sheet.values)
        values: list[list[Value]] = [[None] * grid.columns for _ in range(grid.rows)]
        problems: dict[tuple[int, int], CellProblem] = {}
        longest = self._bounds.text_characters
        for (row, column), text in grid.texts.items():
            values[row][column] = text[:longest]
            if len(text) > longest or (row, column) in grid.split:
                problems[above + row + 1, column + 1] = "truncated"
        sheet.values.extend(values)
        sheet.problems.update(problems)
        sheet.merged = [*sheet.merged, *_spans(grid, above)]
        sheet.pages = [*sheet.pages, *((number, row + 1) for row in range(grid.rows))]
        if len(sheet.merged) > self._bounds.merged:
            raise refuse("too_many_merged", f"trang {number}")


def _spans(grid: Grid, above: int) -> list[Span]:
    last: dict[tuple[int, int], tuple[int, int]] = {}
    for cell, owner in grid.owner.items():
        if cell != owner:
            bottom, right = last.get(owner, owner)
            last[owner] = (max(bottom, cell[0]), max(right, cell[1]))
    return [
        Span(above + top + 1, left + 1, above + bottom + 1, right + 1)
        for (top, left), (bottom, right) in sorted(last.items())
    ]


def _is_margin(line: Line) -> bool:
    """A page number, which belongs to the page and not to what stands on it."""
    return _PAGE_NUMBER.fullmatch(line.text) is not None


def _folded(line: Line) -> str:
    """A running head without its numbers."""
    return re.sub(r"\d+", "0", line.text)
