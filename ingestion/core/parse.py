"""Landed lines become typed Arrow batches, and records that cannot be loaded become rejects.

Several landed files make one slab of about `SLAB_ROWS` records, so that the cost per batch is small
and memory stays flat whatever the size of the extract.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
from numpy.typing import NDArray

from ingestion.core.contract import (
    ARROW_TYPES,
    PROBLEMS,
    ChildTable,
    Column,
    ColumnType,
    Resource,
)
from ingestion.core.dates import (
    FORMAT_NAMES,
    TIMESTAMP,
    Bytes,
    Flags,
    parse_dates,
    parse_days,
)
from ingestion.core.errors import LandingCorrupted
from ingestion.core.landing import LandedFile, Landing
from ingestion.core.rollup import (
    ChildLists,
    parse_decimals,
    parse_flags,
    parse_numbers,
    roll_up,
)

SLAB_ROWS = 8_000
SLAB_BYTES = 8 * 1024 * 1024
"""Stored bytes from which a slab takes no further file; records with long lists come to it."""

REASONS_VI = {
    "missing_key": "Thiếu giá trị bắt buộc ở trường {field}",
    "not_a_record": "Bản ghi không phải là một đối tượng JSON",
    "wrong_type": "Trường {field} không phải là chuỗi ký tự đơn như quy định",
    "duplicate_field": "Bản ghi có tên trường xuất hiện hơn một lần {field}",
    "too_long": "Giá trị ở trường {field} dài quá mức cho phép",
    "invalid_text": "Trường {field} chứa ký tự không lưu trữ được",
    "personal_value": "Mã ở trường {field} giống số giấy tờ, số điện thoại hoặc thư điện tử",
    "unreadable_date": "Không đọc được ngày giờ ở trường {field}",
    "unreadable_number": "Không đọc được con số ở trường {field}",
    "unreadable_flag": "Trường {field} không phải là đúng hoặc sai",
}
"""Reason codes of rejected records and what an officer reads."""

_REJECTED_COLUMNS = ("record_id", "field", "reason_code", "reason_vi", "record")


@dataclass(frozen=True)
class Lineage:
    """Where loaded rows come from; becomes the first columns of every raw row."""

    source: str
    resource: str
    period: str
    extract_id: uuid.UUID
    load_id: int
    loaded_at: datetime

    def columns(self, row_numbers: NDArray[np.int32]) -> tuple[list[str], list[pa.Array]]:
        """Lineage columns for the given row numbers."""
        count = len(row_numbers)
        constants = {
            "_source": pa.scalar(self.source),
            "_resource": pa.scalar(self.resource),
            "_period": pa.scalar(self.period),
            "_extract_id": pa.scalar(self.extract_id.bytes, pa.binary(16)),
            "_load_id": pa.scalar(self.load_id, pa.int64()),
            "_loaded_at": pa.scalar(self.loaded_at, TIMESTAMP),
        }
        arrays = [pa.repeat(value, count) for value in constants.values()]
        return [*constants, "_row_number"], [*arrays, pa.array(row_numbers, pa.int32())]


@dataclass
class Slab:
    """Typed rows of several landed files.

    Attributes:
        tables: one batch per raw table (the resource's own and its child tables).
        rejected: batch for the ``__rejected`` table.
        reasons: how many records were rejected for which reason code.
    """

    tables: dict[str, pa.RecordBatch]
    rejected: pa.RecordBatch
    row_count: int
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SlabFiles:
    """Landed files that are parsed together."""

    files: tuple[LandedFile, ...]
    first_row: int
    by_hand: bool


def plan_slabs(files: list[tuple[LandedFile, str]]) -> Iterator[SlabFiles]:
    """Group (file, origin) pairs, in order, into slabs of files of the same origin."""
    group: list[LandedFile] = []
    group_origin, first_row, rows, size = "", 1, 0, 0
    for file, origin in files:
        if group and (origin != group_origin or rows >= SLAB_ROWS or size >= SLAB_BYTES):
            yield SlabFiles(tuple(group), first_row, group_origin == "manual")
            first_row, rows, size, group = first_row + rows, 0, 0, []
        group.append(file)
        group_origin = origin
        rows += file.row_count
        size += file.byte_count
    if group:
        yield SlabFiles(tuple(group), first_row, group_origin == "manual")


def parse_slab(landing: Landing, plan: SlabFiles, resource: Resource, lineage: Lineage) -> Slab:
    """Read, verify and parse the files of one slab.

    Raises:
        LandingCorrupted: a file is not what was landed.
    """
    contents = [landing.read(file.path, file.sha256) for file in plan.files]
    text = b"".join(contents)
    rows = sum(file.row_count for file in plan.files)
    schema = resource.landed_schema()
    if rows == 0:
        batch = pa.RecordBatch.from_pylist([], schema=schema)
    else:
        batch = _read_lines(text, schema)
    if batch.num_rows != rows:
        raise LandingCorrupted(f"{plan.files[0].path}: {batch.num_rows} lines instead of {rows}")
    return _Parser(batch, text, plan, resource, lineage).slab()


def _read_lines(text: bytes, schema: pa.Schema) -> pa.RecordBatch:
    """All lines as one batch; every scalar is text, unknown fields are ignored."""
    try:
        table = pyarrow.json.read_json(
            pa.BufferReader(text),
            read_options=pyarrow.json.ReadOptions(
                use_threads=False, block_size=max(len(text) + 1, 1 << 16)
            ),
            parse_options=pyarrow.json.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid as error:
        raise LandingCorrupted(f"landed lines do not have the contract's shape: {error}") from None
    return table.combine_chunks().to_batches()[0]


@dataclass(frozen=True)
class _Typed:
    """A column of text as its type, and which of its values could not be read.

    Attributes:
        code: reason code of the records that those values belong to.
        formats: bit of the date format per value; None for what is no moment.
    """

    values: pa.Array
    unreadable: Flags
    code: str = "unreadable_number"
    formats: Bytes | None = None


def _typed(texts: pa.Array, kind: ColumnType) -> _Typed:
    match kind:
        case "text":
            return _Typed(texts, np.zeros(len(texts), dtype=bool))
        case "timestamptz":
            moments, unreadable, formats = parse_dates(texts)
            return _Typed(moments, unreadable, "unreadable_date", formats)
        case "date":
            return _Typed(*parse_days(texts), "unreadable_date")
        case "boolean":
            return _Typed(*parse_flags(texts), "unreadable_flag")
        case "decimal":
            return _Typed(*parse_decimals(texts))
        case "integer" | "bigint" | "numeric":
            numbers, unreadable = parse_numbers(texts)
            return _Typed(numbers.cast(ARROW_TYPES[kind]), unreadable)


class _Parser:
    """One slab on its way from landed text to typed tables."""

    def __init__(
        self,
        batch: pa.RecordBatch,
        text: bytes,
        plan: SlabFiles,
        resource: Resource,
        lineage: Lineage,
    ) -> None:
        self._batch = batch
        self._text = text
        self._plan = plan
        self._resource = resource
        self._lineage = lineage
        self._rows = batch.num_rows
        self._lists = ChildLists(batch)
        self._formats = np.zeros(self._rows, dtype=np.uint8)
        self._problems: list[tuple[int, str, str]] = []  # row, field, code

    def slab(self) -> Slab:
        resource = self._resource
        self._note_door_problems()
        columns = [self._column(column) for column in resource.columns]
        columns = self._with_version_fallback(columns)
        self._note_missing()
        children = [self._child_columns(table) for table in resource.child_tables]

        bad = np.zeros(self._rows, dtype=bool)
        bad[[row for row, _, _ in self._problems]] = True
        good = np.flatnonzero(~bad)
        numbers = np.arange(self._rows, dtype=np.int32) + np.int32(self._plan.first_row)
        if resource.date_formats_column:
            columns.append(pa.array(FORMAT_NAMES[self._formats].astype(object), pa.string()))
        names, lineage = self._lineage.columns(numbers[good])
        names += [column.name for column in resource.columns]
        if resource.date_formats_column:
            names.append("_date_formats")
        kept = columns if len(good) == self._rows else [c.take(pa.array(good)) for c in columns]
        tables = {resource.table: pa.RecordBatch.from_arrays(lineage + kept, names=names)}
        by_name = dict(zip([c.name for c in resource.columns], columns, strict=False))
        for table, (parents, arrays) in zip(resource.child_tables, children, strict=True):
            tables[table.table] = self._child_table(table, parents, arrays, by_name, bad, numbers)
        reasons: dict[str, int] = {}
        rejected = self._rejected(numbers, reasons)
        return Slab(tables, rejected, len(good), reasons)

    def _column(self, column: Column) -> pa.Array:
        if column.roll_up:
            values, unreadable = roll_up(self._lists, column)
            if unreadable is not None:
                path = f"{column.source}.{column.child_field}"
                self._note(unreadable, path, "unreadable_number")
            return values
        typed = _typed(self._batch.column(column.source), column.type)
        if typed.formats is not None:
            self._formats |= typed.formats
        self._note(typed.unreadable, column.source, typed.code)
        return typed.values

    def _with_version_fallback(self, columns: list[pa.Array]) -> list[pa.Array]:
        """Fill a missing version from the record's latest date, for files dropped by hand."""
        resource = self._resource
        if not self._plan.by_hand or not resource.version_fallback:
            return columns
        at = {column.source: place for place, column in enumerate(resource.columns)}
        # There is no maximum of time stamps in Arrow, of the microseconds behind them there is.
        dates = [columns[at[name]].cast(pa.int64()) for name in resource.version_fallback]
        latest = pc.max_element_wise(*dates).cast(TIMESTAMP)
        place = at[resource.version]
        absent = self._batch.column(resource.version).is_null()
        columns[place] = pc.if_else(absent, latest, columns[place])
        return columns

    def _note(self, flags: Flags, field_name: str, code: str) -> None:
        if flags.any():
            self._problems += [(int(row), field_name, code) for row in np.flatnonzero(flags)]

    def _note_door_problems(self) -> None:
        noted = self._batch.column(PROBLEMS)
        if noted.null_count < self._rows:
            for row in np.flatnonzero(np.asarray(noted.is_valid())):
                for problem in noted[int(row)].as_py():
                    self._problems.append((int(row), problem["field"], problem["code"]))

    def _note_missing(self) -> None:
        for name in self._resource.required:
            absent = self._batch.column(name).is_null()
            if self._plan.by_hand and name == self._resource.version:
                for other in self._resource.version_fallback:
                    absent = pc.and_(absent, self._batch.column(other).is_null())
            self._note(np.asarray(absent, dtype=bool), name, "missing_key")

    def _child_columns(self, table: ChildTable) -> tuple[NDArray[np.int64], list[pa.Array]]:
        """Typed columns of a child list and the row each element belongs to."""
        parents = self._lists.flat(table.child)[1]
        arrays = []
        for column in table.columns:
            typed = _typed(self._lists.texts(table.child, column.source), column.type)
            if typed.formats is not None:
                np.bitwise_or.at(self._formats, parents, typed.formats)
            if typed.unreadable.any():
                flags = np.zeros(self._rows, dtype=bool)
                flags[parents[typed.unreadable]] = True
                self._note(flags, f"{table.child}.{column.source}", typed.code)
            arrays.append(typed.values)
        return parents, arrays

    def _child_table(
        self,
        table: ChildTable,
        parents: NDArray[np.int64],
        arrays: list[pa.Array],
        parent_columns: dict[str, pa.Array],
        bad: Flags,
        numbers: NDArray[np.int32],
    ) -> pa.RecordBatch:
        kept = np.flatnonzero(~bad[parents])
        rows = parents[kept]
        names, lineage = self._lineage.columns(numbers[rows])
        taken = pa.array(rows)
        return pa.RecordBatch.from_arrays(
            lineage
            + [parent_columns[name].take(taken) for name in table.parent_columns]
            + [array.take(pa.array(kept)) for array in arrays],
            names=[*names, *table.parent_columns, *(column.name for column in table.columns)],
        )

    def _rejected(self, numbers: NDArray[np.int32], reasons: dict[str, int]) -> pa.RecordBatch:
        """One row per rejected record: the first problem's code, all problems in words."""
        by_row: dict[int, list[tuple[str, str]]] = {}
        for row, field_name, code in self._problems:
            noted = by_row.setdefault(row, [])
            if (field_name, code) not in noted:
                noted.append((field_name, code))
        text = self._text if by_row else b""
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
        rows: list[tuple[str | None, str, str, str, str]] = []
        keys = self._batch.column(self._resource.key)
        for row, noted in sorted(by_row.items()):
            field_name, code = noted[0]
            reasons[code] = reasons.get(code, 0) + 1
            words = "; ".join(REASONS_VI[code].format(field=name).strip() for name, code in noted)
            start = int(ends[row - 1]) + 1 if row else 0
            record = text[start : int(ends[row])].decode("utf-8")
            rows.append((keys[row].as_py(), field_name, code, words, record))
        names, lineage = self._lineage.columns(numbers[sorted(by_row)])
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(_REJECTED_COLUMNS)
        arrays = [pa.array(list(column), pa.string()) for column in columns]
        return pa.RecordBatch.from_arrays(lineage + arrays, names=[*names, *_REJECTED_COLUMNS])
