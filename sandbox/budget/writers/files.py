"""Chooses the writer of a kind of file."""

from __future__ import annotations

from sandbox.budget.paper import Paper
from sandbox.budget.styles import FileStyle
from sandbox.budget.writers.csv_text import csv_addresses, write_csv
from sandbox.budget.writers.html import html_addresses, write_html
from sandbox.budget.writers.pdf import scanned, write_pdf
from sandbox.budget.writers.written import Written, plain_addresses
from sandbox.budget.writers.xls import write_xls
from sandbox.budget.writers.xlsx import write_xlsx
from sandbox.budget.writers.xml import write_xml, xml_facts

ONE_TABLE: tuple[str, ...] = ("xml",)
"""Kinds of file that hold a single form."""


def write_file(papers: list[Paper], style: FileStyle, publisher: str, period_text: str) -> Written:
    """Write papers as a file of the style's kind.

    Args:
        papers: one per sheet.
        style: kind of file, encoding, delimiter.
        publisher: as printed.
        period_text: such as ``QUÝ I NĂM 2025``.

    Raises:
        ValueError: a kind of file that holds one table, and there are more.
    """
    if style.kind in ("xlsx", "xlsx_as_xls"):
        return Written(write_xlsx(papers), plain_addresses(papers))
    if style.kind == "xls":
        return Written(write_xls(papers), plain_addresses(papers))
    if style.kind == "html_as_xls":
        return Written(write_html(papers), html_addresses(papers))
    if style.kind in ("pdf", "scan"):
        content, addresses = write_pdf(papers)
        return Written(scanned(content) if style.kind == "scan" else content, addresses)
    if len(papers) > 1 or (style.kind in ONE_TABLE and len(papers[0].tables) > 1):
        raise ValueError(f"a file of kind {style.kind} holds one sheet; order one form or together")
    (paper,) = papers
    if style.kind == "csv":
        content = write_csv(paper, style.encoding, style.delimiter)
        return Written(content, (csv_addresses(paper),))
    facts = xml_facts(paper, publisher, paper.tables[0].unit_text, period_text)
    content, places = write_xml(paper, flat_labels(paper), facts)
    return Written(content, (places,))


def flat_labels(paper: Paper) -> list[str]:
    """Labels of the only table's columns in one line each, from top to bottom."""
    (table,) = paper.tables
    top = table.header[0]
    bottom = table.header[1] - (1 if table.numbering_row else 0)
    owner = {
        (row, column): (span[0], span[1])
        for span in paper.merged
        for row in range(span[0], span[2] + 1)
        for column in range(span[1], span[3] + 1)
    }
    labels = []
    for column in (table.mark_column, table.item_column, *sorted(table.columns.values())):
        texts: list[str] = []
        for row in range(top, bottom + 1):
            text = paper.text(*owner.get((row, column), (row, column)))
            if text and text not in texts:
                texts.append(text)
        labels.append(" - ".join(texts))
    return labels
