"""Where the rows and columns of a form stand on a sheet, wherever they were moved to.

Columns are found by their headers, rows by their code or their label; a place that could be read
in two ways is said to be in doubt. Nothing here looks at what a value means.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ingestion.core.period import Period
from ingestion.reading.grid import Span, Value
from ingestion.reading.periods_stated import find_period
from ingestion.reading.sheet_view import Line, SheetView
from ingestion.reading.text import clean
from ingestion.sources.agency_reports.reading.layout import AskedForm, AskedRow
from ingestion.sources.agency_reports.reading.words import column_role, parts_of

VALUE = "value"
_STARTS = ("ordinal", "code", "item")
_NUMBERING = re.compile(r"\(?(?:\d{1,2}|[A-Za-z])\)?(?:\s*=.*)?")
_LONGEST_HEADER = 200
_MOST_HEADER_LINES = 4


@dataclass(slots=True)
class Head:
    """The header of one table.

    Attributes:
        first, last: its rows.
        start, end: its columns, both included.
        roles: by column: ``ordinal``, ``code``, ``item``, ``unit``, ``previous``, ``note``,
            ``value``, or the code of a column of a grid.
        labels: what stands above a column, by column.
        periods: columns that are headed by a period, with it.
    """

    first: int
    last: int
    start: int
    end: int
    roles: dict[int, str] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    periods: dict[int, tuple[str, str]] = field(default_factory=dict)

    def columns(self, role: str) -> list[int]:
        """Columns that hold something."""
        return [column for column, found in self.roles.items() if found == role]


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the form on the sheet.

    Attributes:
        row: of the form.
        line: number of the row in the sheet.
        last_line: last row that its label is merged over.
        head: header above it; None where there is none.
        differs: its code and its label name different rows; this is the label's text.
    """

    row: AskedRow
    line: int
    last_line: int
    head: Head | None
    differs: str = ""


@dataclass(slots=True)
class Found:
    """What a sheet holds of a form.

    Attributes:
        lines: of the sheet that hold something, by row.
        titles: folded titles of sections, by row.
        loose: rows with a number in a value column that are none of the form's.
    """

    view: SheetView
    heads: list[Head]
    lines: Mapping[int, Line]
    places: list[Place] = field(default_factory=list)
    titles: dict[int, list[str]] = field(default_factory=dict)
    loose: list[int] = field(default_factory=list)


def find_heads(view: SheetView, grid_columns: Mapping[str, str]) -> list[Head]:
    """The headers of a sheet.

    Args:
        view: the sheet.
        grid_columns: codes of columns by folded label, of grids.
    """
    heads: list[Head] = []
    block: list[Line] = []
    for line in view.lines:
        if _is_anchor(line, grid_columns):
            if block and line.row - block[-1].row > 1:
                heads += _heads(view, block, grid_columns)
                block = []
            block.append(line)
            continue
        below = block and line.row - block[-1].row == 1 and len(block) < _MOST_HEADER_LINES
        if below and _continues(line, grid_columns):
            block.append(line)
            continue
        if block:
            heads += _heads(view, block, grid_columns)
            block = []
    if block:
        heads += _heads(view, block, grid_columns)
    return heads


def _role(text: str, grid_columns: Mapping[str, str]) -> str | None:
    if len(text) > _LONGEST_HEADER:
        return None
    found = {grid_columns[part] for part in parts_of(text) if part in grid_columns}
    if len(found) == 1:
        return found.pop()
    return column_role(text)


def _roles(line: Line, grid_columns: Mapping[str, str]) -> dict[int, str]:
    return {
        column: role
        for column, value in line.cells.items()
        if isinstance(value, str) and (role := _role(value, grid_columns)) is not None
    }


def _is_anchor(line: Line, grid_columns: Mapping[str, str]) -> bool:
    """Whether a line heads columns: two different things at least, one of them what rows say."""
    roles = set(_roles(line, grid_columns).values())
    return len(roles) > 1 and bool(roles & {"item", "code", "ordinal", "previous", VALUE})


