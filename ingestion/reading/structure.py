"""From a document to its tables: headers, columns, units, periods, outlined rows and numbers.

Knows no particular form. What it cannot tell it leaves empty and remarks on; a number that could
mean two things is refused. Remarks are added to the document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingestion.reading.grid import Document, Remark, Value
from ingestion.reading.headers import (
    HeaderBlock,
    column_labels,
    find_columns,
    find_headers,
    is_form,
    is_mark,
    label_columns,
    labels_key,
)
from ingestion.reading.number_columns import read_numbers
from ingestion.reading.numbers import parse
from ingestion.reading.outline import OutlineRow, mark_text, outline_row, place
from ingestion.reading.periods_stated import (
    find_period,
    find_period_of_facts,
    find_period_of_labels,
    find_period_of_title,
)
from ingestion.reading.sheet_view import Line, SheetView, looks_like_number
from ingestion.reading.tables import Column, ColumnRole, Row, Table, Unit
from ingestion.reading.text import clean, clean_lines
from ingestion.reading.units import (
    Statement,
    find_unit,
    is_ratio_label,
    label_unit,
    may_be_ratio,
    stated_unit,
)
from ingestion.reading.words import says

_UNIT_FACTS = ("curencyunit", "currencyunit", "currency_unit", "unit")
_MOST_COLUMNS = 400
_FEWEST_LABELS = 2
_LETTERS = re.compile(r"[^\W\d_]{2}")
_SIGNED = re.compile(r"(?i)\bngày\b.{0,12}\btháng\b.{0,12}\bnăm\b")
_NOTE = re.compile(r"^\(?[\d*]{1,2}\)")


def find_tables(document: Document) -> list[Table]:
    """All tables of a document, in the file's order.

    Args:
        document: as read. Remarks are added to it: ``legacy_font``, ``unknown_unit``,
            ``conflicting_units``, ``misspelt_unit``, ``no_unit``.

    Returns:
        Tables with at least one row; a sheet may have several or none.
    """
    tables: list[Table] = []
    for sheet in document.sheets:
        view = SheetView.of(sheet)
        if view.font is not None:
            _remark(
                document,
                "legacy_font",
                sheet.name,
                f"Trang “{sheet.name}” gõ bằng phông {_FONTS[view.font]}, đã chuyển sang Unicode.",
            )
        tables.extend(_tables_of(document, view))
    return tables


_FONTS = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI"}


def _remark(document: Document, code: str, where: str, message_vi: str) -> None:
    remark = Remark(code, where, message_vi)
    if remark not in document.remarks:
        document.remarks.append(remark)


@dataclass(slots=True)
class _Block:
    """One table: its header, the lines above it that speak of it, and its body."""

    header: HeaderBlock
    labels: dict[int, tuple[str, ...]]
    above: list[Line]
    body: list[Line]
    repeated: set[int] = field(default_factory=set)


def _tables_of(document: Document, view: SheetView) -> list[Table]:
    headers = find_headers(view)
    if not headers:
        return []
    blocks: list[_Block] = []
    start = 0
    for number, header in enumerate(headers):
        end = headers[number + 1].first if number + 1 < len(headers) else len(view.lines)
        columns = _columns_of(view, header, end)
        labels = column_labels(view, header, columns)
        between = view.lines[start : header.first]
        body = view.lines[header.last + 1 : end]
        start = end
        if blocks and labels_key(blocks[-1].labels) == labels_key(labels):
            previous = blocks[-1]
            if not _speaks_of_another_table(view, previous.body):
                rows = view.lines[header.first : header.last + 1]
                previous.repeated.update(line.row for line in rows)
                previous.body += [*rows, *body]
                continue
        if blocks:
            between = _cut_title(blocks[-1])
        blocks.append(_Block(header, labels, between, body))
    tables = [
        _build(document, side, block) for whole in blocks for side, block in _sides(view, whole)
    ]
    return [table for table in tables if table.rows]


def _sides(view: SheetView, block: _Block) -> list[tuple[SheetView, _Block]]:
    """The tables that stand side by side under one header, such as Thu on the left, Chi right.

    Another side begins at a second column of labels that has numbers before and after it; else its
    numbers would be taken for those of the labels on the left.
    """
    header = block.header
    starts = _starts_of_sides(view, block)
    if not starts:
        return [(view, block)]
    columns = sorted(block.labels)
    bounds = [columns[0], *starts, columns[-1] + 1]
    sides = []
    for number, (first, after) in enumerate(pairwise(bounds)):
        rows = {line.row for line in view.lines[header.first : header.last + 1]}
        rows |= {line.row for line in block.body}
        lines = [_part(line, first, after) if line.row in rows else line for line in view.lines]
        body = {line.row for line in block.body}
        here = header if number == 0 else find_columns(lines, header, first, after)
        side = _Block(
            here,
            {column: path for column, path in block.labels.items() if first <= column < after},
            block.above,
            [line for line in lines if line.row in body and line.cells],
            block.repeated,
        )
        sides.append((replace(view, lines=lines), side))
    return sides


def _part(line: Line, first: int, after: int) -> Line:
    cells = {column: value for column, value in line.cells.items() if first <= column < after}
    return Line(line.row, cells, line.is_hidden)


def _starts_of_sides(view: SheetView, block: _Block) -> list[int]:
    header = block.header
    if header.item_column is None:
        return []
    starts: list[int] = []
    previous = header.item_column
    for column, mark in label_columns(view, header):
        if column <= previous:
            continue
        words = sum(1 for line in block.body if _LETTERS.search(line.text(column)))
        start = mark if mark is not None and mark > previous else column
        if (
            words >= _FEWEST_LABELS
            and _holds_numbers(block.body, previous, start)
            and _holds_numbers(block.body, column, max(block.labels) + 1)
        ):
            starts.append(start)
            previous = column
    return starts


def _holds_numbers(body: Sequence[Line], after: int, before: int) -> bool:
    return any(
        after < column < before and looks_like_number(value)
        for line in body
        for column, value in line.cells.items()
    )


def _columns_of(view: SheetView, header: HeaderBlock, end: int) -> list[int]:
    """Columns with a label or a number, and those between them."""
    found: set[int] = set()
    for line in view.lines[header.first : header.last + 1]:
        for column in line.cells:
            span = view.spans.get((line.row, column))
            last = min(span.last_column, column + _MOST_COLUMNS) if span else column
            found.update((column, last))
    for line in view.lines[header.last + 1 : end]:
        for column, value in line.cells.items():
            if column not in found and looks_like_number(value):
                found.add(column)
    return list(range(min(found), min(max(found), min(found) + _MOST_COLUMNS) + 1))


def _speaks_of_another_table(view: SheetView, body: Sequence[Line]) -> bool:
    """Whether the last lines before a repeated header are the title of a new table."""
    for line in reversed(body):
        if line.has_numbers():
            return False
        for _, text in line.texts():
            if is_form(text) or find_period(text, "") is not None:
                return True
    return False


def _cut_title(block: _Block) -> list[Line]:
    """Take from a body the lines below its last numbers that belong to the next table's title.

    Notes and signatures stay; the title begins after them, or after a gap.
    """
    last = max((i for i, line in enumerate(block.body) if _is_data(line)), default=-1)
    cut = last + 1
    for index in range(last + 1, len(block.body)):
        texts = [text for _, text in block.body[index].texts()]
        if any(
            says(text, "footnote") or says(text, "signature") or _NOTE.match(text) for text in texts
        ) or any(_SIGNED.search(text) for text in texts):
            cut = index + 1
    title = block.body[cut:]
    del block.body[cut:]
    return title


def _is_data(line: Line) -> bool:
    return line.has_numbers() and len(line.cells) >= 2


# --- one table -----------------------------------------------------------------------------------


def _build(document: Document, view: SheetView, block: _Block) -> Table:
    sheet = view.sheet
    lines = view.lines[block.header.first : block.header.last + 1]
    columns = [
        Column(index, labels, "empty", is_hidden=index in sheet.hidden_columns)
        for index, labels in block.labels.items()
    ]
    if block.header.number_line is not None:
        numbering = view.lines[block.header.number_line]
        for column in columns:
            column.number_label = mark_text(numbering.cells.get(column.index))
    table = Table(
        sheet.name,
        lines[0].row,
        lines[-1].row,
        block.header.rows,
        columns,
        [],
    )
    _read_above(document, view, block, table)
    _give_units(document, table, view)
    body = [line for line in block.body if line.row not in block.repeated]
    _give_roles(table, block.header, _without_signatures(block.header, body))
    body, footnotes = _end_of_table(table, body)
    table.footnotes = footnotes
    _read_rows(view, table, body)
    _merge_repeated(table, block, view)
    if table.rows:
        table.last_row = max(table.rows[-1].row, lines[-1].row)
        read_numbers(document, view, table, {line.row: line for line in body})
        _make_certain(table)
    return table


def _read_above(document: Document, view: SheetView, block: _Block, table: Table) -> None:
    """Title, form, organisation, unit and period from the lines above and the file's facts."""
    title: list[tuple[str, str]] = []
    units: dict[tuple[str, str], Unit] = {}
    unknown: list[tuple[str, str]] = []
    header = view.lines[block.header.first : block.header.last + 1]
    for line in [*block.above, *header]:
        is_above = line.row < table.first_row
        if line.is_hidden:
            continue
        cells = list(line.cells.items())
        for place_, (column, value) in enumerate(cells):
            if not isinstance(value, str) or column in view.sheet.hidden_columns:
                continue
            where = view.address(line.row, column)
            following = cells[place_ + 1][1] if place_ + 1 < len(cells) else None
            plain: list[str] = []
            if is_above and is_form(clean(value)) and stated_unit(clean(value), where) is None:
                table.form_text = table.form_text or clean(value)
                continue
            for text, said in _statements(value, following, where):
                if said is not None and said.unit is not None:
                    if is_above or len(line.cells) == 1:
                        units[said.unit.code, str(said.unit.factor)] = said.unit
                elif said is not None and said.kind == "organisation":
                    table.organisation = table.organisation or said.text
                elif said is not None:
                    if is_above:
                        unknown.append((where, said.text))
                elif is_above and is_form(text):
                    table.form_text = table.form_text or text
                elif is_above and not plain and _is_organisation(text, table, title):
                    table.organisation = text
                elif is_above:
                    plain.append(text)
            if plain:
                title.append((" ".join(plain), where))
    table.title = tuple(text for text, _ in title)
    _add_page_text(document, view, units, title, table)
    _add_facts(document, title, table)
    table.period = (
        find_period_of_title(title)
        or find_period_of_facts(document.facts)
        or find_period_of_labels(
            (label, view.address(table.header_rows[0], column.index))
            for column in table.columns
            for label in column.labels
        )
    )
    _settle_unit(document, view, table, units, unknown)


