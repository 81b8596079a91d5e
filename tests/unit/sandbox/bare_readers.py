"""Readers of the tests' own: what stands in a file, without the project's readers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import lxml.etree
import lxml.html
import openpyxl
import pdfplumber
import xlrd

from ingestion.reading.grid import column_letters

Cells = dict[tuple[str, str], Any]
"""Values by sheet and address."""


def name_of(row: int, column: int) -> str:
    return f"{column_letters(column)}{row}"


def xlsx_cells(content: bytes) -> Cells:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def xls_cells(content: bytes) -> Cells:
    book = xlrd.open_workbook(file_contents=content)
    return {
        (sheet.name, name_of(row + 1, column + 1)): sheet.cell_value(row, column)
        for sheet in book.sheets()
        for row in range(sheet.nrows)
        for column in range(sheet.ncols)
        if sheet.cell_value(row, column) != ""
    }


def html_cells(content: bytes) -> Cells:
    found: Cells = {}
    tables = lxml.html.fromstring(content.decode("utf-8")).findall(".//table")
    for number, table in enumerate(tables, 1):
        taken: set[tuple[int, int]] = set()
        for row, line in enumerate(table.findall(".//tr"), 1):
            column = 1
            for cell in line.findall("td"):
                while (row, column) in taken:
                    column += 1
                tall, wide = int(cell.get("rowspan", 1)), int(cell.get("colspan", 1))
                taken |= {(row + i, column + j) for i in range(tall) for j in range(wide)}
                found[f"HTML {number}", name_of(row, column)] = cell.text_content().strip()
    return found


def xml_cells(content: bytes) -> Cells:
    declaration, _, body = content.partition(b"?>")
    assert b"utf-16" in declaration
    report = lxml.etree.fromstring(body.decode("utf-8").strip().encode())
    lines = [report.find("header"), *report.find("content")]
    return {
        ("XML", name_of(row, int(cell.tag[1:]))): cell.text
        for row, line in enumerate(lines, 1)
        for cell in line
        if cell.text
    }


def csv_cells(content: bytes, encoding: str, delimiter: str) -> Cells:
    lines = csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter)
    return {
        ("CSV", name_of(row, column)): text
        for row, line in enumerate(lines, 1)
        for column, text in enumerate(line, 1)
        if text
    }


def pdf_cells(content: bytes) -> Cells:
    """Cells by page; the sheet's name is left out, for a bare reader cannot join tables."""
    found: Cells = {}
    with pdfplumber.open(io.BytesIO(content)) as document:
        for page in document.pages:
            for table in page.extract_tables():
                for row, line in enumerate(table, 1):
                    for column, text in enumerate(line, 1):
                        if text:
                            found["", f"trang {page.page_number} {name_of(row, column)}"] = text
    return found


READERS: dict[str, Callable[[bytes], Cells]] = {
    "xlsx": xlsx_cells,
    "xlsx_as_xls": xlsx_cells,
    "xls": xls_cells,
    "html_as_xls": html_cells,
    "xml": xml_cells,
    "pdf": pdf_cells,
}


def is_same(value: Any, text: str) -> bool:
    """Whether a value read is the published one; stored numbers lose what a float loses."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(Decimal(text) - Decimal(repr(value))) <= abs(Decimal(text)) * Decimal("1e-12")
    return bool(value == text)
