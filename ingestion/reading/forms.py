"""Reading a file of budget forms: every number of a known form, used, held or refused.

The whole way: document, tables, forms, lines, proof. What cannot be vouched for is kept and marked;
nothing is left out silently.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ingestion.catalogue.names import fold
from ingestion.reading.claims import claims_of
from ingestion.reading.documents import read_document
from ingestion.reading.drafts import draft_layout
from ingestion.reading.grid import Document, FileRefused, Remark, Sheet
from ingestion.reading.layouts import Layouts, Sum, read_layouts
from ingestion.reading.lines import ReadTable, has_foreign_rows, line_dicts, read_rows
from ingestion.reading.matching import Matched, Stated, Unmatched, form_numbers, match
from ingestion.reading.periods_stated import find_period
from ingestion.reading.proof import Cell, Hold, prove
from ingestion.reading.settling import (
    read_percent_texts,
    refuse_unscaled_percents,
    settle_separators,
)
from ingestion.reading.structure import find_tables
from ingestion.reading.tables import StatedPeriod, Table, Unit
from ingestion.reading.units import find_unit

CODE_VERSION = 1
"""Raised with every change of the code that may give another reading of some file."""

_THOUSAND = 1000
_WHOLE_YEAR = re.compile(r"(?:ca )?(?:nam)?(?: ?\d{4})?")
_WHOLE_YEAR_STAGES = ("draft", "decided", "settlement")


def reader_version(layouts_folder: str | Path) -> str:
    """What a reading depends on besides the file: this code and the layouts."""
    layouts = read_layouts(Path(layouts_folder))
    return hashlib.sha256(f"{CODE_VERSION}:{layouts.version}".encode()).hexdigest()[:12]


def read_file(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Read one file of budget forms; runs isolated.

    Args:
        content: the file.
        name: its published name, for messages only.
        options: ``layouts`` (folder) and ``stated`` (facts of the source's record; see `Stated`).

    Returns:
        ``file_kind``, ``encoding``, ``state``, ``reason_code``, ``reason_vi``, ``remarks``,
        ``tables`` and ``lines``; ``draft_layout`` where a form is not known. ``state`` is ``read``,
        ``partly_read``, ``unknown_form``, ``needs_confirmation`` or ``refused``.
    """
    layouts = read_layouts(Path(options["layouts"]))
    given = options.get("stated") or {}
    stated = Stated(**{key: given[key] for key in Stated.__slots__ if given.get(key) is not None})
    try:
        document = read_document(content, name)
    except FileRefused as refusal:
        return _result(None, "refused", refusal.code, refusal.message_vi)
    return read_forms(document, stated, layouts)


def read_forms(document: Document, stated: Stated, layouts: Layouts) -> dict[str, Any]:
    """Read every form of a document that is open already."""
    reading = _Reading(document, stated, layouts)
    found = find_tables(document)
    # A form that was not filled in is still that form.
    tables = [table for table in found if _has_numbers(table)] or found
    if not tables:
        return _nothing_to_read(document)
    for number, table in enumerate(tables, start=1):
        reading.add(number, table)
    reading.check_stated_form()
    reading.hold_doubles()
    return reading.result()


def _has_numbers(table: Table) -> bool:
    return any(column.role in ("amount", "percent") for column in table.columns)


def _nothing_to_read(document: Document) -> dict[str, Any]:
    if any(remark.code == "scanned_page" for remark in document.remarks):
        return _result(
            document,
            "needs_confirmation",
            "scanned",
            "Tệp là ảnh quét, không có chữ để đọc: cần người xem và xác nhận số liệu.",
        )
    return _result(
        document, "unknown_form", "no_table", "Không tìm thấy bảng số liệu nào trong tệp."
    )