def _statements(value: str, following: Value, where: str) -> list[tuple[str, Statement | None]]:
    """The lines of a cell with what they say about units; as one line where only that says it.

    Half of "Đơn vị: Triệu / đồng" says another unit than the whole: of a broken cell a line counts
    only where it says what the whole says.
    """
    lines = clean_lines(value)
    whole = clean(value)
    if len(lines) < 2:
        if isinstance(following, str) and whole.endswith(":"):
            return [(whole, stated_unit(f"{whole} {clean(following)}", where))]
        return [(whole, stated_unit(whole, where))]
    said = stated_unit(whole, where)
    of_lines = [stated_unit(line, where) for line in lines]
    if said is None or said.kind == "unknown":
        found: list[Statement | None] = [
            line if line is not None and line.kind == "organisation" else None for line in of_lines
        ]
        return (
            list(zip(lines, found, strict=True)) if any(found) or said is None else [(whole, said)]
        )
    if any(line is not None and line.text == said.text for line in of_lines):
        return [
            (text, line if line is not None and line.text == said.text else None)
            for text, line in zip(lines, of_lines, strict=True)
        ]
    return [(whole, said)]


def _is_organisation(text: str, table: Table, title: list[tuple[str, str]]) -> bool:
    return (
        not table.organisation
        and len(title) < 2
        and len(text) <= 120
        and says(text, "organisation")
        and find_period(text, "") is None
    )


