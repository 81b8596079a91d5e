"""Where the tables of a sheet begin and what their columns are called.

A header is found by its words (STT, Nội dung, Chỉ tiêu …: ``data/structure_words.csv``) and, where
it has none, by the texts that stand right above the first rows with numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingestion.reading.grid import Value
from ingestion.reading.sheet_view import Line, SheetView, looks_like_number, looks_like_year
from ingestion.reading.text import clean, clean_lines, key
from ingestion.reading.units import stated_unit
from ingestion.reading.words import has_english, says

_MOST_HEADER_ROWS = 12
_FEWEST_COUNTED = 4
_FORMULA_LABEL = re.compile(
    r"\(?\s*(?:[A-ZĐ]|[IVX]{1,4}|[a-d]|\d{1,2}[a-d]?)\s*\)?(?:\s*=\s*[\dA-Za-z()\[\]+\-–:/*x.,%\s]+)?\s*\)?"
)
_FIRST_NUMBER = re.compile(r"\d+")
_MARK = re.compile(
    r"\(?(?:[A-ZĐ]|[IVXLivxl]{1,6}|[a-zđ]|\d{1,3}(?:\.\d{1,3}){0,4}|[-–+*•])[.)/]*"
    r"|\(?[A-ZĐIVX]{1,5}(?:\.\d{1,3}){1,4}[.)]*"
)
_ANY_FORM = re.compile(r"(?i)\b[Bb]?\d{1,3}\s*/\s*CK|^B\d{1,3}\b")
_LETTERS = re.compile(r"[^\W\d_]{2}")


@dataclass(slots=True)
class HeaderBlock:
    """The header of one table.

    Attributes:
        first, last: indexes of its lines in the view.
        rows: row numbers of its lines.
        number_line: index of the line that numbers the columns, or None.
        mark_column: column headed STT; None where none is.
        item_column: column headed by what the rows are about; None where no header says so.
    """

    first: int
    last: int
    rows: tuple[int, ...]
    number_line: int | None = None
    mark_column: int | None = None
    item_column: int | None = None


def is_mark(text: str) -> bool:
    """Whether a cleaned text can be an outline mark."""
    return len(text) <= 12 and _MARK.fullmatch(text) is not None


def is_form(text: str) -> bool:
    """Whether a line states the number of a form or an annex."""
    return (
        len(text) <= 60
        and any(letter.isdigit() for letter in text)
        and (says(text, "form") or _ANY_FORM.search(text) is not None)
    )


def find_headers(view: SheetView) -> list[HeaderBlock]:
    """All headers of a sheet, top to bottom; a header repeated on the next page is one too."""
    blocks: list[HeaderBlock] = []
    index = 0
    while index < len(view.lines):
        anchor = _anchor(view, index)
        if anchor is None:
            index += 1
            continue
        floor = blocks[-1].last + 1 if blocks else 0
        block = _grow(view, index, floor, *anchor)
        blocks.append(block)
        index = block.last + 1
    if not blocks:
        found = _without_words(view)
        if found is not None:
            blocks.append(found)
    return blocks


def _header_texts(value: Value) -> list[str]:
    """The lines of a header cell and the sides of its slashes, so that one language is enough."""
    if not isinstance(value, str):
        return []
    parts = [clean(value)]
    if "\n" in value:
        parts += clean_lines(value)
    if "/" in value:
        parts += [part.strip() for line in clean_lines(value) for part in line.split("/")]
    return parts


def _cell_says_mark(value: Value) -> bool:
    if not isinstance(value, str) or len(value) > 40:
        return False
    return any(len(part) <= 12 and says(part, "mark_header") for part in _header_texts(value))


def _cell_says_item(value: Value) -> bool:
    if not isinstance(value, str) or len(value) > 200:
        return False
    return any(len(part) <= 80 and says(part, "item_header") for part in _header_texts(value))


def _anchor(view: SheetView, index: int) -> tuple[int | None, int | None] | None:
    """(mark column, item column) if a line holds the words of a header, else None."""
    line = view.lines[index]
    words: list[int] = []
    for column, value in line.cells.items():
        if isinstance(value, str):
            if value[0] not in "0123456789-(+":
                words.append(column)
            elif looks_like_number(value) and not looks_like_year(value):
                return None
        elif not looks_like_year(value):
            return None
    if len(words) < 2:
        return None
    mark = item = None
    for column in words:
        value = line.cells[column]
        if mark is None and item is None and _cell_says_mark(value):
            mark = column
        elif item is None and _cell_says_item(value):
            item = column
    if mark is None and item is None:
        return None
    if item is None:
        # The line may hold "TT" and the next ones what stands beside it.
        others = [
            column
            for column, text in line.texts()
            if column > (mark or 0) and _LETTERS.search(text)
        ]
        return (mark, None) if others else None
    if mark is None:
        left = [text for column, text in line.texts() if column < item]
        right = [column for column in line.cells if column > item]
        if not right or any(is_mark(text) for text in left):
            return None
    elif mark > item:
        mark = None
    return mark, item


def _grow(
    view: SheetView, index: int, floor: int, mark: int | None, item: int | None
) -> HeaderBlock:
    """From the line with the header's words up and down to the whole header."""
    lines = view.lines
    left = max(column for column in (mark, item) if column is not None)
    first = index
    while first > floor and _belongs_above(view, first - 1, left):
        first -= 1
    last = index
    merged_to = _merged_down(view, first, index)
    number_line = None
    while last + 1 < len(lines) and lines[last + 1].row - lines[first].row < _MOST_HEADER_ROWS:
        line = lines[last + 1]
        gap = line.row - lines[last].row
        if gap <= 2 and (is_number_line(line, mark, item) or _counts_on(line)):
            last += 1
            number_line = last
            break
        if gap > 1 or not (
            _continues(line, left, mark, item)
            or (line.row <= merged_to and not _has_mark(line, mark))
        ):
            break
        last += 1
        merged_to = max(merged_to, _merged_down(view, last, last))
    block = HeaderBlock(
        first,
        last,
        _rows(lines, first, last, merged_to),
        number_line,
        mark,
        item,
    )
    if block.item_column is None:
        _find_words_below(view, block)
    return block


