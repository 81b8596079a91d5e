"""PDFs: with text, as an office program exports them, and scanned ones."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from time import struct_time
from typing import Final

import font_source_sans_pro  # type: ignore[import-untyped]
import pypdfium2
from PIL import Image
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from sandbox.budget.paper import Paper, Place, Table, cell_name
from sandbox.budget.writers.written import Address

_MARGIN: Final = 28
_MARK_WIDTH: Final = 26
_SCAN_SCALE: Final = 1.3
_DATE: Final = struct_time((2021, 1, 1, 0, 0, 0, 4, 1, 0))


def write_pdf(papers: list[Paper]) -> tuple[bytes, tuple[dict[Place, Address], ...]]:
    """Write every table with its title and notes; headers stand again on each page.

    Returns:
        The bytes and the addresses: ``Bảng 1``, ``trang 2 C5`` (row of the table on that page).
    """
    raw = io.BytesIO()
    canvas = Canvas(raw, pagesize=A4, invariant=True)
    addresses: list[dict[Place, Address]] = []
    number = 0
    pages = _Pages(canvas)
    for paper in papers:
        found: dict[Place, Address] = {}
        for table, end in zip(paper.tables, _ends(paper), strict=True):
            number += 1
            drawing = _Drawing(pages, paper, table)
            drawing.draw(end)
            for place in paper.slots:
                if place in drawing.places:
                    found[place] = (f"Bảng {number}", drawing.places[place])
        addresses.append(found)
    canvas.save()
    return raw.getvalue(), tuple(addresses)


def scanned(content: bytes) -> bytes:
    """The same pages as pictures only."""
    document = pypdfium2.PdfDocument(content)
    try:
        pictures = [
            document[page].render(scale=_SCAN_SCALE, grayscale=True).to_pil().convert("L")
            for page in range(len(document))
        ]
    finally:
        document.close()
    raw = io.BytesIO()
    first, *others = [_tilted(picture) for picture in pictures]
    first.save(
        raw, "PDF", save_all=True, append_images=others, resolution=72 * _SCAN_SCALE,
        creationDate=_DATE, modDate=_DATE,
    )  # fmt: skip
    return raw.getvalue()


def _tilted(picture: Image.Image) -> Image.Image:
    return picture.rotate(0.4, fillcolor=255)


def _ends(paper: Paper) -> Iterator[int]:
    """The last row that belongs to each table: before the next one's organisation."""
    for following in paper.tables[1:]:
        yield following.organisation_place[0] - 1
    yield paper.last_row