def _add_page_text(
    document: Document,
    view: SheetView,
    units: dict[tuple[str, str], Unit],
    title: list[tuple[str, str]],
    table: Table,
) -> None:
    """What a page says outside of its tables."""
    if not document.text_lines:
        return
    pages = view.sheet.pages
    first = pages[table.first_row - view.sheet.first_row][0] if pages else 1
    for page, raw in document.text_lines:
        if page != first:
            continue
        text, where = clean(raw), f"trang {page}"
        if says(text, "footnote") or says(text, "signature") or _SIGNED.search(text):
            break
        said = stated_unit(text, where)
        if said is not None and said.unit is not None:
            units[said.unit.code, str(said.unit.factor)] = said.unit
        elif said is not None and said.kind == "organisation":
            table.organisation = table.organisation or said.text
        elif is_form(text):
            table.form_text = table.form_text or text
        elif not table.organisation and len(text) <= 120 and says(text, "organisation"):
            table.organisation = text
        elif text:
            title.append((text, where))
    table.title = tuple(text for text, _ in title)


def _add_facts(document: Document, title: list[tuple[str, str]], table: Table) -> None:
    """What a published XML says of itself, where no line above the table says it."""
    facts = {name.lower(): clean(value) for name, value in document.facts.items()}
    if not title and (text := facts.get("title")):
        title.append((text, "facts"))
        table.title = (text,)
    table.form_text = table.form_text or facts.get("code", "")
    table.organisation = table.organisation or facts.get("department", "")


