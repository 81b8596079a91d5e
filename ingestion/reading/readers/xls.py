"""Workbooks of Excel 97 to 2003 (BIFF8): values from calamine, the rest from the records.

Records after [MS-XLS]; the walk looks at lengths and a few fixed fields only, so that it costs
little and trusts nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from ingestion.reading.bounds import Bounds
from ingestion.reading.compound import CompoundFile
from ingestion.reading.grid import CellProblem, Document, Remark
from ingestion.reading.readers.calamine import cells_within, read_sheets
from ingestion.reading.readers.number_formats import BUILT_IN, display_power, show
from ingestion.reading.refusals import refuse

_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _SUPBOOK = 0x809, 0x0A, 0x2F, 0x85, 0x1AE
_FORMAT, _XF = 0x41E, 0xE0
_ROW, _COLINFO, _FORMULA, _BOOLERR, _MULRK = 0x208, 0x7D, 0x06, 0x205, 0xBD
_VALUES = frozenset({_FORMULA, _BOOLERR, _MULRK, 0x203, 0x27E, 0x204, 0xFD})
_BIFF8 = 0x600
_WORKSHEET = 0
_ROW_HIDDEN, _COLUMN_HIDDEN = 0x20, 0x01
_NOT_A_NUMBER = b"\xff\xff"
_RESULT_ERROR, _RESULT_EMPTY = 2, 3
_SELF_REFERENCE, _ADD_IN = 0x0401, 0x3A01
_LAST_COLUMN = 256


@dataclass(slots=True)
class _Scan:
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    problems: dict[tuple[int, int], CellProblem] = field(default_factory=dict)
    powers: dict[tuple[int, int], int] = field(default_factory=dict)
    cells: int = 0


@dataclass(slots=True)
class _Book:
    """What stands before the sheets.

    Attributes:
        sheets: where each worksheet starts.
        has_links: it links to other files.
        styles: powers of ten of the styles that show another number than the stored one.
    """

    sheets: list[int] = field(default_factory=list)
    has_links: bool = False
    styles: dict[int, int] = field(default_factory=dict)


def read_xls(content: bytes, compound: CompoundFile, bounds: Bounds) -> Document:
    """Read a workbook.

    Args:
        content: the file, for calamine.
        compound: the same, opened.
        bounds: what may be read.

    Raises:
        FileRefused: see `ingestion.reading.refusals`.
    """
    try:
        stream = compound.stream("Workbook")
        book = _globals(stream)
        if len(book.sheets) > bounds.sheets:
            raise refuse("too_many_sheets", most=bounds.sheets)
        scans = [_scan(stream, start, book.styles) for start in book.sheets]
    except (struct.error, IndexError) as error:
        raise refuse("truncated_file") from error
    if sum(scan.cells for scan in scans) > bounds.cells:
        raise refuse("too_many_cells")
    read = read_sheets(content, bounds)
    if len(read.sheets) != len(scans):
        raise refuse("broken_workbook", "danh sách trang tính")
    for sheet, scan in zip(read.sheets, scans, strict=True):
        sheet.hidden_rows = frozenset(scan.hidden_rows)
        sheet.hidden_columns = frozenset(scan.hidden_columns)
        read.remarks += show(sheet, scan.powers)
        sheet.problems.update(cells_within(sheet, scan.problems))
    return Document(
        "xls", read.sheets, remarks=[*read.remarks, *_remarks(compound, book.has_links)]
    )


def _globals(stream: bytes) -> _Book:
    """Walk through the records before the sheets."""
    book = _Book()
    powers = dict(BUILT_IN)
    styles: list[int] = []
    at = 0
    kind, length, version = struct.unpack_from("<HHH", stream, at)
    if kind != _BOF:
        raise refuse("broken_workbook", "Workbook")
    if version != _BIFF8:
        raise refuse("old_workbook")
    while kind != _EOF:
        if kind == _FILEPASS:
            raise refuse("password")
        if kind == _BOUNDSHEET:
            start, _, sheet_type = struct.unpack_from("<IBB", stream, at + 4)
            if sheet_type == _WORKSHEET:
                book.sheets.append(start)
        elif kind == _SUPBOOK and length >= 4:
            (reference,) = struct.unpack_from("<H", stream, at + 6)
            book.has_links = book.has_links or reference not in (_SELF_REFERENCE, _ADD_IN)
        elif kind == _FORMAT and length >= 5:
            number, _, is_wide = struct.unpack_from("<HHB", stream, at + 4)
            raw = stream[at + 9 : at + 4 + length]
            encoding = "utf-16-le" if is_wide & 1 else "latin-1"
            powers[number] = display_power(raw.decode(encoding, "replace"))
        elif kind == _XF:
            styles.append(struct.unpack_from("<H", stream, at + 6)[0])
        at += 4 + length
        kind, length = struct.unpack_from("<HH", stream, at)
    book.styles = {i: power for i, n in enumerate(styles) if (power := powers.get(n, 0))}
    return book


def _scan(stream: bytes, start: int, styles: dict[int, int]) -> _Scan:
    """Walk through the records of one sheet; charts within it are passed over."""
    scan = _Scan()
    header, place = struct.Struct("<HH").unpack_from, struct.Struct("<HH").unpack_from
    depth, at = 0, start
    seen: set[tuple[int, int]] = set()
    rows: set[int] = set()
    columns: set[int] = set()
    while True:
        kind, length = header(stream, at)
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif depth == 1:
            if kind in _VALUES:
                cell = place(stream, at + 4)
                if cell in seen:
                    raise refuse("duplicate_cells", f"dòng {cell[0] + 1}")
                seen.add(cell)
                rows.add(cell[0])
                columns.add(cell[1])
                if styles:
                    _look_at_styles(stream, at, kind, length, styles, scan)
                if kind == _MULRK:
                    columns.add(struct.unpack_from("<H", stream, at + 2 + length)[0])
                elif kind == _FORMULA:
                    _look_at_formula(stream, at + 4, cell, scan)
                elif kind == _BOOLERR and stream[at + 11]:
                    scan.problems[cell[0] + 1, cell[1] + 1] = "error_value"
            elif kind == _ROW:
                row, height, flags = struct.unpack_from("<H4xH4xH", stream, at + 4)
                if flags & _ROW_HIDDEN or height & 0x7FFF == 0:
                    scan.hidden_rows.add(row + 1)
            elif kind == _COLINFO:
                first, last, width, flags = struct.unpack_from("<HHH2xH", stream, at + 4)
                if flags & _COLUMN_HIDDEN or width == 0:
                    scan.hidden_columns.update(range(first + 1, min(last, _LAST_COLUMN) + 2))
        at += 4 + length
    if rows and columns:
        scan.cells = (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1)
    return scan


def _look_at_styles(
    stream: bytes, at: int, kind: int, length: int, styles: dict[int, int], scan: _Scan
) -> None:
    """Whether a cell, or each of a run of cells, shows another number than it stores."""
    row, column = struct.unpack_from("<HH", stream, at + 4)
    count = (length - 6) // 6 if kind == _MULRK else 1
    for index in range(count):
        (style,) = struct.unpack_from("<H", stream, at + 8 + 6 * index)
        if style in styles:
            scan.powers[row + 1, column + index + 1] = styles[style]


def _look_at_formula(stream: bytes, at: int, cell: tuple[int, int], scan: _Scan) -> None:
    """Whether the stored result of a formula is an error, or was never calculated."""
    if stream[at + 12 : at + 14] != _NOT_A_NUMBER:
        return
    result = stream[at + 6]
    address = (cell[0] + 1, cell[1] + 1)
    if result == _RESULT_ERROR:
        scan.problems[address] = "error_value"
    elif result == _RESULT_EMPTY and stream[at + 16 : at + 20] == bytes(4):
        # Excel leaves its own note beside an empty result; libraries that calculate nothing do not.
        scan.problems[address] = "formula_without_value"


def _remarks(compound: CompoundFile, has_links: bool) -> list[Remark]:
    remarks = []
    if "_VBA_PROJECT_CUR" in compound.names or "VBA" in compound.names:
        remarks.append(
            Remark(
                "macros_ignored",
                "",
                "Tệp có macro; macro không được chạy, chỉ đọc giá trị đã lưu.",
            )
        )
    if has_links:
        remarks.append(
            Remark(
                "external_links_ignored",
                "",
                "Tệp có liên kết tới tệp khác; không mở liên kết, chỉ đọc giá trị đã lưu.",
            )
        )
    if any(name.startswith("MBD") for name in compound.names):
        remarks.append(
            Remark(
                "embedded_ignored",
                "",
                "Tệp có đối tượng nhúng; không mở đối tượng, chỉ đọc các ô.",
            )
        )
    return remarks