def _result(
    document: Document | None,
    state: str,
    reason_code: str | None = None,
    reason_vi: str | None = None,
) -> dict[str, Any]:
    remarks = document.remarks if document else []
    return {
        "file_kind": document.kind if document else None,
        "encoding": document.encoding if document else None,
        "state": state,
        "reason_code": reason_code,
        "reason_vi": reason_vi,
        "remarks": [
            {"code": r.code, "where": r.where, "message_vi": r.message_vi} for r in remarks
        ],
        "tables": [],
        "lines": [],
    }


@dataclass(slots=True)
class _Known:
    """A table of a known form with its place."""

    number: int
    sheet: Sheet
    read: ReadTable
    period: dict[str, Any]


@dataclass(slots=True)
class _Reading:
    """One document being read."""

    document: Document
    stated: Stated
    layouts: Layouts
    known: list[_Known] = field(default_factory=list)
    unknown: list[tuple[Table, Unmatched]] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def add(self, number: int, table: Table) -> None:
        """Match and read one table."""
        sheet = next(s for s in self.document.sheets if s.name == table.sheet)
        found = match(table, self.stated, self.layouts)
        if isinstance(found, Unmatched):
            self._leave(table, found)
            return
        roles = {column.index: column.role for column in table.columns}
        for index, rule in found.columns.items():
            if rule.unit == "percent" and roles[index] != "percent":
                read_percent_texts(table.rows, index)
                refuse_unscaled_percents(table.rows, index)
        read = read_rows(table, found, self.layouts.phrases)
        if has_foreign_rows(read, self.layouts):
            name = found.layout.name_vi
            reason = f"Các dòng không phải của biểu {found.layout.form_key} ({name})."
            self._leave(table, Unmatched("form_conflict", reason))
            return
        settle_separators(read, lambda read: claims_of(read, sheet))
        period = _period(table, self.stated)
        known = _Known(number, sheet, read, _period_columns(found, period))
        self.known.append(known)
        _hold_all(read, _unit_doubts(read, table, self.stated))
        _hold_all(read, _period_doubts(known, table, self.stated, period))
        _hold_all(read, _implausible(read, self.layouts))
        _hold_all(read, _parts_of_a_dong(read))
        for cell, hold in prove(claims_of(read, sheet), read.figures).items():
            read.holds.setdefault(cell, hold)
        _hold_all(read, _slipped(read))
        self._tell_columns_left_out(found, table, sheet)

    def _tell_columns_left_out(self, found: Matched, table: Table, sheet: Sheet) -> None:
        header = table.header_rows[-1] if table.header_rows else table.first_row
        extra = {column.index for column in found.extra}
        for column in table.columns:
            rule = found.columns.get(column.index)
            if column.index in extra:
                said = "không có trong biểu"
            elif rule is not None and rule.unit != "text" and column.role == "text":
                said = "không chứa số"
            else:
                continue
            where = f"{sheet.name}!{sheet.address(header, column.index)}"
            message = f"Cột “{column.label[:60]}” {said}, không được đọc."
            self.remarks.append(Remark("column_left_out", where, message))

    def _leave(self, table: Table, reason: Unmatched) -> None:
        self.unknown.append((table, reason))
        self.remarks.append(Remark(reason.code, table.sheet, reason.say_vi))

    def check_stated_form(self) -> None:
        """The record names a form that the file does not hold: one of the two is wrong."""
        stated = form_numbers(self.stated.form_text)
        found = {known.read.match.layout.number for known in self.known} - {None}
        if not stated or not found or found & set(stated):
            return
        said = ", ".join(map(str, stated))
        held = ", ".join(str(number) for number in sorted(n for n in found if n is not None))
        reason = Unmatched(
            "form_conflict", f"Hồ sơ nguồn ghi biểu {said} nhưng tệp là biểu {held}."
        )
        for known in self.known:
            self._leave(known.read.table, reason)
        self.known.clear()

    def hold_doubles(self) -> None:
        """Two tables of one form, publisher and period: the same twice, or two that differ."""
        alike: dict[tuple[object, ...], list[_Known]] = defaultdict(list)
        for known in self.known:
            table = known.read.table
            about = (fold(table.organisation), *known.period.values())
            alike[known.read.match.layout.form_key, *about].append(known)
        for tables in alike.values():
            tables.sort(key=lambda known: known.sheet.visibility != "visible")
            for place, one in enumerate(tables):
                for other in tables[place + 1 :]:
                    _hold_double(one, other)

    def result(self) -> dict[str, Any]:
        """The reading with its state."""
        self.document.remarks.extend(self.remarks)
        if not self.known:
            table, reason = self.unknown[0]
            result = _result(self.document, "unknown_form", reason.code, reason.say_vi)
            result["draft_layout"] = draft_layout(table, self.stated, self.layouts)
            return result
        result = _result(self.document, "read")
        for known in self.known:
            lines = line_dicts(known.read, known.sheet, known.number, known.period)
            result["lines"] += lines
            result["tables"].append(_table_dict(known, lines))
        left = sum(t["refused_count"] + t["held_count"] for t in result["tables"])
        left += sum(1 for line in result["lines"] if line["state"] == "text")
        if self.unknown:
            result["state"], result["reason_code"] = "partly_read", self.unknown[0][1].code
            result["reason_vi"] = self.unknown[0][1].say_vi
            result["draft_layout"] = draft_layout(self.unknown[0][0], self.stated, self.layouts)
        elif left:
            result["state"], result["reason_code"] = "partly_read", "cells_left_out"
            result["reason_vi"] = f"{left} ô chưa được dùng, mỗi ô có lý do riêng."
        elif any(
            remark.code in ("column_left_out", "scanned_page") for remark in self.document.remarks
        ):
            result["state"], result["reason_code"] = "partly_read", "parts_left_out"
            result["reason_vi"] = "Có phần của tệp không được đọc, xem các ghi chú."
        return result


