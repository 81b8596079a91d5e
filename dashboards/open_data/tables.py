"""Writes a table as CSV (RFC 4180, UTF-8) and typed Parquet: the same bytes for the same rows."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dashboards.open_data.cells import written
from dashboards.open_data.contracts import Column
from dashboards.open_data.marts import Row
from dashboards.wording import Words

CSV = "csv"
PARQUET = "parquet"

_TYPES = {
    "text": pa.string(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"),
}
_NUMERIC = re.compile(r"numeric\((\d+), (\d+)\)")


@dataclass(frozen=True, slots=True)
class TableDescription:
    """A published table: its columns, the unique ones, and what they point to.

    Attributes:
        role: ``data``, ``dictionary`` or ``list``.
        references: own columns, table, its columns.
    """

    name: str
    title: Words
    meaning: Words
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = ()
    role: str = "data"


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file of the package."""

    name: str
    kind: str
    byte_count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table with its files, the CSV first."""

    table: TableDescription
    row_count: int
    files: tuple[WrittenFile, ...]


def write_table(
    folder: Path, table: TableDescription, batches: Iterable[Sequence[Row]], kinds: Sequence[str]
) -> WrittenTable:
    """Write one table.

    Args:
        folder: to write to.
        table: its description; rows have its columns in their order.
        batches: the rows in their final order.
        kinds: `CSV`, or `CSV` and `PARQUET`.
    """
    schema = arrow_schema(table.columns)
    paths = {kind: folder / f"{table.name}.{kind}" for kind in kinds}
    count = 0
    parquet = (
        pq.ParquetWriter(paths[PARQUET], schema, compression="zstd") if PARQUET in kinds else None
    )
    try:
        with paths[CSV].open("x", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\r\n")
            writer.writerow([column.name for column in table.columns])
            for rows in batches:
                writer.writerows([written(value) for value in row] for row in rows)
                if parquet:
                    parquet.write_table(_arrow(schema, rows))
                count += len(rows)
    finally:
        if parquet:
            parquet.close()
    return WrittenTable(table, count, tuple(_described(path, kind) for kind, path in paths.items()))


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema of contract columns, descriptions included."""
    return pa.schema(
        pa.field(
            column.name,
            arrow_type(column.data_type),
            nullable=not column.is_required,
            metadata={"description_vi": column.meaning.vi, "description_en": column.meaning.en},
        )
        for column in columns
    )


def arrow_type(data_type: str) -> pa.DataType:
    """The Arrow type of a PostgreSQL type; numbers keep all their digits.

    Raises:
        KeyError: a type that no mart has used so far.
    """
    numeric = _NUMERIC.fullmatch(data_type)
    if numeric:
        return pa.decimal128(int(numeric[1]), int(numeric[2]))
    return _TYPES[data_type]


def _arrow(schema: pa.Schema, rows: Sequence[Row]) -> pa.Table:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _described(path: Path, kind: str) -> WrittenFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return WrittenFile(path.name, kind, path.stat().st_size, digest)
