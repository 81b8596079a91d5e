"""Describes the published tables: a Frictionless data package, a data dictionary, a list.

All say the same, made from one `TableDescription` a table. No clock: ``created`` is left out, and
the version says how far the data go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from dashboards.open_data.contracts import Column, contract
from dashboards.open_data.marts import Row, Standing
from dashboards.open_data.settings import CompanionTable, Publication, PublishedTable
from dashboards.open_data.tables import CSV, PARQUET, TableDescription, WrittenFile, WrittenTable
from dashboards.wording import Words, label
from ingestion.core.environment import TIMEZONE

DESCRIPTOR = "datapackage.json"
MEDIA_TYPES = {CSV: "text/csv", PARQUET: "application/vnd.apache.parquet"}
_TYPES = {
    "text": "string",
    "integer": "integer",
    "bigint": "integer",
    "boolean": "boolean",
    "date": "date",
    "timestamp with time zone": "datetime",
}


def data_table(table: PublishedTable) -> TableDescription:
    """The description of a published mart, taken from its contract."""
    described = contract(table.mart)
    blank = set(table.withheld.columns) if table.withheld else set()
    columns = []
    for name in table.columns:
        column = described.columns[name]
        codes = table.codes.get(name, {})
        columns.append(
            Column(
                name,
                column.data_type,
                _with_codes(column.meaning, codes),
                column.is_required and name not in blank,
                tuple(codes.get(value, value) for value in column.values or codes),
            )
        )
    references = tuple((one.columns, one.table, one.to) for one in table.references)
    return TableDescription(
        table.name, table.title, described.meaning, tuple(columns), described.key, references
    )


def _with_codes(meaning: Words, codes: Mapping[str, str]) -> Words:
    if not codes:
        return meaning
    said = ", ".join(f"{published} là {ours}" for ours, published in codes.items())
    means = ", ".join(f"{published} is {ours}" for ours, published in codes.items())
    return Words(f"{meaning.vi.rstrip('.')} ({said})", f"{meaning.en.rstrip('.')} ({means})")


def companion_table(companion: CompanionTable, key: tuple[str, ...], role: str) -> TableDescription:
    """The description of a table about the data; every column is text."""
    columns = tuple(Column(name, "text", words) for name, words in companion.columns.items())
    return TableDescription(
        companion.name, companion.title, companion.title, columns, key, role=role
    )


def dictionary_rows(tables: Sequence[TableDescription]) -> list[Row]:
    """One row per column of every data table."""
    return [
        (
            table.name,
            table.title.vi,
            str(position),
            column.name,
            table_schema_type(column),
            "true" if column.name in table.key else "false",
            "true" if column.is_required else "false",
            ";".join(column.values),
            column.meaning.vi,
            column.meaning.en,
        )
        for table in tables
        for position, column in enumerate(table.columns, start=1)
    ]


def list_rows(publication: Publication, standing: Standing) -> list[Row]:
    """The publisher's list of datasets: for now the one."""
    return [
        (
            publication.dataset_id,
            title(publication, standing).vi,
            standing.publisher.vi,
            publication.frequency.name.vi,
            publication.licence.id,
        )
    ]


def title(publication: Publication, standing: Standing) -> Words:
    """The dataset's title; simulated data say so in it."""
    if not standing.is_synthetic:
        return publication.title
    mark = label("page", "synthetic")
    return Words(f"[{mark.vi}] {publication.title.vi}", f"[{mark.en}] {publication.title.en}")


def description(publication: Publication, standing: Standing) -> Words:
    """The dataset's description; simulated data say so first."""
    if not standing.is_synthetic:
        return publication.description
    said = label("page", "synthetic_text")
    return Words(
        f"{said.vi} {publication.description.vi}", f"{said.en} {publication.description.en}"
    )


def table_schema_type(column: Column) -> str:
    """The Table Schema type of a contract column."""
    return _TYPES.get(column.data_type, "number")


def descriptor(
    publication: Publication, standing: Standing, version: str, tables: Sequence[WrittenTable]
) -> bytes:
    """The data package (Frictionless, version 1) with a schema per table."""
    named, said = title(publication, standing), description(publication, standing)
    document = {
        "profile": "data-package",
        "name": publication.dataset_id,
        "title": named.vi,
        "title_en": named.en,
        "description": said.vi,
        "description_en": said.en,
        "version": version,
        "data_as_of": standing.as_of.astimezone(TIMEZONE).isoformat(),
        "is_synthetic": standing.is_synthetic,
        "update_frequency": publication.frequency.code,
        "keywords": [*publication.keywords["vi"], *publication.keywords["en"]],
        "licenses": [
            {
                "name": publication.licence.id,
                "title": publication.licence.title,
                "path": publication.licence.url,
            }
        ],
        "contributors": [
            {"title": standing.publisher.vi, "role": "publisher"},
            {
                "title": publication.contact.name.vi,
                "email": publication.contact.email,
                "role": "contact",
            },
        ],
        "proposed": list(publication.proposed),
        "resources": [_resource(written, file) for written in tables for file in written.files],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def _resource(written: WrittenTable, file: WrittenFile) -> dict[str, Any]:
    table = written.table
    resource: dict[str, Any] = {
        "name": table.name if file.kind == CSV else f"{table.name}_{file.kind}",
        "title": table.title.vi,
        "title_en": table.title.en,
        "description": table.meaning.vi,
        "description_en": table.meaning.en,
        "path": file.name,
        "format": file.kind,
        "mediatype": MEDIA_TYPES[file.kind],
        "bytes": file.byte_count,
        "hash": f"sha256:{file.sha256}",
    }
    if file.kind != CSV:
        return resource | {"type": "file"}  # Parquet carries its schema itself
    return resource | {
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"'},
        "schema": {
            "fields": [_field(column) for column in table.columns],
            "primaryKey": list(table.key),
            "foreignKeys": [
                {
                    "fields": list(columns),
                    "reference": {"resource": "" if to == table.name else to, "fields": list(keys)},
                }
                for columns, to, keys in table.references
            ],
            "missingValues": [""],
        },
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.is_required:
        constraints["required"] = True
    if column.values:
        constraints["enum"] = list(column.values)
    described = {
        "name": column.name,
        "title": column.title,
        "description": column.meaning.vi,
        "description_en": column.meaning.en,
        "type": table_schema_type(column),
    }
    return described | ({"constraints": constraints} if constraints else {})