def _table_dict(known: _Known, lines: list[dict[str, Any]]) -> dict[str, Any]:
    table, match_ = known.read.table, known.read.match
    unit = _money_unit(known.read)
    held = sum(1 for line in lines if line["hold_code"] and line["state"] == "value")
    return {
        "_sheet": table.sheet,
        "table_no": known.number,
        "form_key": match_.layout.form_key,
        "form_text": table.form_text or None,
        "title": " ".join(table.title) or None,
        "organisation": table.organisation or None,
        "unit_text": unit.text if unit else None,
        "unit_code": unit.code if unit else None,
        "unit_factor": str(unit.factor) if unit else None,
        **known.period,
        "line_count": len(lines),
        "value_count": sum(1 for line in lines if line["state"] == "value") - held,
        "refused_count": sum(1 for line in lines if line["state"] == "refused"),
        "held_count": held,
    }


def _money_unit(read: ReadTable) -> Unit | None:
    units = [read.units[index] for index, rule in read.number_columns() if rule.unit == "money"]
    return units[0] if units else None


# --- doubts that no arithmetic can settle ---------------------------------------------------


def _hold_all(read: ReadTable, doubts: Iterable[tuple[Cell, Hold]]) -> None:
    for cell, hold in doubts:
        read.holds.setdefault(cell, hold)


def _cells(read: ReadTable, units: tuple[str, ...] = ("money", "percent", "count")) -> list[Cell]:
    columns = {index for index, rule in read.number_columns() if rule.unit in units}
    return [cell for cell in read.figures if cell[1] in columns]


