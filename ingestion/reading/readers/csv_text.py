"""Text with delimiters: the delimiter is found by what makes the rows of one width.

Nothing is evaluated: cells that look like formulas stay text. What cannot be told (rows of
different widths, quotes that never end, two delimiters mixed) is refused with its line.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from ingestion.reading.bounds import Bounds
from ingestion.reading.encodings import decode
from ingestion.reading.grid import CellProblem, Document, FileRefused, Remark, Sheet, Value
from ingestion.reading.refusals import refuse

_DELIMITERS = ("\t", ";", "|", ",")
"""The comma comes last: it is the decimal sign here, so that rows may agree on it by chance."""
_STATED = re.compile(r"sep=([,;|\t])\r?\n", re.IGNORECASE)
_NUMBER = re.compile(r"[-+(]?\d[\d., ]*[)%]?")


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of cells with the number of the line where each ends."""

    rows: list[list[str]]
    lines: list[int]
    delimiter: str
    first: int = 1

    @property
    def width(self) -> int:
        return max(map(len, self.rows), default=0)


def read_csv(content: bytes, bounds: Bounds) -> Document:
    """Read text with delimiters.

    Raises:
        FileRefused: see `ingestion.reading.refusals`.
    """
    decoded = decode(content)
    text = decoded.text
    _check_lines(text, bounds)
    stated = _STATED.match(text)
    if stated:
        rows = _split(text[stated.end() :], stated.group(1), first=2)
        _check_widths(rows)
    else:
        rows = _best(text)
    if len(rows.rows) * rows.width > bounds.cells or rows.width > bounds.columns:
        raise refuse("too_many_cells")
    _check_quotes(rows)
    _check_header(rows)
    problems: dict[tuple[int, int], CellProblem] = {}
    values: list[list[Value]] = []
    for i, row in enumerate(rows.rows):
        made: list[Value] = [text or None for text in row]
        for j, cell in enumerate(row):
            if len(cell) > bounds.text_characters:
                made[j] = cell[: bounds.text_characters]
                problems[rows.first + i, j + 1] = "truncated"
        values.append(made + [None] * (rows.width - len(row)))
    sheet = Sheet("CSV", values, first_row=rows.first, problems=problems)
    remarks = []
    if decoded.encoding in ("cp1258", "cp1252"):
        remarks.append(
            Remark(
                "legacy_encoding",
                "",
                f"Tệp ở bảng mã cũ {decoded.encoding}; đã chuyển sang Unicode.",
            )
        )
    return Document("csv", [sheet], encoding=decoded.encoding, remarks=remarks)


def _check_lines(text: str, bounds: Bounds) -> None:
    """Bound the length of lines before anybody splits them into cells."""
    if max(map(len, text.splitlines()), default=0) > bounds.line_characters:
        raise refuse("line_too_long", most=bounds.line_characters)
    if not text.strip():
        raise refuse("empty_file")


def _split(text: str, delimiter: str, first: int = 1) -> _Rows:
    """Cells of a text.

    Raises:
        FileRefused: a quote never ends, or goes on after it has ended.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        line = (lines[-1] if lines else 0) + 1
        raise refuse("unclosed_quote", str(line)) from error
    while rows and not any(map(str.strip, rows[-1])):
        rows.pop()
    return _Rows(rows, lines, delimiter, first)


def _best(text: str) -> _Rows:
    """The rows by the delimiter that makes sense of all of them.

    Raises:
        FileRefused: none does; says what is wrong with the one that comes nearest.
    """
    wide: list[_Rows] = []
    broken: list[FileRefused] = []
    for mark in _DELIMITERS:
        if mark not in text:
            continue
        try:
            rows = _split(text, mark)
        except FileRefused as refusal:  # quotes end elsewhere with another delimiter
            broken.append(refusal)
            continue
        if rows.width > 1:
            wide.append(rows)
    if not wide:
        raise broken[0] if broken else refuse("not_a_table")
    regular = [rows for rows in wide if _first_irregular(rows) is None]
    if not regular:
        raise refuse("ragged_rows", str(min(map(_first_irregular_line, wide))))
    best = max(regular, key=lambda rows: sum(1 for row in rows.rows if len(row) == rows.width))
    _check_widths(best)
    return best


def _first_irregular(rows: _Rows) -> int | None:
    """Index of the first row that is neither of full width, nor a line of text, nor empty."""
    for index, row in enumerate(rows.rows):
        if len(row) != rows.width and any(cell.strip() for cell in row[1:]):
            return index
    full = sum(1 for row in rows.rows if len(row) == rows.width)
    return None if full > 1 or len(rows.rows) == 1 else 0


def _first_irregular_line(rows: _Rows) -> int:
    index = _first_irregular(rows)
    return rows.lines[index or 0]


def _check_widths(rows: _Rows) -> None:
    """Refuse rows of another width, and lines within the table that another delimiter splits."""
    index = _first_irregular(rows)
    if index is not None:
        raise refuse("ragged_rows", str(rows.lines[index]))
    starts = [index for index, row in enumerate(rows.rows) if len(row) == rows.width]
    if not starts:
        return
    for row in rows.rows[starts[0] : starts[-1] + 1]:
        alone = [cell for cell in row if cell.strip()]
        if len(row) == rows.width or len(alone) != 1:
            continue
        if any(alone[0].count(mark) >= rows.width - 1 for mark in _DELIMITERS):
            raise refuse("mixed_delimiters")
    after = rows.rows[starts[-1] + 1 :]
    split_otherwise = [
        row
        for row in after
        if any(
            row and row[0].count(mark) == rows.width - 1
            for mark in _DELIMITERS
            if mark != rows.delimiter
        )
    ]
    if rows.width > 2 and split_otherwise:
        raise refuse("mixed_delimiters")


def _check_quotes(rows: _Rows) -> None:
    """Refuse a quoted cell that swallowed rows: two stray quotes look like one long cell."""
    for index, row in enumerate(rows.rows):
        for cell in row:
            if "\n" in cell and any(
                line.count(rows.delimiter) >= rows.width - 1 > 0 for line in cell.split("\n")
            ):
                raise refuse("unclosed_quote", str(rows.lines[index]))


def _check_header(rows: _Rows) -> None:
    """Refuse a table without rows, and labels that name two columns alike.

    Two equal labels are right in a header of several rows, where the row below tells them apart.
    """
    full = [row for row in rows.rows if len(row) == rows.width]
    numbers = [row for row in full if any(_NUMBER.fullmatch(cell.strip()) for cell in row[1:])]
    if len(full) < 2:
        raise refuse("header_only")
    header, below = full[0], full[1]
    if not numbers or full[0] in numbers:
        return
    seen: dict[str, int] = {}
    for index, cell in enumerate(header):
        label = " ".join(cell.split()).casefold()
        if not label:
            continue
        if label in seen:
            pair = (below[seen[label]].strip(), below[index].strip())
            if all(not text or _NUMBER.fullmatch(text) for text in pair) and below in numbers:
                raise refuse("duplicate_header", f"cột {seen[label] + 1} và {index + 1}")
        seen.setdefault(label, index)
