"""The grids of a page: where rules or gaps between words make cells.

A grid says where rows and columns end and which of its cells are one. Letters are put into cells
one by one, by their middle, so that a word never drags its neighbour along.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingestion.reading.readers.pdf_page import Letter, PageContent, Rule
from ingestion.reading.refusals import refuse

_SNAP = 2.5  # points within which rules are one, and ends of rules meet
_SHORTEST = 3.0
_MOST_CROSSINGS = 1_000_000
_SPACE = 0.18  # of a letter's size: a wider gap is a space
_GAP = 1.2  # of a letter's size: a wider gap is the gap between columns
_FEWEST_LINES = 3
_FEWEST_COLUMNS = 3

Cell = tuple[int, int]


@dataclass(slots=True)
class Grid:
    """Cells of one table on one page.

    Attributes:
        xs, ys: ends of columns and rows, in points; one more than columns and rows.
        owner: for each cell (row, column from 0) the upper left cell of the range it belongs to.
        texts: text by upper left cell.
        split: cells whose text runs on into the next cell: neither can be relied on.
    """

    xs: list[float]
    ys: list[float]
    owner: dict[Cell, Cell] = field(default_factory=dict)
    texts: dict[Cell, str] = field(default_factory=dict)
    split: set[Cell] = field(default_factory=set)

    @property
    def columns(self) -> int:
        """How many there are."""
        return len(self.xs) - 1

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.ys) - 1

    def holds(self, letter: Letter) -> bool:
        """Whether the middle of a letter lies within."""
        x, y = _middle(letter)
        return self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= y <= self.ys[-1]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text outside of grids."""

    text: str
    top: float
    bottom: float
    x0: float
    x1: float


def find_grids(page: PageContent, where: str) -> tuple[list[Grid], list[Line]]:
    """Grids of a page from top to bottom, and the lines of text outside of them.

    Raises:
        FileRefused: the page has too many rules.
    """
    grids = [grid for grid in _ruled(page.rules, where) if grid.columns > 1]
    inside: list[list[Letter]] = [[] for _ in grids]
    outside: list[Letter] = []
    for letter in page.letters:
        for index, grid in enumerate(grids):
            if grid.holds(letter):
                inside[index].append(letter)
                break
        else:
            outside.append(letter)
    kept: list[Grid] = []
    for grid, letters in zip(grids, inside, strict=True):
        if grid.rows * grid.columns > 1 and any(not letter.text.isspace() for letter in letters):
            _fill(grid, letters)
            kept.append(grid)
        else:
            outside.extend(letters)
    lines = _lines(outside)
    if not kept:
        kept, lines = _spaced(lines)
    kept.sort(key=lambda grid: (grid.ys[0], grid.xs[0]))
    texts = [_whole(line) for line in lines]
    return kept, [piece for pieces in texts for piece in pieces]


# --- rules --------------------------------------------------------------------------------------


def _ruled(rules: Sequence[Rule], where: str) -> list[Grid]:
    vertical = _merged(rule for rule in rules if rule.is_vertical)
    level = _merged(rule for rule in rules if not rule.is_vertical)
    if len(vertical) * len(level) > _MOST_CROSSINGS:
        raise refuse("too_many_objects", where)
    grids = []
    for tall, wide in _connected(vertical, level):
        if len(wide) < 2 or len(tall) < 2:
            continue
        xs = _places([rule.at for rule in tall], [end for r in wide for end in (r.start, r.end)])
        ys = _places([rule.at for rule in wide], [end for r in tall for end in (r.start, r.end)])
        if len(xs) * len(ys) > _MOST_CROSSINGS:
            raise refuse("too_many_objects", where)
        grid = Grid(xs, ys)
        _join_cells(grid, tall, wide)
        grids.append(grid)
    return grids


def _merged(rules: Iterable[Rule]) -> list[Rule]:
    """Rules with those that lie on one line and touch made one."""
    ordered = sorted(rules, key=lambda rule: rule.at)
    groups: list[list[Rule]] = []
    for rule in ordered:
        if groups and rule.at - groups[-1][0].at <= _SNAP:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    merged = []
    for group in groups:
        at = sum(rule.at for rule in group) / len(group)
        start = end = None
        for rule in sorted(group, key=lambda rule: rule.start):
            if end is not None and start is not None and rule.start <= end + _SNAP:
                end = max(end, rule.end)
                continue
            if end is not None and start is not None:
                merged.append(Rule(rule.is_vertical, at, start, end))
            start, end = rule.start, rule.end
        if start is not None and end is not None:
            merged.append(Rule(group[0].is_vertical, at, start, end))
    return [rule for rule in merged if rule.end - rule.start >= _SHORTEST]