def _continues(line: Line, grid_columns: Mapping[str, str]) -> bool:
    """Whether a line below goes on with the header: more labels, or the columns' numbers."""
    texts = [value for value in line.cells.values() if isinstance(value, str)]
    if all(_is_numbering(value) for value in line.cells.values()):
        return len(line.cells) > 1
    return (
        len(texts) == len(line.cells)
        and bool(_roles(line, grid_columns) or _period_columns(line))
        and min(line.cells) > 1
    )


def _is_numbering(value: Value) -> bool:
    if isinstance(value, str):
        return _NUMBERING.fullmatch(clean(value)) is not None
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100


def _period_columns(line: Line) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for column, text in line.texts():
        period = find_period(text, "") if len(text) <= _LONGEST_HEADER else None
        if period is not None:
            found[column] = (period.kind, period.start.isoformat())
    return found


def _heads(view: SheetView, block: list[Line], grid_columns: Mapping[str, str]) -> list[Head]:
    """The headers in a block of lines; tables side by side have one each."""
    paths = _paths(view, block)
    head = Head(block[0].row, block[-1].row, min(paths), max(paths))
    for column, path in sorted(paths.items()):
        head.labels[column] = " – ".join(path)
        role = _role_of_path(path, grid_columns)
        if role is not None:
            head.roles[column] = role
        period = find_period(path[-1], "") if len(path[-1]) <= _LONGEST_HEADER else None
        if period is not None and head.roles.get(column) in (None, VALUE):
            head.periods[column] = (period.kind, period.start.isoformat())
            head.roles.pop(column, None)
    return _side_by_side(head)


def _paths(view: SheetView, block: list[Line]) -> dict[int, list[str]]:
    """The labels above each column from top to bottom, merged ones above all their columns."""
    first, last = block[0].row, block[-1].row
    paths: dict[int, list[str]] = {}
    for line in block:
        if all(_is_numbering(value) for value in line.cells.values()):
            continue
        for column, value in line.cells.items():
            text = value if isinstance(value, str) else str(value)
            span = view.spans.get((line.row, column))
            end = span.last_column if span and first <= span.first_row <= last else column
            for covered in range(column, min(end, column + 64) + 1):
                paths.setdefault(covered, []).append(text)
    return paths


def _role_of_path(path: Sequence[str], grid_columns: Mapping[str, str]) -> str | None:
    """What a column holds by the labels above it; the lowest says it, a higher one may limit it."""
    roles = [_role(text, grid_columns) for text in path]
    for limiting in ("previous", "note"):
        if limiting in roles:
            return limiting
    return roles[-1]


def _side_by_side(head: Head) -> list[Head]:
    """One header for each table: a second column of items begins another one."""
    starts = [head.start]
    seen: set[str] = set()
    for column in sorted(head.roles):
        role = head.roles[column]
        if role in _STARTS and role in seen and seen - {*_STARTS, "unit"}:
            starts.append(column)
            seen = set()
        seen.add(role)
    if len(starts) == 1:
        return [head]
    return [
        Head(
            head.first,
            head.last,
            start,
            end - 1,
            {c: role for c, role in head.roles.items() if start <= c < end},
            {c: label for c, label in head.labels.items() if start <= c < end},
            {c: period for c, period in head.periods.items() if start <= c < end},
        )
        for start, end in zip(starts, [*starts[1:], head.end + 1], strict=True)
    ]


def find_places(view: SheetView, form: AskedForm) -> Found:
    """Rows of a form on a sheet."""
    lines = {line.row: line for line in view.lines}
    found = Found(view, find_heads(view, form.columns), lines)
    in_heads = {row for head in found.heads for row in range(head.first, head.last + 1)}
    sections: frozenset[str] = frozenset()
    for line in view.lines:
        if line.row in in_heads:
            continue
        titles = _titles(line, form)
        if titles:
            sections = frozenset(code for title in titles for code in form.sections[title])
            found.titles[line.row] = titles
        placed = _places(view, line, form, found.heads, sections)
        found.places += placed
        if not placed and not titles and _holds_number(line, found.heads):
            found.loose.append(line.row)
    return found


def _titles(line: Line, form: AskedForm) -> list[str]:
    """The section titles that a line holds, with or without their number, folded."""
    found: dict[str, None] = {}
    for _, text in line.texts():
        for part in parts_of(text):
            for title in (part, part.partition(" ")[2]):
                if title in form.sections:
                    found[title] = None
    return list(found)