def _settle_unit(
    document: Document,
    view: SheetView,
    table: Table,
    units: dict[tuple[str, str], Unit],
    unknown: list[tuple[str, str]],
) -> None:
    """The one unit of the table; of two that contradict each other neither."""
    name = view.sheet.name
    for fact, value in document.facts.items():
        if fact.lower() in _UNIT_FACTS and clean(value):
            unit = find_unit(clean(value), "facts")
            if unit is None:
                unknown.append(("facts", clean(value)))
            else:
                units.setdefault((unit.code, str(unit.factor)), unit)
    if len(units) > 1:
        shown = ", ".join(f"“{unit.text}” ({unit.where})" for unit in units.values())
        _remark(
            document,
            "conflicting_units",
            name,
            f"Bảng ở dòng {table.first_row} ghi nhiều đơn vị tính khác nhau: {shown};"
            " chưa rõ dùng đơn vị nào.",
        )
        return
    if units and not unknown:
        (unit,) = units.values()
        if unit.where == "facts" and unit.code == "vnd" and any(map(may_be_ratio, table.title)):
            _remark(
                document,
                "conflicting_units",
                name,
                f"Tiêu đề nói về tỷ lệ, nhãn của tệp lại ghi đơn vị “{unit.text}”; không dùng.",
            )
            return
        table.unit = unit
        if table.unit.is_misspelt:
            _remark(
                document,
                "misspelt_unit",
                f"{name}!{table.unit.where}",
                f"Đơn vị tính viết sai “{table.unit.text}”, hiểu theo danh mục cách viết đã gặp.",
            )
        return
    for where, text in unknown:
        _remark(
            document,
            "unknown_unit",
            f"{name}!{where}",
            f"Chưa có “{text[:60]}” trong danh mục đơn vị tính; không suy đoán.",
        )


def _give_units(document: Document, table: Table, view: SheetView) -> None:
    """Each column's own unit, else the table's; a ratio never inherits money."""
    header = table.header_rows[0]
    for column in table.columns:
        where = view.address(header, column.index)
        own = None
        for label in reversed(column.labels):
            own = label_unit(label, where)
            if own is not None:
                break
        if own is not None:
            column.unit = own
        elif any(may_be_ratio(label) for label in column.labels):
            column.unit = None
        else:
            column.unit = table.unit


