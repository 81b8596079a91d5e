"""Office Open XML workbooks: styled, merged, with formulas that carry their last value."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import openpyxl
from openpyxl.styles import Alignment, Font

from sandbox.budget.paper import Ink, Paper, cell_name

_MODIFIED = re.compile(rb"<dcterms:modified[^>]*>[^<]*</dcterms:modified>")
_CREATED = re.compile(rb"<dcterms:created[^>]*>[^<]*</dcterms:created>")
_FORMULA = re.compile(r'(<c r="([A-Z]+\d+)"[^>]*)><f>([^<]*)</f><v\s*/?>(?:</v>)?')
_ENTRY_TIME: Final = (2021, 1, 1, 0, 0, 0)
_BOLD: Final = Font(bold=True)
_WRAPPED: Final = Alignment(wrap_text=True, horizontal="center", vertical="center")


def write_xlsx(papers: list[Paper]) -> bytes:
    """Write a workbook, the same bytes every time.

    Args:
        papers: one per sheet.
    """
    book = openpyxl.Workbook()
    book.remove(book.active)
    cached: list[dict[str, str]] = []
    for paper in papers:
        sheet = book.create_sheet(paper.name)
        sheet.sheet_state = paper.visibility
        values: dict[str, str] = {}
        for (row, column), ink in paper.cells.items():
            if ink.value is None and not ink.error:
                continue
            cell = sheet.cell(row, column)
            _fill(cell, ink)
            if ink.formula and ink.is_calculated:
                values[cell_name(row, column)] = str(ink.value)
        for top, left, bottom, right in paper.merged:
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
        for row in paper.hidden_rows:
            sheet.row_dimensions[row].hidden = True
        for column in paper.hidden_columns:
            letters = re.sub(r"\d", "", cell_name(1, column))
            sheet.column_dimensions[letters].hidden = True
        cached.append(values)
    raw = io.BytesIO()
    book.save(raw)
    return repacked(raw.getvalue(), {}, cached)


def repacked(
    content: bytes,
    more: Mapping[str, bytes],
    cached: list[dict[str, str]] | None = None,
    replaced: Mapping[str, tuple[bytes, bytes]] | None = None,
) -> bytes:
    """Pack a workbook again without a clock in it.

    Args:
        content: a workbook.
        more: entries to add.
        cached: by sheet, the values of its formulas by address.
        replaced: by entry name, what to replace with what in it.
    """
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            body = old.read(name)
            if name == "docProps/core.xml":
                body = _CREATED.sub(b"", _MODIFIED.sub(b"", body))
            found = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name)
            if found and cached:
                body = _with_values(body, cached[int(found[1]) - 1])
            if replaced and name in replaced:
                body = body.replace(*replaced[name])
            new.writestr(zipfile.ZipInfo(name, _ENTRY_TIME), body, zipfile.ZIP_DEFLATED)
        for name, body in more.items():
            new.writestr(zipfile.ZipInfo(name, _ENTRY_TIME), body, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _fill(cell: Any, ink: Ink) -> None:  # noqa: ANN401 # openpyxl has no types
    if ink.error:
        cell.value = ink.error
        cell.data_type = "e"
    elif ink.formula:
        cell.value = f"={ink.formula}"
        cell.number_format = ink.number_format
    elif isinstance(ink.value, Decimal):
        cell.value = int(ink.value) if ink.value == ink.value.to_integral() else float(ink.value)
        cell.number_format = ink.number_format
    else:
        cell.value = ink.value
        cell.data_type = "s"
        if "\n" in str(ink.value):
            cell.alignment = _WRAPPED
    if ink.bold:
        cell.font = _BOLD


def _with_values(body: bytes, values: dict[str, str]) -> bytes:
    def put(found: re.Match[str]) -> str:
        value = values.get(found[2])
        return found[0] if value is None else f"{found[1]}><f>{found[3]}</f><v>{value}</v>"

    return _FORMULA.sub(put, body.decode()).encode() if values else body
