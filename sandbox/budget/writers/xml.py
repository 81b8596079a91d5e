"""The XML that the ministry's portal makes of a form: it declares utf-16 and is utf-8."""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from sandbox.budget.paper import Paper, Place, cell_name
from sandbox.budget.styles import words_of_styles
from sandbox.budget.writers.written import Address

_STAGES: Final = {
    "draft": "Dự toán trình HĐND",
    "decided": "Dự toán HĐND quyết định",
    "execution": "Tình hình thực hiện dự toán",
    "settlement": "Quyết toán",
}


def write_xml(
    paper: Paper, labels: list[str], facts: dict[str, str]
) -> tuple[bytes, dict[Place, Address]]:
    """Write the only table of a paper.

    Args:
        paper: with one table.
        labels: header of each column, the mark and the item first.
        facts: attributes of the report.

    Returns:
        The bytes, and the addresses: a header row, then the rows of the table.
    """
    (table,) = paper.tables
    columns = [table.mark_column, table.item_column, *sorted(table.columns.values())]
    first, last = table.body
    rows = [
        row for row in range(first, last + 1) if any(paper.text(row, column) for column in columns)
    ]
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in facts.items())
    lines = [
        '<?xml version="1.0" encoding="utf-16"?>',
        f"<!-- {words_of_styles()['synthetic']} -->",
    ]
    lines += [f"<report {attributes}>", "<header>"]
    lines += [f"<f{i}>{escape(label)}</f{i}>" for i, label in enumerate(labels, 1)]
    lines += ["</header>", "<content>"]
    addresses: dict[Place, Address] = {}
    for number, row in enumerate(rows, 2):
        cells = []
        for position, column in enumerate(columns, 1):
            ink = paper.cells.get((row, column))
            value = "" if ink is None or ink.value is None else ink.value
            text = f"{value:f}" if isinstance(value, Decimal) else value
            cells.append(f"<f{position}>{escape(text)}</f{position}>")
            if (row, column) in paper.slots:
                addresses[row, column] = ("XML", cell_name(number, position))
        lines.append(f"<row>{''.join(cells)}</row>")
    lines += ["</content>", "</report>"]
    return "\n".join(lines).encode(), addresses


def xml_facts(paper: Paper, organisation: str, unit: str, period: str) -> dict[str, str]:
    """Attributes of a report, spelt as the portal spells them."""
    form = paper.tables[0].form
    title = paper.text(paper.tables[0].title_rows[0], paper.tables[0].mark_column)
    number = form.number or ""
    return {
        "title": title,
        "type": _STAGES[form.stage],
        "year": period[-4:],
        "periodType": period[: -len(" NĂM 2025")].capitalize() or "Năm",
        "code": f"B{number}",
        "circular": "343/2016/TT-BTC" if number else "",
        "department": organisation,
        "curencyunit": unit,
        "filename": f"Bieu {number}.xml",
    }