def _without_signatures(header: HeaderBlock, body: Sequence[Line]) -> Sequence[Line]:
    """The lines down to the last one with a number or a mark; what follows tells no column."""
    last = len(body)
    while last:
        line = body[last - 1]
        mark = header.mark_column
        if (len(line.cells) > 1 and line.has_numbers()) or (
            mark is not None and len(line.cells) > 1 and is_mark(_mark_of(line, mark))
        ):
            return body[:last]
        last -= 1
    return body


def _give_roles(table: Table, header: HeaderBlock, body: Sequence[Line]) -> None:
    """What stands in each column, by its label and by its content."""
    numbers: dict[int, int] = {}
    words: dict[int, int] = {}
    signs: dict[int, int] = {}
    marks: dict[int, int] = {}
    notes: dict[int, int] = {}
    for line in body:
        for place_, value in line.cells.items():
            if not isinstance(value, str):
                numbers[place_] = numbers.get(place_, 0) + 1
                if isinstance(value, int | float) and 0 < value < 1000:
                    marks[place_] = marks.get(place_, 0) + 1
                continue
            text = clean(value)
            token = parse(text)
            if token.state in ("dash", "not_applicable"):
                signs[place_] = signs.get(place_, 0) + 1
            elif token.is_note_like:
                notes[place_] = notes.get(place_, 0) + 1
            elif token.state == "value" or token.code == "ambiguous_separator":
                numbers[place_] = numbers.get(place_, 0) + 1
            elif token.state == "refused":
                notes[place_] = notes.get(place_, 0) + 1
            else:
                words[place_] = words.get(place_, 0) + 1
            if is_mark(text):
                marks[place_] = marks.get(place_, 0) + 1
    columns = table.columns
    item = header.item_column
    if item is None:
        candidates = [c.index for c in columns if words.get(c.index, 0) > marks.get(c.index, 0)]
        after = [c for c in candidates if header.mark_column is None or c > header.mark_column]
        item = (after or candidates or [columns[0].index])[0]
    mark = header.mark_column
    if mark is None:
        left = [c.index for c in columns if c.index < item]
        if left and 2 * marks.get(left[-1], 0) > numbers.get(left[-1], 0) + words.get(left[-1], 0):
            mark = left[-1]
    first_amount = next(
        (
            c.index
            for c in columns
            if c.index > item and numbers.get(c.index, 0) > words.get(c.index, 0)
        ),
        columns[-1].index + 1,
    )
    filled = {*numbers, *words, *signs, *notes}
    item_labels = next((c.labels for c in columns if c.index == item), ())
    for column in columns:
        index = column.index
        count, texts = numbers.get(index, 0), words.get(index, 0)
        if index == mark:
            column.role = "mark"
        elif index == item or (index < first_amount and texts and column.labels == item_labels):
            column.role = "item"
        elif index < item or (not column.labels and header.item_column is not None):
            # Figures beside the table, or under no label, are nobody's.
            column.role = "text" if count or texts else "empty"
        elif any(says(label, "unit_header") for label in column.labels):
            column.role = "text"
        elif any(says(label, "text_header") for label in column.labels):
            column.role = "text" if index in filled else "empty"
        elif count > 0 and count >= texts:
            column.role = _number_role(column)
        elif texts or notes.get(index):
            column.role = "text"
        elif signs.get(index):
            column.role = _number_role(column)
        if column.role in ("mark", "item", "text", "empty") and column.unit is table.unit:
            column.unit = None


def _number_role(column: Column) -> ColumnRole:
    if column.unit is not None:
        return "percent" if column.unit.code in ("percent", "permille") else "amount"
    ratio = any(may_be_ratio(label) for label in column.labels)
    return "percent" if ratio else "amount"