class _Pages:
    """The canvas and the number of its page."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.number = 0

    def new(self, size: tuple[float, float]) -> None:
        if self.number:
            self.canvas.showPage()
        self.number += 1
        self.canvas.setPageSize(size)


class _Drawing:
    """Draws one table with what stands above and below it."""

    def __init__(self, pages: _Pages, paper: Paper, table: Table) -> None:
        self._pages = pages
        self._canvas = pages.canvas
        self._paper = paper
        self._table = table
        columns = [table.mark_column, table.item_column, *sorted(table.columns.values())]
        self._columns = columns
        self._size = A4 if len(columns) <= 7 else landscape(A4)
        self._font, self._bold = _fonts()
        self._points = 7.5 if len(columns) <= 9 else 5.2
        inner = self._size[0] - 2 * _MARGIN
        item = 0.34 * inner if len(columns) <= 9 else 0.18 * inner
        each = (inner - _MARK_WIDTH - item) / (len(columns) - 2)
        self._widths = [_MARK_WIDTH, item, *[each] * (len(columns) - 2)]
        self.places: dict[Place, str] = {}

    def draw(self, end: int) -> None:
        """Draw up to a row of the paper, on pages of their own."""
        paper, table = self._paper, self._table
        self._pages.new(self._size)
        self._y = self._size[1] - _MARGIN
        for row in range(table.organisation_place[0], table.header[0]):
            self._free_line(row)
        self._place_on_page = 0
        header = list(range(table.header[0], table.header[1] + 1))
        self._header(header)
        for row in range(table.body[0], table.body[1] + 1):
            cells = [paper.text(row, column) for column in self._columns]
            if not any(cells):
                continue
            lines = [self._wrapped(text, i) for i, text in enumerate(cells)]
            height = self._height(lines)
            if self._y - height < _MARGIN + 12:
                self._pages.new(self._size)
                self._y = self._size[1] - _MARGIN
                self._place_on_page = 0
                self._header(header)
            self._place_on_page += 1
            for i, column in enumerate(self._columns):
                if (row, column) in paper.slots:
                    address = cell_name(self._place_on_page, i + 1)
                    self.places[row, column] = f"trang {self._pages.number} {address}"
            self._row(row, lines, height)
        for row in range(table.body[1] + 1, end + 1):
            if self._y < _MARGIN + 12:
                self._pages.new(self._size)
                self._y = self._size[1] - _MARGIN
            self._free_line(row)

    def _free_line(self, row: int) -> None:
        """A line outside the table: at the left, in the middle or at the right."""
        cells = [
            (column, self._paper.cells[row, column])
            for column in range(1, self._paper.last_column + 1)
            if self._paper.text(row, column)
        ]
        self._y -= self._points + 5
        middle = self._size[0] / 2
        spans = {(top, left) for top, left, _, _ in self._paper.merged}
        for column, ink in cells:
            text = str(ink.value)
            self._canvas.setFont(self._bold if ink.bold else self._font, self._points + 1)
            if (row, column) in spans:
                self._canvas.drawCentredString(middle, self._y, text)
            elif column <= self._table.item_column:
                self._canvas.drawString(_MARGIN, self._y, text)
            else:
                self._canvas.drawRightString(self._size[0] - _MARGIN, self._y, text)
        if row == self._table.header[0] - 1:
            self._y -= 6

    def _header(self, rows: list[int]) -> None:
        spans = {(top, left): (bottom, right) for top, left, bottom, right in self._paper.merged}
        position = {column: i for i, column in enumerate(self._columns)}
        heights = []
        for row in rows:
            lines = [
                self._wrapped(self._paper.text(row, column), i)
                for i, column in enumerate(self._columns)
                if spans.get((row, column), (row, column))[1] == column
            ]
            heights.append(self._height(lines))
        tops = [self._y - sum(heights[:i]) for i in range(len(rows) + 1)]
        for i, row in enumerate(rows):
            for column in self._columns:
                bottom, right = spans.get((row, column), (row, column))
                if self._covered(row, column):
                    continue
                first, last = position[column], position.get(right, position[column])
                left = _MARGIN + sum(self._widths[:first])
                width = sum(self._widths[first : last + 1])
                low = tops[rows.index(min(bottom, rows[-1])) + 1]
                self._canvas.rect(left, low, width, tops[i] - low)
                words = self._broken(self._paper.text(row, column), width - 4)
                y = (tops[i] + low) / 2 + (len(words) - 1) * (self._points + 1) / 2
                self._canvas.setFont(self._bold, self._points)
                for line in words:
                    self._canvas.drawCentredString(left + width / 2, y - self._points / 3, line)
                    y -= self._points + 1
        self._y = tops[-1]
        self._place_on_page = len(rows)

    def _covered(self, row: int, column: int) -> bool:
        return any(
            top <= row <= bottom and left <= column <= right and (row, column) != (top, left)
            for top, left, bottom, right in self._paper.merged
        )

    def _row(self, row: int, lines: list[list[str]], height: float) -> None:
        left = float(_MARGIN)
        for i, (column, text) in enumerate(zip(self._columns, lines, strict=True)):
            width = self._widths[i]
            self._canvas.rect(left, self._y - height, width, height)
            ink = self._paper.cells.get((row, column))
            self._canvas.setFont(self._bold if ink and ink.bold else self._font, self._points)
            y = self._y - self._points - 1
            for line in text:
                if (row, column) in self._paper.slots:
                    self._canvas.drawRightString(left + width - 2, y, line)
                elif i == 0:
                    self._canvas.drawCentredString(left + width / 2, y, line)
                else:
                    self._canvas.drawString(left + 2, y, line)
                y -= self._points + 1
            left += width
        self._y -= height

    def _height(self, lines: list[list[str]]) -> float:
        return max(map(len, lines), default=1) * (self._points + 1) + 4

    def _wrapped(self, text: str, position: int) -> list[str]:
        return self._broken(text, self._widths[position] - 4)

    def _broken(self, text: str, width: float) -> list[str]:
        lines: list[str] = []
        for part in text.split("\n"):
            line = ""
            for word in part.split(" "):
                longer = f"{line} {word}" if line else word
                if line and self._width(longer) > width:
                    lines.append(line)
                    line = word
                else:
                    line = longer
            lines.append(line)
        return lines

    def _width(self, text: str) -> float:
        return float(pdfmetrics.stringWidth(text, self._bold, self._points))


@cache
def _fonts() -> tuple[str, str]:
    files = font_source_sans_pro.font_files_ttf
    for name in ("SourceSansPro", "SourceSansProBold"):
        pdfmetrics.registerFont(TTFont(name, files[name]))
    return "SourceSansPro", "SourceSansProBold"
