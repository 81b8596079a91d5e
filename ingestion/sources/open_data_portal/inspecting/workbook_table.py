"""Tables of workbooks: what people see of each sheet, read by the readers of reports."""

from __future__ import annotations

from datetime import date, datetime, time

from ingestion.core.log import quote_foreign
from ingestion.reading.bounds import Bounds
from ingestion.reading.container import Container, check_xml, packed
from ingestion.reading.grid import Document, FileRefused, Sheet, Value
from ingestion.reading.readers.calamine import read_sheets
from ingestion.reading.readers.xls import read_xls
from ingestion.reading.readers.xlsx import read_xlsx
from ingestion.reading.refusals import refuse
from ingestion.sources.open_data_portal.inspecting.formats import Found
from ingestion.sources.open_data_portal.inspecting.table import Table, Tables

_LONGEST_SHEET_NAME = 40
_WORKBOOK = "xl/workbook.xml"
_ODS_PARTS = ("mimetype", "content.xml", "styles.xml", "META-INF/manifest.xml")


def read_workbook(content: bytes, found: Found, bounds: Bounds) -> Tables:
    """The tables of an XLSX, XLS or ODS workbook."""
    try:
        if found.code == "ods":
            document = _read_ods(_container(found), bounds)
        elif found.container is not None:
            if _WORKBOOK not in found.container:
                raise refuse("broken_workbook", _WORKBOOK)
            document = read_xlsx(found.container, bounds)
        elif found.compound is not None:
            document = read_xls(content, found.compound, bounds)
        else:
            return Tables(found.code, problem=refuse("truncated_file"))
    except FileRefused as refusal:
        return Tables(found.code, problem=refusal)
    return Tables(found.code, tables_of(document))


def tables_of(document: Document) -> list[Table]:
    """The sheets that people see and that hold anything."""
    sheets = [
        sheet
        for sheet in document.sheets
        if sheet.visibility == "visible" and any(any(map(_filled, row)) for row in sheet.values)
    ]
    return [_table(sheet, len(sheets) > 1) for sheet in sheets]


def _table(sheet: Sheet, is_one_of_many: bool) -> Table:
    rows = [[text_of(value) for value in row] for row in sheet.values]
    while rows and not any(rows[-1]):
        rows.pop()
    width = max(
        (column + 1 for row in rows for column, cell in enumerate(row) if cell.strip()), default=0
    )
    name = quote_foreign(sheet.name, _LONGEST_SHEET_NAME) if is_one_of_many else ""
    lines = list(range(sheet.first_row, sheet.first_row + len(rows)))
    return Table([row[:width] for row in rows], lines, name, is_grid=True)


def _filled(value: Value) -> bool:
    return value is not None and value != ""


def text_of(value: object) -> str:
    """A cell as text, as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def _container(found: Found) -> Container:
    if found.container is None:
        raise refuse("truncated_file")
    return found.container


def _read_ods(container: Container, bounds: Bounds) -> Document:
    parts = {name: container.part(name) for name in _ODS_PARTS if name in container}
    if "content.xml" not in parts:
        raise refuse("broken_workbook", "content.xml")
    for name, data in parts.items():
        if name.endswith(".xml"):
            check_xml(data, name)
    return Document("xlsx", read_sheets(packed(parts), bounds).sheets)
