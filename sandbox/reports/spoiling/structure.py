"""Where things stand."""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from typing import Final

from sandbox.budget.paper import Ink, Paper, cell_name
from sandbox.reports.behaviours import NotApplicable
from sandbox.reports.draft import Draft
from sandbox.reports.owed import following
from sandbox.reports.spoiling.scene import Scene, on_paper
from sandbox.reports.subject import subject_of

_ABOVE: Final = (
    "Căn cứ chức năng, nhiệm vụ được giao",
    "Thực hiện Kế hoạch cải cách hành chính của tỉnh",
    "Kính gửi: Sở Nội vụ",
    "Số liệu tổng hợp đến ngày lập biểu",
)


@on_paper
def hidden_rows(scene: Scene) -> None:
    """Hide some rows with figures."""
    rows = scene.draft.body_rows()
    for name in ("first", "second"):
        scene.draft.paper.hidden_rows.add(scene.one_of(name, rows))


@on_paper
def filtered(scene: Scene) -> None:
    """Leave a filter on: it hides no row."""
    draft = scene.draft
    first = cell_name(draft.header[1], draft.label_column)
    last = cell_name(draft.body_rows()[-1], draft.paper.last_column)
    draft.filtered = f"{first}:{last}"


@on_paper
def helper_sheets(scene: Scene) -> None:
    """Leave hidden sheets with sums and a list of names of units."""
    sums = Paper("Tinh toan", visibility="hidden")
    for row in range(1, 8):
        sums.cells[row, 2] = Ink(Decimal(row * 13), "#,##0")
    units = Paper("DS", visibility="hidden")
    for row, name in enumerate(("Phòng A", "Phòng B", "Văn phòng"), 1):
        units.put(row, 1, name)
    scene.draft.papers += [sums, units]


@on_paper
def rows_moved(scene: Scene) -> None:
    """Put the rows of each section in the opposite order."""
    draft = scene.draft
    blocks = _blocks(draft)
    if all(len(rows) < 2 for rows in blocks):
        raise NotApplicable("one row each")
    target = {row: new for rows in blocks for row, new in zip(rows, reversed(rows), strict=True)}
    draft.paper.cells = {
        (target.get(row, row), column): ink for (row, column), ink in draft.paper.cells.items()
    }


@on_paper
def row_deleted(scene: Scene) -> None:
    """Delete a row with its label."""
    draft = scene.draft
    gone = scene.one_of("row", draft.body_rows())
    deleted = {id(ink) for (row, _), ink in draft.paper.cells.items() if row == gone}
    for place in [place for place in draft.paper.cells if place[0] == gone]:
        del draft.paper.cells[place]
    for entry in draft.entries:
        if id(entry.ink) in deleted:
            entry.value, entry.expect = None, "empty"


@on_paper
def row_twice(scene: Scene) -> None:
    """Print a row twice, the second time with other figures."""
    draft = scene.draft
    entry = scene.one_figure("count", "amount", "decimal")
    row = scene.place_of(entry)[0]
    draft.insert_rows(row + 1, 1)
    asked = {id(other.ink): other for other in draft.entries}
    for at, column in [place for place in draft.paper.cells if place[0] == row]:
        ink = copy(draft.paper.cells[at, column])
        twin = asked.get(id(draft.paper.cells[at, column]))
        if twin is not None:
            scene.touch(twin)
        if twin is not None and isinstance(twin.value, Decimal):
            ink.value = twin.value + 3
        draft.paper.cells[row + 1, column] = ink


@on_paper
def header_moved_down(scene: Scene) -> None:
    """Write lines above the table."""
    draft = scene.draft
    count = scene.one_of("count", (3, 4, 6, 8))
    at = draft.header[0]
    draft.insert_rows(at, count)
    for row in range(at, at + count - 1):
        draft.paper.put(row, draft.label_column, _ABOVE[row % len(_ABOVE)])


@on_paper
def column_inserted(scene: Scene) -> None:
    """Insert the office's own column before the figures."""
    draft = scene.draft
    at = draft.label_column + 1
    draft.insert_column(at)
    label = scene.one_of("label", ("Đơn vị phụ trách", "Mã nội bộ", "Phòng theo dõi"))
    draft.paper.put(draft.header[0], at, label, bold=True)
    for number, row in enumerate(draft.body_rows(), 1):
        text = f"NB{number:02d}" if label == "Mã nội bộ" else "Phòng tổng hợp"
        draft.paper.put(row, at, text)


@on_paper
def columns_swapped(scene: Scene) -> None:
    """Let the columns of units and figures change places."""
    draft = scene.draft
    if draft.unit_column is None or len(draft.value_columns) != 1:
        raise NotApplicable("no column of units")
    (value,) = draft.value_columns.values()
    unit, top = draft.unit_column, draft.header[0]
    moved = {value: unit, unit: value}
    draft.paper.cells = {
        (row, moved.get(column, column) if row >= top else column): ink
        for (row, column), ink in draft.paper.cells.items()
    }


