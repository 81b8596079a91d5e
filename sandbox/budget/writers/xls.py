"""Real BIFF workbooks, as Excel 97–2003 wrote them."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import xlwt

from sandbox.budget.paper import Ink, Paper


def write_xls(papers: list[Paper]) -> bytes:
    """Write a BIFF8 workbook."""
    book = xlwt.Workbook(encoding="utf-8")
    styles: dict[tuple[str, bool], Any] = {}
    for paper in papers:
        sheet = book.add_sheet(paper.name, cell_overwrite_ok=True)
        sheet.visibility = 0 if paper.visibility == "visible" else 1
        for row in paper.hidden_rows:
            sheet.row(row - 1).hidden = True
        for column in paper.hidden_columns:
            sheet.col(column - 1).hidden = True
        spans = {(top, left): (bottom, right) for top, left, bottom, right in paper.merged}
        for (row, column), ink in paper.cells.items():
            if ink.value is None:
                continue
            style = styles.setdefault((ink.number_format, ink.bold), _style(ink))
            bottom, right = spans.get((row, column), (row, column))
            value = float(ink.value) if isinstance(ink.value, Decimal) else ink.value
            sheet.write_merge(row - 1, bottom - 1, column - 1, right - 1, value, style)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def _style(ink: Ink) -> Any:  # noqa: ANN401 # xlwt has no types
    style = xlwt.XFStyle()
    style.num_format_str = ink.number_format
    style.font.bold = ink.bold
    return style
