"""HTML tables as spreadsheets and reporting programs save them under the name ``.xls``."""

from __future__ import annotations

from decimal import Decimal
from html import escape

from sandbox.budget.paper import Ink, Paper, Place, cell_name
from sandbox.budget.writers.written import Address

_HEAD = """<html xmlns:x="urn:schemas-microsoft-com:office:excel">
<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>
<body>
"""


def write_html(papers: list[Paper]) -> bytes:
    """Write one table per paper; rowspan and colspan for merged ranges."""
    return (_HEAD + "\n".join(map(_table, papers)) + "\n</body></html>\n").encode()


def html_addresses(papers: list[Paper]) -> tuple[dict[Place, Address], ...]:
    """A table is a sheet: ``HTML 1`` is the first one."""
    return tuple(
        {place: (f"HTML {number}", cell_name(*place)) for place in paper.slots}
        for number, paper in enumerate(papers, 1)
    )


def _table(paper: Paper) -> str:
    spans = {(top, left): (bottom, right) for top, left, bottom, right in paper.merged}
    covered = {
        (row, column)
        for top, left, bottom, right in paper.merged
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    } - set(spans)
    lines = ["<table border=1>"]
    for row, inks in enumerate(paper.lines(), 1):
        cells = []
        for column, ink in enumerate(inks, 1):
            if (row, column) in covered:
                continue
            bottom, right = spans.get((row, column), (row, column))
            tall = f" rowspan={bottom - row + 1}" if bottom > row else ""
            wide = f" colspan={right - column + 1}" if right > column else ""
            cells.append(f"<td{tall}{wide}>{_content(ink)}</td>")
        hidden = " style='display:none'" if row in paper.hidden_rows else ""
        lines.append(f"<tr{hidden}>{''.join(cells)}</tr>")
    return "\n".join([*lines, "</table>"])


def _content(ink: Ink | None) -> str:
    if ink is None or ink.value is None:
        return "&nbsp;"
    text = f"{ink.value:f}" if isinstance(ink.value, Decimal) else ink.value
    text = escape(text).replace("\n", "<br>")
    return f"<b>{text}</b>" if ink.bold else text