def label_columns(view: SheetView, block: HeaderBlock) -> list[tuple[int, int | None]]:
    """Columns headed by what rows are about, each with the column of marks beside it."""
    found: list[tuple[int, int | None]] = []
    lines = view.lines[block.first : block.last + 1]
    marks = {c for line in lines for c, value in line.cells.items() if _cell_says_mark(value)}
    for line in lines:
        for column, value in line.cells.items():
            if column not in marks and _cell_says_item(value):
                found.append((column, column - 1 if column - 1 in marks else None))
    return sorted(set(found))


def find_columns(lines: Sequence[Line], block: HeaderBlock, first: int, after: int) -> HeaderBlock:
    """The same header for the columns of one side of it."""
    side = lines[block.first : block.last + 1]
    marks = [c for line in side for c, value in line.cells.items() if _cell_says_mark(value)]
    items = [
        c
        for line in side
        for c, value in line.cells.items()
        if c not in marks and _cell_says_item(value)
    ]
    return HeaderBlock(
        block.first,
        block.last,
        block.rows,
        block.number_line,
        next((c for c in marks if first <= c < after), None),
        next((c for c in items if first <= c < after), None),
    )


def _rows(lines: Sequence[Line], first: int, last: int, merged_to: int) -> tuple[int, ...]:
    """Row numbers of the header; blank rows below that its merged cells reach are its own."""
    rows = [line.row for line in lines[first : last + 1]]
    following = lines[last + 1].row if last + 1 < len(lines) else rows[-1] + 1
    rows += range(rows[-1] + 1, min(merged_to + 1, following))
    return tuple(rows)


def _find_words_below(view: SheetView, block: HeaderBlock) -> None:
    for line in view.lines[block.first : block.last + 1]:
        for column, value in line.cells.items():
            if column != block.mark_column and _cell_says_item(value):
                block.item_column = column
                return


def _merged_down(view: SheetView, first: int, last: int) -> int:
    """Last row that a merged cell beginning in these lines reaches, of no more than a header."""
    reach = 0
    for line in view.lines[first : last + 1]:
        for column in line.cells:
            span = view.spans.get((line.row, column))
            if span is not None and span.last_row - span.first_row < _MOST_HEADER_ROWS:
                reach = max(reach, span.last_row)
    return reach