@on_paper
def earlier_period_beside(scene: Scene) -> None:
    """Put the figures of the earlier period in a column of their own before this period's."""
    draft = scene.draft
    if len(draft.value_columns) != 1:
        raise NotApplicable("several columns")
    (value,) = draft.value_columns.values()
    draft.insert_column(value)
    draft.paper.put(draft.header[0], value, "Kỳ trước", bold=True)
    for entry in scene.figures():
        row, column = scene.place_of(entry)
        draft.paper.cells[row, column - 1] = Ink(
            entry.number - 1 if entry.number else entry.number + 1
        )


@on_paper
def plan_beside(scene: Scene) -> None:
    """Put the year's plan in a column before the figures."""
    _beside(scene, "Kế hoạch năm", before=True)


@on_paper
def cumulated_beside(scene: Scene) -> None:
    """Put figures added up since the year began behind the period's."""
    _beside(scene, "Lũy kế từ đầu năm", before=False)


@on_paper
def hidden_column(scene: Scene) -> None:
    """Leave a hidden column with an earlier version of the figures and no label."""
    _beside(scene, None, before=True)
    (value,) = scene.draft.value_columns.values()
    scene.draft.paper.hidden_columns.add(value - 1)


@on_paper
def cover_sheet(scene: Scene) -> None:
    """Put a cover sheet before the report."""
    cover = Paper("Bìa")
    cover.put(2, 2, "BÁO CÁO", bold=True)
    cover.put(4, 2, f"Kèm theo công văn số 123/{scene.subject.owner.code}")
    scene.draft.covers.append(cover)


@on_paper
def sheet_renamed(scene: Scene) -> None:
    """Rename the sheet."""
    scene.draft.paper.name = scene.one_of("name", ("Sheet1 (2)", "BC chinh thuc", "in", "Copy"))


@on_paper
def in_note_column(scene: Scene) -> None:
    """Write figures into the column of notes."""
    draft = scene.draft
    if draft.note_column is None:
        raise NotApplicable("no notes")
    required = [entry for entry in scene.figures() if entry.field.is_required]
    for name in ("first", "second"):
        entry = scene.one_of(name, required)
        draft.paper.put(scene.place_of(entry)[0], draft.note_column, entry.number)
        scene.write(entry, None)


@on_paper
def other_period_mentioned(scene: Scene) -> None:
    """Compare with the year before above the table."""
    year = scene.subject.period.start.year - 1
    _line_above(scene, f"Số liệu được so sánh với cùng kỳ năm {year}")


@on_paper
def other_office_mentioned(scene: Scene) -> None:
    """Name the office that it is sent to above the table."""
    _line_above(scene, "Kính gửi: Sở Nội vụ tỉnh Sơn La")


@on_paper
def labels_merged(scene: Scene) -> None:
    """Merge labels with the cell beside."""
    draft = scene.draft
    column = draft.label_column
    for row in draft.body_rows()[:2]:
        draft.paper.cells[row, column + 1] = Ink(None)
        draft.paper.merged.append((row, column, row, column + 1))


@on_paper
def values_merged(scene: Scene) -> None:
    """Merge the cells of two rows: the upper figure stands for both, and for neither surely."""
    draft = scene.draft
    by_row = {scene.place_of(entry)[0]: entry for entry in scene.figures()}
    pairs = [(row, row + 1) for row in sorted(by_row) if row + 1 in by_row]
    upper, lower = scene.one_of("pair", pairs)
    column = scene.place_of(by_row[upper])[1]
    if scene.place_of(by_row[lower])[1] != column:
        raise NotApplicable("different columns")
    by_row[lower].ink.value = None
    scene.touch(by_row[lower], "refused")
    draft.paper.merged.append((upper, column, lower, column))


