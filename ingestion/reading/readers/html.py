"""HTML tables, such as reporting programs save them under the name ``.xls``.

What a person sees is read: the text of cells, spread over rowspan and colspan; not the numbers
that some programs keep in attributes beside it. Nothing is fetched, no script is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from ingestion.reading.bounds import Bounds
from ingestion.reading.encodings import contradiction, decode
from ingestion.reading.grid import CellProblem, Document, Remark, Sheet, Span, Value
from ingestion.reading.refusals import refuse

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE)
_LOOK_INTO = 4096
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BREAKS = frozenset({"br", "p", "div", "li", "tr"})
_SPACES = re.compile(r"[ \t\r\f\v]+")


def read_html(content: bytes, bounds: Bounds) -> Document:
    """Read all tables of a page, each as a sheet: ``HTML 1``, ``HTML 2``, and so on.

    Raises:
        FileRefused: see `ingestion.reading.refusals`.
    """
    decoded = decode(content)
    match = _CHARSET.search(content[:_LOOK_INTO])
    declared = match.group(1).decode("ascii") if match else None
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(decoded.text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise refuse("broken_html", "cấu trúc") from error
    if root is None:
        raise refuse("not_a_table")
    sheets: list[Sheet] = []
    cells = 0
    for table in root.iter("table"):
        if len(sheets) >= bounds.sheets:
            raise refuse("too_many_sheets", most=bounds.sheets)
        sheet = _Grid(f"HTML {len(sheets) + 1}", bounds, bounds.cells - cells).read(table)
        cells += sum(map(len, sheet.values))
        sheets.append(sheet)
    if not any(sheet.values for sheet in sheets):
        raise refuse("not_a_table")
    remarks = contradiction(declared, decoded.encoding)
    if any(True for _ in root.iter("script", "object", "embed", "iframe", "frame")):
        remarks.append(
            Remark(
                "active_content_ignored",
                "",
                "Trang có mã lệnh hoặc nội dung nhúng; không chạy, chỉ đọc các bảng.",
            )
        )
    return Document(
        "html", sheets, encoding=decoded.encoding, declared_encoding=declared, remarks=remarks
    )


class _Grid:
    """Places the cells of one table into rows and columns (HTML standard, 4.9.12)."""

    def __init__(self, name: str, bounds: Bounds, cells_left: int) -> None:
        self._name = name
        self._bounds = bounds
        self._cells_left = cells_left
        self._values: dict[tuple[int, int], Value] = {}
        self._taken: set[tuple[int, int]] = set()
        self._merged: list[Span] = []
        self._hidden_rows: set[int] = set()
        self._problems: dict[tuple[int, int], CellProblem] = {}

    def read(self, table: etree._Element) -> Sheet:
        rows = list(_rows(table))
        for number, row in enumerate(rows, 1):
            if _is_hidden(row) or _is_hidden(row.getparent()):
                self._hidden_rows.add(number)
            column = 1
            for cell in row:
                if cell.tag not in ("td", "th"):
                    continue
                while (number, column) in self._taken:
                    column += 1
                column = self._place(cell, number, column, len(rows))
        height = max((row for row, _ in self._taken), default=0)
        width = max((column for _, column in self._taken), default=0)
        values = [
            [self._values.get((row, column)) for column in range(1, width + 1)]
            for row in range(1, height + 1)
        ]
        return Sheet(
            self._name,
            values,
            merged=tuple(self._merged),
            hidden_rows=frozenset(self._hidden_rows),
            hidden_columns=frozenset(_hidden_columns(table, width)),
            problems=self._problems,
        )

    def _place(self, cell: etree._Element, row: int, column: int, rows: int) -> int:
        """Put a cell down; gives the column after it."""
        last_column = column + _span(cell, "colspan") - 1
        tall = _span(cell, "rowspan")
        last_row = min(rows, row + tall - 1) if tall else rows
        area = (last_row - row + 1) * (last_column - column + 1)
        if last_column > self._bounds.columns or len(self._taken) + area > self._cells_left:
            raise refuse("too_many_cells", self._name)
        for r in range(row, last_row + 1):
            self._taken.update((r, c) for c in range(column, last_column + 1))
        text = _text(cell)
        if len(text) > self._bounds.text_characters:
            text = text[: self._bounds.text_characters]
            self._problems[row, column] = "truncated"
        if text:
            self._values[row, column] = text
        if area > 1:
            self._merged.append(Span(row, column, last_row, last_column))
            if len(self._merged) > self._bounds.merged:
                raise refuse("too_many_merged", self._name)
        return last_column + 1


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """Rows of this table, not those of tables within its cells."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def _span(cell: etree._Element, name: str) -> int:
    text = (cell.get(name) or "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        return 1
    return int(text) or (0 if name == "rowspan" else 1)


def _is_hidden(element: etree._Element | None) -> bool:
    if element is None or element.tag == "table":
        return False
    return bool(_HIDDEN.search(element.get("style") or "")) or element.get("hidden") is not None


def _hidden_columns(table: etree._Element, width: int) -> Iterator[int]:
    number = 1
    for column in table.iter("col"):
        if next(column.iterancestors("table"), None) is not table:
            continue
        last = number + (_span(column, "span") or 1) - 1
        if _is_hidden(column):
            yield from range(number, min(last, width) + 1)
        number = last + 1


def _text(cell: etree._Element) -> str:
    """What stands in a cell, lines kept apart, tables within it left to their own sheets."""
    pieces: list[str] = []

    def add(element: etree._Element) -> None:
        if isinstance(element.tag, str) and element.tag not in _UNSEEN | {"table"}:
            if element.tag in _BREAKS and element is not cell:
                pieces.append("\n")
            pieces.append(_plain(element.text))
            for child in element:
                add(child)
        if element is not cell:
            pieces.append(_plain(element.tail))

    add(cell)
    lines = (_SPACES.sub(" ", line).strip(" \u00a0") for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _plain(text: str | None) -> str:
    """Line ends of the source are spaces; only elements break lines."""
    return (text or "").replace("\n", " ")