def _has_mark(line: Line, mark: int | None) -> bool:
    return mark is not None and mark in line.cells and is_mark(_as_text(line.cells[mark]))


def _belongs_above(view: SheetView, index: int, left: int) -> bool:
    """Whether the line above a header is a part of it rather than of the title."""
    line, below = view.lines[index], view.lines[index + 1]
    if below.row - line.row > 1 or len(line.cells) == 0:
        return False
    wide = 0
    for column, value in line.cells.items():
        if not isinstance(value, str):
            if looks_like_year(value):
                continue
            return False
        text = clean(value)
        if (
            stated_unit(text, "")
            or is_form(text)
            or says(text, "organisation")
            or says(text, "reference")
            or (len(text) > 12 and says(text, "not_title"))
            or says(text, "footnote")
            or len(text) > 160
            or looks_like_number(value)
        ):
            return False
        span = view.spans.get((line.row, column))
        if column > left and span is not None and span.last_column > span.first_column:
            wide += 1
        elif column <= left and (len(text) > 20 or (span and span.last_column > left)):
            return False
    return len(line.cells) >= 2 or wide > 0


def _continues(line: Line, left: int, mark: int | None, item: int | None) -> bool:
    """Whether a line under a header goes on with the labels of its columns."""
    if any(column <= left for column in line.cells) and not _is_label_piece(line, mark, item):
        return False
    found = False
    for column, value in line.cells.items():
        if column <= left:
            continue
        if isinstance(value, str):
            if looks_like_number(value) and not looks_like_year(value):
                return False
            found = found or _LETTERS.search(clean(value)) is not None or "%" in value
        elif not looks_like_year(value):
            return False
        found = found or looks_like_year(value)
    return found


def _is_label_piece(line: Line, mark: int | None, item: int | None) -> bool:
    """Whether "TT" under "SỐ", or "(Items)" under "Nội dung", and labels beside it, make a line."""
    beside = [c for c, text in line.texts() if c not in (mark, item) and _LETTERS.search(text)]
    if not beside:
        return False
    for column in (mark, item):
        if column is None or column not in line.cells:
            continue
        text = _as_text(line.cells[column])
        is_word = (
            _cell_says_mark(text)
            or _cell_says_item(text)
            or (text.startswith("(") and has_english(text))
        )
        if not is_word:
            return False
    return True


def is_number_line(line: Line, mark: int | None, item: int | None) -> bool:
    """Whether a line only numbers the columns: ``A B 1 2=3+4 …``, ``1 2 3``, ``(1) (2) (3)``."""
    numbers: list[int] = []
    letters = 0
    for value in line.cells.values():
        text = _as_text(value)
        if len(text) > 40:
            return False
        # Narrow columns of a PDF run into each other: "B 1=2+3".
        labels = [text] if _FORMULA_LABEL.fullmatch(text) else text.split()
        for label in labels:
            if _FORMULA_LABEL.fullmatch(label) is None:
                return False
            found = _FIRST_NUMBER.search(label.split("=", 1)[0])
            if found is None:
                letters += 1
            else:
                numbers.append(int(found[0]))
    if len(numbers) + letters < 2 or letters > 4:
        return False
    if item is not None and item in line.cells and mark is not None and mark not in line.cells:
        return False
    ascending = all(0 <= b - a <= 9 for a, b in pairwise(numbers))
    # A single number beside a mark could be a row of data; beside two letters it is a label.
    enough = len(numbers) >= 2 or letters >= 2
    return ascending and enough and (not numbers or numbers[0] <= 4)


def _counts_on(line: Line) -> bool:
    """Whether a line counts 3 4 5 6 … and has no word: long formulas of a PDF run over columns."""
    longest = run = previous = 0
    for value in line.cells.values():
        text = _as_text(value)
        if _LETTERS.search(text):
            return False
        number = int(text) if text.isdigit() and len(text) <= 2 else 0
        run = run + 1 if number and number == previous + 1 else 0
        previous, longest = number, max(longest, run)
    return longest >= _FEWEST_COUNTED