def _connected(vertical: list[Rule], level: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Sets of rules that cross or touch each other."""
    parents = list(range(len(vertical) + len(level)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    for i, tall in enumerate(vertical):
        for j, wide in enumerate(level, len(vertical)):
            if (
                tall.start - _SNAP <= wide.at <= tall.end + _SNAP
                and wide.start - _SNAP <= tall.at <= wide.end + _SNAP
            ):
                parents[root(i)] = root(j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = defaultdict(lambda: ([], []))
    for i, tall in enumerate(vertical):
        groups[root(i)][0].append(tall)
    for j, wide in enumerate(level, len(vertical)):
        groups[root(j)][1].append(wide)
    return list(groups.values())


def _places(ats: list[float], ends: list[float]) -> list[float]:
    """Where rows or columns end; crossing rules that go on beyond the last make one more."""
    places: list[float] = []
    for at in sorted(ats):
        if not places or at - places[-1] > _SNAP:
            places.append(at)
    if min(ends) < places[0] - 2 * _SNAP:
        places.insert(0, min(ends))
    if max(ends) > places[-1] + 2 * _SNAP:
        places.append(max(ends))
    return places


def _join_cells(grid: Grid, tall: list[Rule], wide: list[Rule]) -> None:
    """Make one what no rule divides, as far as it is a rectangle."""
    dividing_x = _by_place(tall, grid.xs)
    dividing_y = _by_place(wide, grid.ys)
    parents: dict[Cell, Cell] = {
        (row, column): (row, column) for row in range(grid.rows) for column in range(grid.columns)
    }

    def root(cell: Cell) -> Cell:
        while parents[cell] != cell:
            parents[cell] = parents[parents[cell]]
            cell = parents[cell]
        return cell

    for row in range(grid.rows):
        y = (grid.ys[row] + grid.ys[row + 1]) / 2
        for column in range(grid.columns):
            x = (grid.xs[column] + grid.xs[column + 1]) / 2
            if column + 1 < grid.columns and not _covers(dividing_x[column + 1], y):
                parents[root((row, column + 1))] = root((row, column))
            if row + 1 < grid.rows and not _covers(dividing_y[row + 1], x):
                parents[root((row + 1, column))] = root((row, column))
    ranges: dict[Cell, list[Cell]] = defaultdict(list)
    for cell in parents:
        ranges[root(cell)].append(cell)
    for cells in ranges.values():
        top, left = min(row for row, _ in cells), min(column for _, column in cells)
        bottom, right = max(row for row, _ in cells), max(column for _, column in cells)
        is_box = len(cells) == (bottom - top + 1) * (right - left + 1)
        for cell in cells:
            grid.owner[cell] = (top, left) if is_box else cell


def _by_place(rules: list[Rule], places: list[float]) -> list[list[Rule]]:
    found: list[list[Rule]] = [[] for _ in places]
    for rule in rules:
        index = min(range(len(places)), key=lambda i: abs(places[i] - rule.at))
        found[index].append(rule)
    return found


def _covers(rules: list[Rule], place: float) -> bool:
    return any(rule.start - _SNAP <= place <= rule.end + _SNAP for rule in rules)


# --- letters ------------------------------------------------------------------------------------


def _middle(letter: Letter) -> tuple[float, float]:
    return (letter.x0 + letter.x1) / 2, (letter.top + letter.bottom) / 2


def _fill(grid: Grid, letters: list[Letter]) -> None:
    """Put letters into cells, and mark cells whose text runs on into the next."""
    cells: dict[Cell, list[Letter]] = defaultdict(list)
    before: tuple[Letter, Cell] | None = None
    for letter in letters:
        x, y = _middle(letter)
        row = min(max(bisect_right(grid.ys, y) - 1, 0), grid.rows - 1)
        column = min(max(bisect_right(grid.xs, x) - 1, 0), grid.columns - 1)
        cell = grid.owner[row, column]
        cells[cell].append(letter)
        if before and before[1] != cell and _runs_on(before[0], letter):
            grid.split |= {before[1], cell}
        before = (letter, cell)
    for cell, found in cells.items():
        text = "\n".join(text for line in _lines(found) if (text := _joined(line)))
        if text:
            grid.texts[cell] = text


def _runs_on(one: Letter, two: Letter) -> bool:
    """Whether two letters of a number are drawn without a gap between them."""
    figures = "0123456789.,"
    return (
        two.run == one.run + 1
        and one.text in figures
        and two.text in figures
        and abs(one.top - two.top) < 0.2 * one.size
        and abs(two.x0 - one.x1) < _SPACE * one.size
    )


def _lines(letters: list[Letter]) -> list[list[Letter]]:
    """Letters in lines from top to bottom, each from left to right; turned text in its turn."""
    if not letters:
        return []
    turns = Counter(letter.turn for letter in letters if not letter.text.isspace())
    turn = turns.most_common(1)[0][0] if turns else 0
    upright = [_turned(letter, turn) for letter in letters]
    upright.sort(key=lambda letter: (letter.top + letter.bottom, letter.x0))
    lines: list[list[Letter]] = []
    for letter in upright:
        middle = letter.top + letter.bottom
        if lines:
            last = lines[-1][0]
            if middle - (last.top + last.bottom) < max(letter.size, last.size):
                lines[-1].append(letter)
                continue
        lines.append([letter])
    for line in lines:
        line.sort(key=lambda letter: letter.x0)
    return lines


def _turned(letter: Letter, turn: int) -> Letter:
    x0, x1, top, bottom = letter.x0, letter.x1, letter.top, letter.bottom
    if turn == 90:
        x0, x1, top, bottom = -bottom, -top, x0, x1
    elif turn == 270:
        x0, x1, top, bottom = top, bottom, -x1, -x0
    elif turn == 180:
        x0, x1, top, bottom = -x1, -x0, -bottom, -top
    else:
        return letter
    return Letter(letter.text, x0, x1, top, bottom, letter.run)


def _joined(line: Sequence[Letter]) -> str:
    """Text of a line: gaps become spaces, and letters printed twice (bold) count once."""
    pieces: list[str] = []
    end: float | None = None
    last: Letter | None = None
    for letter in line:
        if (
            last is not None
            and letter.text == last.text
            and abs(letter.x0 - last.x0) < 0.3 * max(last.x1 - last.x0, 0.1)
            and not letter.text.isspace()
        ):
            continue
        if end is not None and letter.x0 - end > _SPACE * letter.size:
            pieces.append(" ")
        pieces.append(letter.text)
        end, last = max(letter.x1, end or letter.x1), letter
    return " ".join("".join(pieces).split())


def _segments(line: Sequence[Letter]) -> list[list[Letter]]:
    """Parts of a line with wide gaps between them."""
    parts: list[list[Letter]] = []
    end = 0.0
    for letter in line:
        if letter.text.isspace():
            continue
        if not parts or letter.x0 - end > _GAP * letter.size:
            parts.append([])
        parts[-1].append(letter)
        end = max(letter.x1, end) if len(parts[-1]) > 1 else letter.x1
    return parts


def _whole(line: Sequence[Letter]) -> list[Line]:
    """The parts of a line as text; what stands apart is said apart."""
    found = []
    parts = _segments(line)
    for index, part in enumerate(parts):
        # The spaces within a part are letters too.
        first, last = part[0].x0, part[-1].x1
        next_start = parts[index + 1][0].x0 if index + 1 < len(parts) else float("inf")
        letters = [letter for letter in line if first <= letter.x0 < min(next_start, last + 1)]
        text = _joined(letters)
        if text:
            found.append(
                Line(
                    text,
                    min(letter.top for letter in part),
                    max(letter.bottom for letter in part),
                    first,
                    last,
                )
            )
    return found


# --- tables without rules -----------------------------------------------------------------------


def _spaced(lines: list[list[Letter]]) -> tuple[list[Grid], list[list[Letter]]]:
    """A table told by gaps alone: columns are what the lines with most parts agree on."""
    parts = [_segments(line) for line in lines]
    wide = [index for index, found in enumerate(parts) if len(found) >= _FEWEST_COLUMNS]
    if len(wide) < _FEWEST_LINES:
        return [], lines
    counts = Counter(len(parts[index]) for index in wide)
    usual = max(counts, key=lambda count: (counts[count], count))
    bands = _bands(
        [
            (part[0].x0, max(letter.x1 for letter in part))
            for index in wide
            if len(parts[index]) == usual
            for part in parts[index]
        ]
    )
    if len(bands) < _FEWEST_COLUMNS or any(
        len({_band(bands, part) for part in parts[index]}) != usual
        for index in wide
        if len(parts[index]) == usual
    ):
        return [], lines
    first, last = wide[0], wide[-1]
    xs = [bands[0][0] - 1]
    xs += [(left[1] + right[0]) / 2 for left, right in pairwise(bands)]
    xs.append(bands[-1][1] + 1)
    tops = [min(letter.top for letter in lines[index]) for index in range(first, last + 1)]
    bottom = max(letter.bottom for letter in lines[last])
    grid = Grid(xs, [*tops, max(bottom, tops[-1] + 1)])
    for row in range(grid.rows):
        for column in range(grid.columns):
            grid.owner[row, column] = (row, column)
        for part in parts[first + row]:
            _put_part(grid, row, part)
    return [grid], [*lines[:first], *lines[last + 1 :]]


def _bands(extents: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Extents made one where they overlap."""
    bands: list[tuple[float, float]] = []
    for start, end in sorted(extents):
        if bands and start <= bands[-1][1]:
            bands[-1] = (bands[-1][0], max(bands[-1][1], end))
        else:
            bands.append((start, end))
    return bands


def _band(bands: list[tuple[float, float]], part: list[Letter]) -> int:
    middle = (part[0].x0 + part[-1].x1) / 2
    return min(range(len(bands)), key=lambda i: abs(sum(bands[i]) / 2 - middle))


def _put_part(grid: Grid, row: int, part: list[Letter]) -> None:
    """Put a part of a line into the columns that it stands over; several are merged."""
    start, end = part[0].x0, max(letter.x1 for letter in part)
    first = min(max(bisect_right(grid.xs, start) - 1, 0), grid.columns - 1)
    last = min(max(bisect_right(grid.xs, end - 0.5) - 1, first), grid.columns - 1)
    text = _joined(part)
    cell = grid.owner[row, first]
    if cell in grid.texts:
        text = f"{grid.texts[cell]} {text}"
        grid.split.add(cell)
    for column in range(first, last + 1):
        grid.owner[row, column] = cell
    grid.texts[cell] = text
