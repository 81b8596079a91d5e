"""A table as it was published, its cells as text: what checks look at, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingestion.reading.grid import FileRefused, column_letters


@dataclass(slots=True)
class Table:
    """Rows of cells; the first one should be the header.

    Attributes:
        rows: as published: rows may differ in width, "" is an empty cell.
        lines: number of the line where each row ends, for text; otherwise the row's number.
        sheet: name of the sheet as it may be shown; "" where there is but one.
        is_grid: a workbook's rows, which have places for cells that were never filled.
        has_keys: the first row holds keys of records (JSON, XML), which nobody can leave out.
    """

    rows: list[list[str]]
    lines: list[int]
    sheet: str = ""
    is_grid: bool = False
    has_keys: bool = False

    @property
    def width(self) -> int:
        """Number of columns that the first row has."""
        return len(self.rows[0]) if self.rows else 0

    def place(self, row: int, column: int | None = None) -> str:
        """Where a person finds a row, or a cell of it; both count from 0."""
        sheet = f"trang “{self.sheet}”, " if self.sheet else ""
        if self.has_keys:
            return f"{sheet}bản ghi {row}" + ("" if column is None else f", trường {column + 1}")
        line = self.lines[row] if row < len(self.lines) else row + 1
        if column is None:
            return f"{sheet}dòng {line}"
        if self.is_grid:
            return f"{sheet}ô {column_letters(column + 1)}{line}"
        return f"{sheet}dòng {line}, cột {column + 1}"


@dataclass(slots=True)
class Tables:
    """What was read of a file.

    Attributes:
        code: its format, told apart as far as can be.
        tables: those that people see, empty ones left out.
        problem: it could not be read; then there are no tables.
        remark_vi: something that is wrong with it although it could be read.
    """

    code: str
    tables: list[Table] = field(default_factory=list)
    problem: FileRefused | None = None
    remark_vi: str = ""
