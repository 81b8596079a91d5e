"""Checking the declared corrections (``seeds/corrections``) before dbt reads them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ingestion.catalogue.agencies import Agency
from ingestion.catalogue.problem import Problem

DOSSIER_COLUMNS = (
    "correction_id", "dossier_code", "field", "expect", "value",
    "reason", "document", "decided_by", "decided_on",
)  # fmt: skip
READING_COLUMNS = (
    "correction_id", "indicator_code", "reading_code", "agency_key", "agency_code", "agency_on",
    "month_start", "expect_numerator", "expect_denominator", "numerator", "denominator",
    "reason", "document", "decided_by", "decided_on",
)  # fmt: skip

_ACCOUNT = ("reason", "document", "decided_by")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
# An offset is required: without one a time means another moment on another machine.
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}")


@dataclass(frozen=True)
class SeedRow:
    """One row of a hand-kept table.

    Attributes:
        file: The file as messages name it.
        line: 1-based line on which the row ends.
        cells: Its cells by column; empty text for an empty cell.
    """

    file: str
    line: int
    cells: dict[str, str]

    def problem(self, rule: str, message_vi: str) -> Problem:
        """A problem of this row."""
        return Problem(self.file, self.line, rule, message_vi)


def read_seed(path: Path, file: str, columns: Sequence[str]) -> tuple[list[SeedRow], list[Problem]]:
    """Read a table whose columns are fixed.

    Args:
        path: the file (UTF-8, a header line).
        file: its name in messages.
        columns: the columns it must have, in this order.

    Returns:
        The rows that could be read, and what is wrong with the others.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, [])
            if tuple(header) != tuple(columns):
                message = f"các cột phải là: {', '.join(columns)}"
                return [], [Problem(file, 1, "unreadable", message)]
            rows, problems = [], []
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(columns):
                    message = f"dòng có {len(cells)} ô, phải có {len(columns)}"
                    problems.append(Problem(file, reader.line_num, "unreadable", message))
                    continue
                rows.append(SeedRow(file, reader.line_num, dict(zip(columns, cells, strict=True))))
    except OSError as error:
        return [], [Problem(file, 1, "unreadable", f"không mở được tệp: {error.strerror}")]
    except (UnicodeDecodeError, csv.Error) as error:
        return [], [Problem(file, 1, "unreadable", f"không đọc được tệp: {error}")]
    return rows, problems


def check_corrections(
    dossiers: Sequence[SeedRow],
    readings: Sequence[SeedRow],
    *,
    fields: Sequence[dict[str, Any]],
    known_readings: dict[str, set[str]],
    agencies: Sequence[Agency],
) -> Iterator[Problem]:
    """Everything that is wrong with the corrections.

    Args:
        dossiers: rows of dossiers.csv.
        readings: rows of readings.csv.
        fields: the correctable fields, as ``macros/corrections.sql`` lists them.
        known_readings: codes of the readings that are computed, by indicator.
        agencies: rows of agencies.csv; with none, agencies are not checked.
    """
    yield from _ids_are_unique([*dossiers, *readings])
    for row in (*dossiers, *readings):
        yield from _is_accounted_for(row)
    by_name = {str(field["field"]): field for field in fields}
    for row in dossiers:
        yield from _dossier_correction(row, by_name)
    yield from _targets_are_unique(dossiers, ("dossier_code", "field"))
    for row in readings:
        yield from _reading_correction(row, known_readings, agencies)
    cell = ("indicator_code", "reading_code", "agency_key", "agency_code", "month_start")
    yield from _targets_are_unique(readings, cell)


def is_date(text: str) -> bool:
    """Whether a text is a date as ``YYYY-MM-DD``."""
    return _reads(lambda: date.fromisoformat(text)) and len(text) == 10


def number(text: str) -> Decimal | None:
    """The number of a plain decimal such as ``12`` or ``12.5``; None for anything else."""
    return Decimal(text) if re.fullmatch(r"-?\d+([.]\d+)?", text) else None


def _reads(read: Callable[[], object]) -> bool:
    try:
        read()
    except (ValueError, InvalidOperation):
        return False
    return True


def _ids_are_unique(rows: Sequence[SeedRow]) -> Iterator[Problem]:
    first: dict[str, SeedRow] = {}
    for row in rows:
        name = row.cells["correction_id"]
        if not _ID.fullmatch(name):
            message = f"correction_id “{name}” phải gồm chữ, số, dấu gạch nối"
            yield row.problem("correction_id", message)
        elif name in first:
            message = f"correction_id {name} đã có ở {first[name].file}:{first[name].line}"
            yield row.problem("duplicate_correction", message)
        first.setdefault(name, row)