def _unit_doubts(read: ReadTable, table: Table, stated: Stated) -> Iterable[tuple[Cell, Hold]]:
    """Amounts whose unit is not stated, is no money, or is not what the record says."""
    record = find_unit(stated.currency_unit_text, "record") if stated.currency_unit_text else None
    rows = {row.row: row for row in table.rows}
    for cell in _cells(read, ("money",)):
        unit = read.unit_of(rows[cell[0]], cell[1])
        if unit is None:
            yield cell, Hold("unit_unknown", "Bảng không ghi đơn vị tính, không thể tự đoán.")
        elif unit.code != "vnd" and rows[cell[0]].unit is None:
            say = f"Đơn vị “{unit.text[:30]}” không phải là tiền đồng."
            yield cell, Hold("unit_conflict", say)
        elif record is not None and record.code == "vnd" and record.factor != unit.factor:
            say = (
                f"Tệp ghi đơn vị “{unit.text[:30]}” nhưng hồ sơ nguồn ghi"
                f" “{stated.currency_unit_text[:30]}”."
            )
            yield cell, Hold("unit_conflict", say)
    for cell in _cells(read, ("percent",)):
        unit = read.units[cell[1]]
        if unit is not None and unit.code != "percent":
            say = f"Cột tỷ lệ lại ghi đơn vị “{unit.text[:30]}”."
            yield cell, Hold("unit_conflict", say)


def _period(table: Table, stated: Stated) -> StatedPeriod | None:
    """The period of the table, else of the source's record."""
    return table.period or _stated_period(stated)


def _stated_period(stated: Stated) -> StatedPeriod | None:
    """The period of the record; its whole year where it names no part of one."""
    if stated.budget_year is None:
        return None
    return _named_period(stated) or find_period(f"năm {stated.budget_year}", "record")


def _named_period(stated: Stated) -> StatedPeriod | None:
    """The period that the record's own words name."""
    text = stated.period_text.strip()
    if not text:
        return None
    named = find_period(f"{text} năm {stated.budget_year}", "record") or find_period(text, "record")
    if named is not None and named.kind == "year" and not _WHOLE_YEAR.fullmatch(fold(text)):
        return None  # the year is that of the record, the words are not understood
    return named


def _period_columns(match_: Matched, period: StatedPeriod | None) -> dict[str, Any]:
    year = period.start.year if period else match_.year
    if period is None or match_.layout.stage in _WHOLE_YEAR_STAGES:
        kind, start = "year", date(year, 1, 1) if year else None
    else:
        kind, start = period.kind, period.start
    return {
        "budget_year": year,
        "period_type": kind,
        "period_start": start.isoformat() if start else None,
    }


def _period_doubts(
    known: _Known, table: Table, stated: Stated, period: StatedPeriod | None
) -> Iterable[tuple[Cell, Hold]]:
    """Figures of a year or a part of a year other than the record says, or of none."""
    read = known.read
    record = _named_period(stated)
    say = ""
    code = "period_conflict"
    years = {year for year in (known.period["budget_year"], read.match.year) if year}
    if not years:
        code, say = "period_unknown", "Không rõ số liệu của năm nào."
    elif stated.budget_year is not None and years != {stated.budget_year}:
        told = ", ".join(map(str, sorted(years)))
        say = f"Tệp là số liệu năm {told} nhưng hồ sơ nguồn ghi năm {stated.budget_year}."
    elif len(years) > 1:
        say = f"Tiêu đề bảng và tiêu đề cột ghi năm khác nhau: {sorted(years)}."
    elif (
        read.match.layout.stage == "execution"
        and table.period is not None
        and record is not None
        and (table.period.kind, table.period.start) != (record.kind, record.start)
    ):
        say = f"Tệp ghi “{table.period.text[:60]}” nhưng hồ sơ nguồn ghi “{record.text[:60]}”."
    return [(cell, Hold(code, say)) for cell in _cells(read)] if say else []