def _places(
    view: SheetView, line: Line, form: AskedForm, heads: Sequence[Head], sections: frozenset[str]
) -> list[Place]:
    """The rows of the form on a line; tables side by side have one each."""
    by_head: dict[int, tuple[Head | None, list[int]]] = {}
    for column in line.cells:
        head = _head_above(heads, line.row, column)
        by_head.setdefault(id(head), (head, []))[1].append(column)
    places = []
    for head, columns in by_head.values():
        place = _place(view, line, form, head, columns, sections)
        if place is not None:
            places.append(place)
    return places


def _head_above(heads: Sequence[Head], row: int, column: int) -> Head | None:
    """The nearest header above that reaches over a column; the last table reaches to the right."""
    above = [head for head in heads if head.last < row]
    for head in sorted(above, key=lambda head: (-head.last, head.start)):
        beside = [h for h in above if h.last == head.last and h.start > head.start]
        end = min((h.start for h in beside), default=None)
        if end is None or column < end:
            return head
    return None


def _place(
    view: SheetView,
    line: Line,
    form: AskedForm,
    head: Head | None,
    columns: Iterable[int],
    sections: frozenset[str],
) -> Place | None:
    coded: dict[str, AskedRow] = {}
    named: list[Sequence[AskedRow]] = []
    other_names: list[str] = []
    last = line.row
    for column in columns:
        role = head.roles.get(column) if head else None
        if role not in (None, *_STARTS) or not isinstance(line.cells[column], str):
            continue
        text = line.text(column)
        row = form.by_code.get(text.casefold())
        rows = form.named(str(line.cells[column])) if row is None else ()
        if row is not None:
            coded[row.code] = row
        elif rows:
            named.append(rows)
        elif role == "item":
            other_names.append(text)
        span = view.spans.get((line.row, column))
        if span is not None and (row is not None or rows):
            last = max(last, span.last_row)
    if not coded:
        row = _one_of(named, sections)
        return Place(row, line.row, last, head) if row is not None else None
    if len(coded) > 1:
        return None
    ((code, row),) = coded.items()
    against = [rows[0].code for rows in named if all(r.code != code for r in rows)]
    if not named:
        against = other_names
    return Place(row, line.row, last, head, against[0] if against else "")


def _one_of(named: Sequence[Sequence[AskedRow]], sections: frozenset[str]) -> AskedRow | None:
    """The row that labels name; one that several sections have is told by the title above."""
    told = [
        row
        for rows in named
        for row in (rows if len(rows) == 1 else [r for r in rows if r.section in sections])
    ]
    return told[0] if told and all(row.code == told[0].code for row in told) else None


def _holds_number(line: Line, heads: Sequence[Head]) -> bool:
    for column, value in line.cells.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            head = _head_above(heads, line.row, column)
            if head is not None and head.roles.get(column) == VALUE:
                return True
    return False


def settle_periods(heads: Iterable[Head], wanted: Period | None) -> None:
    """Give columns that are headed by a period their role: that of the report is the value.

    Args:
        heads: changed in place.
        wanted: the report's period, as far as the file itself tells it.
    """
    for head in heads:
        for column, (kind, start) in head.periods.items():
            is_wanted = wanted is not None and (kind, start) == (
                wanted.kind,
                wanted.start.isoformat(),
            )
            head.roles[column] = VALUE if is_wanted else "other"


class Merged:
    """Cells that a merged range covers, by their place; only of the columns that are asked."""

    def __init__(self, spans: Iterable[Span], columns: Iterable[int]) -> None:
        wanted = sorted(set(columns))
        self._spans = [span for span in spans if _touches(span, wanted)]

    def over(self, row: int, column: int) -> Span | None:
        """The range that covers a cell; None for a cell by itself."""
        for span in self._spans:
            if (
                span.first_row <= row <= span.last_row
                and span.first_column <= column <= span.last_column
            ):
                return span
        return None


def _touches(span: Span, columns: Sequence[int]) -> bool:
    at = bisect_right(columns, span.last_column)
    return at > 0 and columns[at - 1] >= span.first_column
