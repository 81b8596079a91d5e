"""Tables of text with delimiters, read as they stand: what is wrong with them is for the checks.

`ingestion.reading.readers.csv_text` refuses whatever is in doubt, for its numbers are published;
here a file with faults is still counted and looked through.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass

from ingestion.reading.bounds import Bounds
from ingestion.reading.refusals import refuse
from ingestion.sources.open_data_portal.inspecting.settings import TableRules
from ingestion.sources.open_data_portal.inspecting.table import Table, Tables

_LOOK_INTO = 200  # lines


@dataclass(frozen=True, slots=True)
class _Split:
    rows: list[list[str]]
    lines: list[int]
    broken_at: int | None


def read_text_table(
    text: str, bounds: Bounds, rules: TableRules, *, declared: str, is_sample: bool
) -> Tables:
    """The table of a text.

    Args:
        text: decoded.
        bounds: what may be taken from it.
        rules: how a table is told from other text.
        declared: the format that it is said to be in, in lower case; tells only whether one line,
            or lines without delimiters, are a table.
        is_sample: its end is missing, so that its last line does not count.

    Returns:
        ``csv`` or ``tsv`` with a table, or ``text`` without one.
    """
    if not text.strip():
        return Tables("text", problem=refuse("empty_file"))
    if is_sample:
        text = text[: text.rfind("\n") + 1]
    if _longest_line(text) > bounds.line_characters:
        return Tables(
            "csv" if _delimiter(text, declared, rules) else "text",
            problem=refuse("line_too_long", most=bounds.line_characters),
        )
    delimiter = _delimiter(text, declared, rules)
    if delimiter is None:
        is_column = "csv" in declared and len(text.splitlines()) > 1
        if not is_column or _longest_line(text) > rules.one_column_characters:
            return Tables("text")
        delimiter = ","
    code = "tsv" if delimiter == "\t" else "csv"
    split = _split(text, delimiter)
    if split.broken_at is not None:
        return Tables(code, problem=refuse("unclosed_quote", str(split.broken_at)))
    if sum(map(len, split.rows)) > bounds.cells:
        return Tables(code, problem=refuse("too_many_cells", f"hơn {bounds.cells} ô"))
    if max(map(len, split.rows), default=0) > bounds.columns:
        return Tables(code, problem=refuse("too_many_cells", f"hơn {bounds.columns} cột"))
    swallowed = _swallowed(split, delimiter)
    if swallowed is not None:
        return Tables(code, problem=refuse("unclosed_quote", str(swallowed)))
    if _is_mixed(split.rows, delimiter, rules):
        return Tables(code, problem=refuse("mixed_delimiters"))
    return Tables(code, [Table(split.rows, split.lines)])


def _longest_line(text: str) -> int:
    return max(map(len, text.splitlines()), default=0)


def _delimiter(text: str, declared: str, rules: TableRules) -> str | None:
    """The mark that splits most lines into the same number of cells; None where none does."""
    head = "\n".join(text.splitlines()[:_LOOK_INTO])
    best: tuple[float, int, str] | None = None
    for mark in rules.delimiters:
        if mark not in head:
            continue
        rows = [row for row in _split(head, mark, strict=False).rows if any(map(str.strip, row))]
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        share = count / len(rows)
        # The header's own width speaks for a mark more than the number of rows that agree.
        is_header = rows[0:1] and len(rows[0]) > 1
        if (share >= rules.same_width_share or is_header) and (
            best is None or (share, width) > best[:2]
        ):
            best = (share, width, mark)
    return None if best is None or not _is_tabular(best, head, declared, rules) else best[2]


def _is_tabular(best: tuple[float, int, str], head: str, declared: str, rules: TableRules) -> bool:
    """Whether it is a table rather than prose with commas."""
    _, width, mark = best
    lines = head.splitlines()
    if len(lines) == 1:
        return "csv" in declared or f"{mark} " not in head
    prose = sum(1 for line in lines if f"{mark} " in line and len(line) > rules.prose_characters)
    return not (mark == "," and width <= rules.prose_commas + 1 and prose * 2 > len(lines))


def _split(text: str, delimiter: str, *, strict: bool = True) -> _Split:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error:
        return _Split(rows, lines, (lines[-1] if lines else 0) + 1)
    while rows and not any(map(str.strip, rows[-1])):
        rows.pop()
    return _Split(rows, lines, None)


def _swallowed(split: _Split, delimiter: str) -> int | None:
    """Line of a quoted cell that holds whole rows: two stray quotes look like one long cell.

    Delimiters before a blank are a sentence's. A line of one delimiter tells nothing.
    """
    width = max(map(len, split.rows), default=0)
    for row, line in zip(split.rows, split.lines, strict=False):
        for cell in row:
            if "\n" in cell and any(
                part.count(delimiter) - part.count(f"{delimiter} ") >= width - 1 > 1
                for part in cell.split("\n")
            ):
                return line
    return None


def _is_mixed(rows: list[list[str]], delimiter: str, rules: TableRules) -> bool:
    """Whether rows of one cell would have the table's width under another mark."""
    width = max(map(len, rows), default=0)
    return width > 2 and any(
        len(row) == 1 and row[0].count(mark) == width - 1
        for row in rows
        for mark in rules.delimiters
        if mark != delimiter
    )