def _targets_are_unique(rows: Sequence[SeedRow], columns: Sequence[str]) -> Iterator[Problem]:
    first: dict[tuple[str, ...], SeedRow] = {}
    for row in rows:
        target = tuple(row.cells[column] for column in columns)
        if target in first:
            message = f"chỗ này đã được {first[target].cells['correction_id']} hiệu chỉnh"
            yield row.problem("duplicate_correction", message)
        first.setdefault(target, row)


def _is_accounted_for(row: SeedRow) -> Iterator[Problem]:
    for column in _ACCOUNT:
        if len(row.cells[column].strip()) < 2:
            message = f"thiếu {column}: hiệu chỉnh phải có lý do, văn bản và người quyết định"
            yield row.problem("missing_account", message)
    if not is_date(row.cells["decided_on"]):
        message = f"decided_on “{row.cells['decided_on']}” phải là ngày YYYY-MM-DD"
        yield row.problem("invalid_value", message)


def _dossier_correction(row: SeedRow, fields: dict[str, dict[str, Any]]) -> Iterator[Problem]:
    if not row.cells["dossier_code"]:
        yield row.problem("invalid_value", "thiếu dossier_code")
    name = row.cells["field"]
    field = fields.get(name)
    if field is None:
        message = f"không hiệu chỉnh được trường “{name}”; các trường: {', '.join(fields)}"
        yield row.problem("unknown_field", message)
        return
    expect, value = row.cells["expect"], row.cells["value"]
    if expect == value:
        yield row.problem("nothing_corrected", f"expect và value đều là “{value}”")
    if not value and field.get("required"):
        yield row.problem("invalid_value", f"{name} không được để trống")
    for column, given in (("expect", expect), ("value", value)):
        if not given:
            continue
        allowed = field.get("values")
        if allowed and given not in allowed:
            message = f"{column} “{given}” của {name} phải là một trong {', '.join(allowed)}"
            yield row.problem("invalid_value", message)
        elif field["type"] == "timestamp" and not _is_moment(given):
            message = f"{column} “{given}” phải viết như 2026-10-12T17:00:00+07:00"
            yield row.problem("invalid_value", message)


def _is_moment(text: str) -> bool:
    return bool(_MOMENT.fullmatch(text)) and _reads(lambda: datetime.fromisoformat(text))


def _reading_correction(
    row: SeedRow, known: dict[str, set[str]], agencies: Sequence[Agency]
) -> Iterator[Problem]:
    cells = row.cells
    indicator, reading = cells["indicator_code"], cells["reading_code"]
    if reading not in known.get(indicator, set()):
        message = f"không có cách đọc {indicator}.{reading}"
        yield row.problem("unknown_reading", message)
    month, on = cells["month_start"], cells["agency_on"]
    if not is_date(month) or not month.endswith("-01"):
        yield row.problem("invalid_value", f"month_start “{month}” phải là ngày đầu tháng")
    elif on and not is_date(on):
        yield row.problem("invalid_value", f"agency_on “{on}” phải là ngày YYYY-MM-DD")
    else:
        yield from _agency_exists(row, date.fromisoformat(on or month), agencies)
    yield from _figures(row)


def _agency_exists(row: SeedRow, day: date, agencies: Sequence[Agency]) -> Iterator[Problem]:
    key, code = row.cells["agency_key"], row.cells["agency_code"]
    if bool(key) == bool(code):
        yield row.problem("unknown_agency", "ghi đúng một trong hai: agency_key, agency_code")
    elif not agencies:
        return
    elif key and key not in {str(agency.key) for agency in agencies}:
        yield row.problem("unknown_agency", f"không có cơ quan với khóa {key}")
    elif code and not any(item.code == code and item.is_valid_on(day) for item in agencies):
        yield row.problem("unknown_agency", f"ngày {day} không có cơ quan mang mã {code}")


def _figures(row: SeedRow) -> Iterator[Problem]:
    pairs = []
    for columns in (("expect_numerator", "expect_denominator"), ("numerator", "denominator")):
        given = [row.cells[column] for column in columns]
        figures = [number(text) if text else None for text in given]
        if [bool(text) for text in given] != [figure is not None for figure in figures]:
            message = f"{', '.join(columns)} phải là số, dấu thập phân là dấu chấm"
            yield row.problem("invalid_value", message)
        elif bool(given[0]) != bool(given[1]):
            yield row.problem("invalid_value", f"{', '.join(columns)}: ghi cả hai hoặc bỏ cả hai")
        elif None not in figures and not 0 <= (figures[0] or 0) <= (figures[1] or 0):
            message = f"{columns[0]} phải từ 0 đến {columns[1]}"
            yield row.problem("invalid_value", message)
        pairs.append(figures)
    if pairs[0] == pairs[1]:
        yield row.problem("nothing_corrected", "số đúng bằng số đang có ở nguồn")