def _end_of_table(
    table: Table, body: Sequence[Line]
) -> tuple[list[Line], tuple[tuple[int, str], ...]]:
    """The lines of the table itself, and the notes below it."""
    amounts = {c.index for c in table.columns if c.role in ("amount", "percent")}
    mark = next((c.index for c in table.columns if c.role == "mark"), None)
    items = [c.index for c in table.columns if c.role == "item"]
    last = -1
    for index, line in enumerate(body):
        filled = any(column in amounts for column in line.cells)
        if (
            filled
            and any(
                column in amounts
                and (not isinstance(value, str) or parse(clean(value)).state != "text")
                for column, value in line.cells.items()
            )
        ) or (
            mark is not None
            and is_mark(_mark_of(line, mark))
            and any(line.text(item) for item in items)
        ):
            last = index
    kept: list[Line] = []
    notes: list[tuple[int, str]] = []
    in_notes = False
    for index, line in enumerate(body):
        text = next((text for _, text in line.texts()), "")
        is_empty = not any(
            column in amounts and looks_like_number(value) for column, value in line.cells.items()
        )
        is_marked = mark is not None and is_mark(_mark_of(line, mark))
        if is_empty and (says(text, "footnote") or index > last):
            in_notes = True
        elif not is_empty or is_marked:
            in_notes = False
        if in_notes:
            if text and not says(text, "signature") and not _SIGNED.search(text):
                notes.append((line.row, " ".join(found for _, found in line.texts())))
        elif index <= last:
            kept.append(line)
    return kept, tuple(notes)


def _mark_of(line: Line, mark: int) -> str:
    value = line.cells.get(mark)
    return clean(value) if isinstance(value, str) else mark_text(value)


def _read_rows(view: SheetView, table: Table, body: Sequence[Line]) -> None:
    mark_column = next((c.index for c in table.columns if c.role == "mark"), None)
    items = [c.index for c in table.columns if c.role == "item"]
    units = [
        c.index for c in table.columns if any(says(label, "unit_header") for label in c.labels)
    ]
    amounts = [c.index for c in table.columns if c.role in ("amount", "percent")]
    outlined: list[OutlineRow] = []
    for line in body:
        mark = mark_text(line.cells.get(mark_column)) if mark_column is not None else ""
        label = next((str(line.cells[item]) for item in items if item in line.cells), "")
        if mark and len(mark) > 12 and not label:
            # "TỔNG CỘNG" merged over the marks and the labels stands in the first of them.
            mark, label = "", mark
        has_numbers = any(column in line.cells for column in amounts)
        if not mark and not label and not has_numbers:
            continue
        found = outline_row(mark, label, has_numbers=has_numbers)
        outlined.append(found)
        row = Row(line.row, found.mark, None, None, found.item, found.kind, line.is_hidden)
        row.unit = _row_unit(view, line, found.item, units)
        table.rows.append(row)
    place(outlined)
    for row, found in zip(table.rows, outlined, strict=True):
        row.mark = found.mark
        row.level = found.level
        row.parent = table.rows[found.parent].row if found.parent is not None else None
        row.is_parent_certain = found.is_parent_certain


def _make_certain(table: Table) -> None:
    """Rows without marks are parts of the row above them for certain where they add up to it."""
    parts: dict[int, list[Row]] = {}
    for row in table.rows:
        if row.parent is not None:
            parts.setdefault(row.parent, []).append(row)
    by_number = {row.row: row for row in table.rows}
    amounts = [column.index for column in table.columns if column.role == "amount"]
    for parent, rows in parts.items():
        if all(row.is_parent_certain for row in rows) or parent not in by_number:
            continue
        totals = [
            (total, [value for row in rows if (value := row.numbers[column].value) is not None])
            for column in amounts
            if (total := by_number[parent].numbers[column].value)
        ]
        if totals and all(len(values) > 1 and sum(values) == total for total, values in totals):
            for row in rows:
                row.is_parent_certain = True


def _row_unit(view: SheetView, line: Line, item: str, units: Sequence[int]) -> Unit | None:
    for column in units:
        found = find_unit(line.text(column), view.address(line.row, column))
        if found is not None:
            return found
    if "%" in item and is_ratio_label(item):
        return label_unit(item, f"dòng {line.row}")
    return None


def _merge_repeated(table: Table, block: _Block, view: SheetView) -> None:
    """Headers repeated on the next page, as rows of their own kind at their place."""
    if not block.repeated:
        return
    table.rows += [
        Row(row, "", None, None, "", "repeated_header", row in view.sheet.hidden_rows)
        for row in block.repeated
    ]
    table.rows.sort(key=lambda row: row.row)