def _implausible(read: ReadTable, layouts: Layouts) -> Iterable[tuple[Cell, Hold]]:
    """A known total far out of its bounds: the unit of the whole table is in doubt."""
    bounds: Mapping[tuple[str, str], Any] = layouts.bounds
    level = read.match.layout.level
    differences = {
        index
        for index, rule in read.number_columns()
        for formula in rule.formulas
        if isinstance(formula, Sum) and any(sign < 0 for sign, _, _ in formula.parts)
    }
    for row, item in read.items.items():
        bound = bounds.get((level, item.item_code))
        if bound is None:
            continue
        for cell in _cells(read, ("money",)):
            figure = read.figures[cell]
            if (
                cell[0] != row
                or cell[1] in differences
                or not figure.value
                or bound.least <= abs(figure.value) <= bound.most
            ):
                continue
            say = (
                f"{item.item_code} = {figure.value:,.0f} đồng, ngoài khoảng hợp lý: có thể sai"
                " đơn vị tính của cả bảng."
            )
            return [(other, Hold("unit_implausible", say)) for other in _cells(read, ("money",))]
    return []


def _parts_of_a_dong(read: ReadTable) -> Iterable[tuple[Cell, Hold]]:
    """Columns in đồng whose numbers mostly have decimals: there is nothing smaller than a đồng."""
    for index, rule in read.number_columns():
        if rule.unit != "money" or read.factor(index) != 1:
            continue
        cells = [cell for cell in read.figures if cell[1] == index]
        values = [read.figures[cell].value for cell in cells]
        if 2 * sum(value != int(value) for value in values) > len(values):
            say = "Cột ghi đơn vị đồng nhưng số có phần lẻ của đồng: có thể sai đơn vị tính."
            yield from ((cell, Hold("unit_implausible", say)) for cell in cells)


def _slipped(read: ReadTable) -> Iterable[tuple[Cell, Hold]]:
    """Columns that do not add up and look as if ``1.234`` had been stored as a decimal.

    Everything in them is below a thousand, with up to three decimals somewhere: whatever still
    adds up by itself may have slipped together.
    """
    for index, rule in read.number_columns():
        cells = [cell for cell in read.figures if cell[1] == index]
        values = [abs(read.figures[cell].value / read.factor(index)) for cell in cells]
        if (
            rule.unit == "money"
            and any(cell in read.holds for cell in cells)
            and max(values) < _THOUSAND
            and any(value != int(value) for value in values)
            and all(value == round(value, 3) for value in values)
        ):
            say = "Cột không khớp tổng; dấu phân cách hàng nghìn có thể đã lưu thành thập phân."
            yield from ((cell, Hold("separator_slip", say)) for cell in cells)


def _hold_double(one: _Known, other: _Known) -> None:
    """Hold the second of two equal tables, and both of two that contradict each other."""
    places = {key: cell for cell, key in _row_keys(other.read)}
    twins = [(cell, places[key]) for cell, key in _row_keys(one.read) if key in places]
    differing = [
        (cell, twin)
        for cell, twin in twins
        if one.read.figures[cell].value != other.read.figures[twin].value
    ]
    if differing:
        cell, twin = differing[0]
        say = (
            f"Hai bảng của cùng một biểu ghi khác nhau: {one.sheet.name}!"
            f"{one.sheet.address(*cell)} và {other.sheet.name}!{other.sheet.address(*twin)}."
        )
        _hold_all(one.read, ((held, Hold("double_table", say)) for held in _cells(one.read)))
        _hold_all(other.read, ((held, Hold("double_table", say)) for held in _cells(other.read)))
        return
    for cell, twin in twins:
        say = f"Đã có ở {one.sheet.name}!{one.sheet.address(*cell)}, không tính hai lần."
        other.read.holds.setdefault(twin, Hold("repeated_table", say))


def _row_keys(read: ReadTable) -> Iterable[tuple[Cell, tuple[str, ...]]]:
    """Cells with what identifies them across tables: the labels down to the row, the measure."""
    rows = {row.row: row for row in read.table.rows}
    for cell in read.figures:
        path: list[str] = []
        row = rows.get(cell[0])
        while row is not None and len(path) < 10:
            path.append(f"{row.mark} {row.item}")
            row = rows.get(row.parent) if row.parent is not None else None
        yield cell, (read.match.columns[cell[1]].measure_code, *path)