def _without_words(view: SheetView) -> HeaderBlock | None:
    """The texts right above the first rows that have words and numbers."""
    for index, line in enumerate(view.lines):
        columns = [
            c for c, v in line.cells.items() if looks_like_number(v) and not looks_like_year(v)
        ]
        words = [
            c for c, text in line.texts() if _LETTERS.search(text) and not looks_like_number(text)
        ]
        if not columns or not words or min(words) > max(columns):
            continue
        if is_number_line(line, None, None) or is_form(line.text(words[0])):
            continue
        first = index
        while (
            first > 0
            and _belongs_above(view, first - 1, min(words))
            and _is_labels(view.lines[first - 1])
        ):
            first -= 1
        if first == index:
            return None
        rows = tuple(found.row for found in view.lines[first:index])
        return HeaderBlock(first, index - 1, rows)
    return None


def _is_labels(line: Line) -> bool:
    return sum(isinstance(v, str) or looks_like_year(v) for v in line.cells.values()) >= 2


def column_labels(
    view: SheetView, block: HeaderBlock, columns: Sequence[int]
) -> dict[int, tuple[str, ...]]:
    """The labels above each column from top to bottom, merged cells spread, repeats dropped."""
    lines = [
        line
        for index, line in enumerate(view.lines[block.first : block.last + 1], block.first)
        if index != block.number_line
    ]
    rows = {line.row: line for line in lines}
    spread: dict[tuple[int, int], str] = {}
    for line in lines:
        for column, value in line.cells.items():
            span = view.spans.get((line.row, column))
            if span is None:
                continue
            label = label_text(value)
            for row in range(span.first_row, min(span.last_row, lines[-1].row) + 1):
                for over in range(span.first_column, span.last_column + 1):
                    spread[row, over] = label
    _spread_groups(lines, block, columns, spread)
    labels: dict[int, tuple[str, ...]] = {}
    for column in columns:
        path: list[str] = []
        for row, line in rows.items():
            label = spread.get((row, column)) or label_text(line.cells.get(column))
            if label and (not path or path[-1] != label) and not _only_states_unit(label, line):
                path.append(label)
        labels[column] = tuple(path)
    return labels


def _only_states_unit(label: str, line: Line) -> bool:
    """A line that holds nothing but the unit of the table labels no column."""
    return len(line.cells) == 1 and stated_unit(label, "") is not None


def _spread_groups(
    lines: Sequence[Line],
    block: HeaderBlock,
    columns: Sequence[int],
    spread: dict[tuple[int, int], str],
) -> None:
    """Labels of groups that are no merged cells (CSV, PDF, centred over): to the next label.

    A label is spread only over columns whose own labels begin lower and stand under the same ones
    above, and only where it heads a column that has a lower label too.
    """
    left = max(c for c in (block.mark_column, block.item_column, 0) if c is not None)
    tops: dict[int, int] = {}
    for line in lines:
        for column in line.cells:
            tops.setdefault(column, line.row)
    above: dict[int, tuple[str, ...]] = dict.fromkeys(columns, ())
    for line in lines[:-1]:
        current: int | None = None
        for column in columns:
            if column <= left:
                continue
            if (line.row, column) in spread:
                current = None
            elif column in line.cells:
                below = any(column in other.cells for other in lines if other.row > line.row)
                current = column if below else None
            elif current is None or tops.get(column, 0) <= line.row:
                current = None
            elif above[column] == above[current]:
                spread[line.row, column] = label_text(line.cells[current])
        for column in columns:
            label = spread.get((line.row, column)) or label_text(line.cells.get(column))
            if label:
                above[column] = (*above[column], label)


def label_text(value: Value) -> str:
    """A header cell as one label; of two languages only the Vietnamese one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return _as_text(value)
    lines = clean_lines(value)
    if len(lines) > 1 or "/" in value:
        parts = [
            part.strip() for line in lines for part in re.split(r"\s/\s|/(?=[A-Z][a-z])", line)
        ]
        foreign = [part for part in parts if part.isascii() and has_english(part)]
        kept = [part for part in parts if part not in foreign]
        if foreign and kept and not all(part.isascii() for part in kept):
            return " ".join(kept)
    return " ".join(lines)


def labels_key(labels: dict[int, tuple[str, ...]]) -> tuple[tuple[int, str], ...]:
    """What tells whether two headers are the same."""
    return tuple((column, key(" ".join(path))) for column, path in sorted(labels.items()) if path)


def _as_text(value: Value) -> str:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return "" if value is None else str(value)
