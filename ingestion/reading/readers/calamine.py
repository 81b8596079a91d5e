"""Values of a workbook through calamine, made into sheets."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ingestion.core.log import quote_foreign
from ingestion.reading.bounds import Bounds
from ingestion.reading.grid import CellProblem, Remark, Sheet, Span, Value
from ingestion.reading.refusals import refuse

_DIGITS_OF_A_FLOAT = 15


@dataclass(slots=True)
class Sheets:
    """Sheets of a workbook and what is to be said about them."""

    sheets: list[Sheet]
    remarks: list[Remark]


def read_sheets(content: bytes, bounds: Bounds) -> Sheets:
    """Read all worksheets.

    Args:
        content: a workbook whose size has been checked.
        bounds: what may be read.

    Raises:
        FileRefused: the workbook is broken, encrypted or too large.
    """
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            return _read(workbook, bounds)
    except PasswordError as error:
        raise refuse("password") from error
    except CalamineError as error:
        raise refuse("broken_workbook", quote_foreign(str(error), 80)) from error
    except BaseException as error:
        # A panic of Rust is no Exception, and its class has no importable name.
        if type(error).__name__ != "PanicException":
            raise
        raise refuse("broken_workbook", "nội dung bảng tính") from error


def cells_within(
    sheet: Sheet, problems: Mapping[tuple[int, int], CellProblem]
) -> dict[tuple[int, int], CellProblem]:
    """The problems within a sheet; the sheet grows where one lies beyond its values.

    calamine leaves cells without a value out, so that an error in the last row would be lost.
    """
    if not problems:
        return {}
    rows = [row for row, _ in problems]
    columns = [column for _, column in problems]
    if not sheet.values:
        sheet.first_row, sheet.first_column = min(rows), min(columns)
        sheet.values = [[None]]
    width = len(sheet.values[0])
    left = max(0, sheet.first_column - min(columns))
    right = max(0, max(columns) - (sheet.first_column + width - 1))
    if left or right:
        sheet.values = [[*[None] * left, *row, *[None] * right] for row in sheet.values]
        sheet.first_column -= left
    width += left + right
    above = max(0, sheet.first_row - min(rows))
    below = max(0, max(rows) - (sheet.first_row + len(sheet.values) - 1))
    if above or below:
        sheet.values = [
            *_empty_rows(above, width),
            *sheet.values,
            *_empty_rows(below, width),
        ]
        sheet.first_row -= above
    return dict(problems)


def _empty_rows(count: int, width: int) -> list[list[Value]]:
    return [[None] * width for _ in range(count)]


def _read(workbook: CalamineWorkbook, bounds: Bounds) -> Sheets:
    found = Sheets([], [])
    if len(workbook.sheets_metadata) > bounds.sheets:
        raise refuse("too_many_sheets", most=bounds.sheets)
    cells = 0
    for index, known in enumerate(workbook.sheets_metadata):
        where = quote_foreign(known.name, 60)
        if known.typ == SheetTypeEnum.MacroSheet:
            found.remarks.append(
                Remark("macros_ignored", where, f"Trang “{where}” chứa macro; không đọc.")
            )
        if known.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_index(index)
        cells += sheet.height * sheet.width
        if cells > bounds.cells or sheet.width > bounds.columns:
            raise refuse("too_many_cells", f"trang “{where}”")
        made = _sheet(sheet, bounds, where)
        if known.visible == SheetVisibleEnum.Hidden:
            made.visibility = "hidden"
        elif known.visible == SheetVisibleEnum.VeryHidden:
            made.visibility = "very_hidden"
        if made.visibility != "visible":
            found.remarks.append(
                Remark("hidden_sheet", where, f"Trang “{where}” bị ẩn; vẫn được đọc.")
            )
        found.sheets.append(made)
    return found


def _sheet(sheet: CalamineSheet, bounds: Bounds, where: str) -> Sheet:
    start, end = sheet.start, sheet.end
    if start is None or end is None:
        return Sheet(sheet.name, [])
    first_row, first_column = start[0] + 1, start[1] + 1
    values: list[list[Any]] = sheet.to_python(skip_empty_area=True)
    problems = tidy(values, first_row, first_column, bounds)
    merged = sheet.merged_cell_ranges or []
    if len(merged) > bounds.merged:
        raise refuse("too_many_merged", f"trang “{where}”")
    last_row, last_column = end[0] + 1, end[1] + 1
    spans = [
        Span(
            top + 1,
            left + 1,
            # Hostile ranges reach to the last cell there can be; nothing stands there.
            max(top + 1, min(bottom + 1, last_row)),
            max(left + 1, min(right + 1, last_column)),
        )
        for (top, left), (bottom, right) in merged
        if top < last_row and left < last_column
    ]
    return Sheet(
        sheet.name, values, first_row, first_column, merged=tuple(spans), problems=problems
    )


def tidy(
    rows: list[list[Any]], first_row: int, first_column: int, bounds: Bounds
) -> dict[tuple[int, int], CellProblem]:
    """Make calamine's values those of a `Sheet`, in place.

    Empty text becomes None, a float that is whole an int. Returns the cells in doubt.
    """
    problems: dict[tuple[int, int], CellProblem] = {}
    longest = bounds.text_characters
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            kind = type(value)
            if kind is str:
                if not value:
                    row[j] = None
                elif len(value) > longest:
                    row[j] = value[:longest]
                    problems[first_row + i, first_column + j] = "truncated"
            elif kind is float:
                if value.is_integer():
                    row[j] = int(value)
                    if abs(value) >= 10**_DIGITS_OF_A_FLOAT:
                        problems[first_row + i, first_column + j] = "oversized_number"
                elif not math.isfinite(value):
                    row[j] = None
                    problems[first_row + i, first_column + j] = "error_value"
            elif kind is int and abs(value) >= 10**_DIGITS_OF_A_FLOAT:
                problems[first_row + i, first_column + j] = "oversized_number"
    return problems