@on_paper
def total_row(scene: Scene) -> None:
    """Put a row with the sum in the middle."""
    draft = scene.draft
    rows = draft.body_rows()
    row = rows[len(rows) // 2]
    total = sum((e.value for e in scene.figures() if isinstance(e.value, Decimal)), Decimal(0))
    draft.insert_rows(row, 1)
    draft.paper.put(row, draft.label_column, "Tổng số", bold=True)
    draft.paper.put(row, min(draft.value_columns.values()), total)


@on_paper
def second_table(scene: Scene) -> None:
    """Put a table of something else below."""
    paper, column = scene.draft.paper, scene.draft.label_column
    row = paper.last_row + 3
    for at, label in enumerate(("Nội dung", "Số lượng")):
        paper.put(row, column + at, label, bold=True)
    for number, label in enumerate(("Cuộc họp", "Văn bản đến", "Văn bản đi"), 1):
        paper.put(row + number, column, label)
        paper.put(row + number, column + 1, Decimal(number * 21))


@on_paper
def table_of_last_year_below(scene: Scene) -> None:
    """Put the report of the period before below this one."""
    subject = scene.subject
    try:
        other = subject_of(
            subject.owner, subject.form_code, following(subject.period, -1), subject.received_on,
            subject.figures, subject.by,
        )  # fmt: skip
        below = scene.draft_of(other).paper
    except LookupError as error:
        raise NotApplicable("no such form then") from error
    paper = scene.draft.paper
    shift = paper.last_row + 3
    for (row, column), ink in below.cells.items():
        paper.cells[row + shift, column] = ink


@on_paper
def code_column_cleared(scene: Scene) -> None:
    """Empty the column of codes."""
    draft = scene.draft
    if draft.code_column is None:
        raise NotApplicable("no codes")
    for row in range(draft.header[0], draft.paper.last_row + 1):
        ink = draft.paper.cells.get((row, draft.code_column))
        if ink is not None:
            ink.value = None


@on_paper
def labels_shortened(scene: Scene) -> None:
    """Cut labels off."""
    draft = scene.draft
    for row in draft.body_rows():
        ink = draft.paper.cells.get((row, draft.label_column))
        if ink is not None and isinstance(ink.value, str) and len(ink.value) > 30:
            ink.value = ink.value[:24]


@on_paper
def labels_swapped(scene: Scene) -> None:
    """Let two rows change labels but not codes: nobody can tell which of the two is meant."""
    draft = scene.draft
    rows = [rows for rows in _blocks(draft) if len(rows) > 1]
    first, second = scene.one_of("block", rows)[:2]
    cells, column = draft.paper.cells, draft.label_column
    cells[first, column], cells[second, column] = cells[second, column], cells[first, column]
    for entry in draft.entries:
        if entry.value is not None and scene.place_of(entry)[0] in (first, second):
            scene.touch(entry)


@on_paper
def hidden_copy(scene: Scene) -> None:
    """Leave a hidden copy of the report with other figures."""
    copied = Paper(f"{scene.draft.paper.name} (2)", visibility="hidden")
    asked = {id(entry.ink): entry for entry in scene.draft.entries}
    for place, ink in scene.draft.paper.cells.items():
        copied.cells[place] = copy(ink)
        entry = asked.get(id(ink))
        if entry is not None and isinstance(entry.value, Decimal):
            copied.cells[place].value = entry.value + 5
    scene.draft.papers.append(copied)


@on_paper
def empty_rows_between(scene: Scene) -> None:
    """Put a blank row below every row."""
    for row in reversed(scene.draft.body_rows()):
        scene.draft.insert_rows(row + 1, 1)


@on_paper
def merged_title(scene: Scene) -> None:
    """Put office, title and period into one merged cell."""
    draft = scene.draft
    if scene.subject.by != "hand":
        raise NotApplicable("a template's title block is locked")
    inks = [scene.ink(name) for name in ("agency", "title", "period")]
    text = "\n".join(str(ink.value) for ink in inks)
    for ink in inks:
        ink.value = None
    draft.paper.merged = [span for span in draft.paper.merged if span[0] >= draft.header[0]]
    inks[0].value = text
    row, column = draft.place(inks[0]) or (1, 1)
    draft.paper.merged.append((row, column, draft.header[0] - 1, draft.paper.last_column))


@on_paper
def side_sums(scene: Scene) -> None:
    """Leave somebody's sums beside the table."""
    draft = scene.draft
    column = draft.paper.last_column + 2
    for entry in scene.figures()[:5]:
        draft.paper.cells[scene.place_of(entry)[0], column] = Ink(entry.number + 1, "#,##0")


@on_paper
def formulas_with_values(scene: Scene) -> None:
    """Make formulas of the figures that carry the value they gave last."""
    for entry in scene.figures():
        row, column = scene.place_of(entry)
        entry.ink.formula = f"SUM({cell_name(row, column + 30)},{entry.number - 1},1)"


def _beside(scene: Scene, label: str | None, *, before: bool) -> None:
    """Put other figures into a column beside the asked one."""
    draft = scene.draft
    if len(draft.value_columns) != 1:
        raise NotApplicable("several columns")
    (value,) = draft.value_columns.values()
    at = value if before else value + 1
    draft.insert_column(at)
    if label is not None:
        draft.paper.put(draft.header[0], at, label, bold=True)
    for entry in scene.figures():
        row = scene.place_of(entry)[0]
        draft.paper.cells[row, at] = Ink(entry.number + scene.one_of("more", (2, 11, 40)))


def _line_above(scene: Scene, text: str) -> None:
    draft = scene.draft
    at = draft.header[0]
    draft.insert_rows(at, 2)
    draft.paper.put(at, draft.label_column, text)


def _blocks(draft: Draft) -> list[list[int]]:
    """Rows of each section, top to bottom."""
    blocks: list[list[int]] = []
    for row in draft.body_rows():
        if blocks and row == blocks[-1][-1] + 1:
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return blocks
