"""What a person wants to see of a file before anybody says which form it is.

The job of ``cchc inspect``: everything that `structure` found, as one JSON document with stable
keys (docstring of `inspect_file`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ingestion.reading.documents import read_document
from ingestion.reading.grid import Document, Sheet, column_letters
from ingestion.reading.numbers import as_sentence_vi
from ingestion.reading.structure import find_tables
from ingestion.reading.tables import Column, Number, Row, Separators, StatedPeriod, Table, Unit

_MOST_ROWS = 5_000
_MOST_REFUSED = 200


def inspect_file(content: bytes, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Read a file and say what is in it.

    Args:
        content: the file.
        name: its name, as it came.
        options: none are known.

    Returns:
        ``file``, ``bytes``, ``kind``, ``encoding``, ``declared_encoding``, ``facts``, ``remarks``
        (``code``, ``where``, ``message_vi``) and ``sheets``; each with ``name``, ``visibility``,
        ``row_count``, ``column_count``, ``hidden_rows``, ``hidden_columns`` and ``tables``; each
        of those as `_table`.

    Raises:
        FileRefused: the file is not read.
    """
    document = read_document(content, name)
    return {"file": name, "bytes": len(content)} | inspect_document(document)


def inspect_document(document: Document) -> dict[str, Any]:
    """What is in a document: see `inspect_file`."""
    by_sheet: dict[int, list[dict[str, Any]]] = {}
    number = 0
    for place, sheet in enumerate(document.sheets):
        part = Document(
            document.kind,
            [sheet],
            document.encoding,
            document.declared_encoding,
            document.facts,
            document.text_lines,
            document.remarks,
        )
        for table in find_tables(part):
            number += 1
            by_sheet.setdefault(place, []).append(_table(sheet, table, number))
    return {
        "kind": document.kind,
        "encoding": document.encoding,
        "declared_encoding": document.declared_encoding,
        "facts": document.facts,
        "remarks": [
            {"code": remark.code, "where": remark.where, "message_vi": remark.message_vi}
            for remark in document.remarks
        ],
        "sheets": [
            {
                "name": sheet.name,
                "visibility": sheet.visibility,
                "row_count": len(sheet.values),
                "column_count": max((len(row) for row in sheet.values), default=0),
                "hidden_rows": sorted(sheet.hidden_rows),
                "hidden_columns": [column_letters(c) for c in sorted(sheet.hidden_columns)],
                "tables": by_sheet.get(place, []),
            }
            for place, sheet in enumerate(document.sheets)
        ],
    }


def _table(sheet: Sheet, table: Table, number: int) -> dict[str, Any]:
    counted = Counter(found.state for row in table.rows for found in row.numbers.values())
    refused = [
        {
            "cell": sheet.address(row.row, column),
            "text": found.text,
            "code": found.code,
            "message_vi": as_sentence_vi(found),
        }
        for row in table.rows
        for column, found in row.numbers.items()
        if found.state == "refused"
    ]
    return {
        "table_no": number,
        "first_row": table.first_row,
        "last_row": table.last_row,
        "header_rows": list(table.header_rows),
        "title": list(table.title),
        "form_text": table.form_text,
        "organisation": table.organisation,
        "unit": _unit(table.unit),
        "period": _period(table.period),
        "columns": [_column(column) for column in table.columns],
        "outline": _outline(table),
        "rows_with_numbers": sum(
            any(found.state == "value" for found in row.numbers.values()) for row in table.rows
        ),
        "numbers": dict(sorted(counted.items())),
        "refused": refused[:_MOST_REFUSED],
        "rows": [_row(row) for row in table.rows[:_MOST_ROWS]],
        "rows_left_off": max(0, len(table.rows) - _MOST_ROWS),
        "footnotes": [{"row": row, "text": text} for row, text in table.footnotes],
    }


def _outline(table: Table) -> dict[str, Any]:
    kinds = Counter(row.kind for row in table.rows)
    levels = Counter(row.level for row in table.rows if row.level is not None)
    return {
        "items": kinds["item"],
        "totals": kinds["total"],
        "headings": kinds["heading"],
        "repeated_headers": kinds["repeated_header"],
        "hidden": sum(row.is_hidden for row in table.rows),
        "rows_by_level": {str(level): levels[level] for level in sorted(levels)},
        "rows_with_uncertain_parent": [row.row for row in table.rows if not row.is_parent_certain],
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "column": column_letters(column.index),
        "label": column.label,
        "labels": list(column.labels),
        "role": column.role,
        "unit": _unit(column.unit),
        "separators": _separators(column.separators),
        "number_label": column.number_label,
        "is_hidden": column.is_hidden,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "row": row.row,
        "mark": row.mark,
        "level": row.level,
        "parent": row.parent,
        "is_parent_certain": row.is_parent_certain,
        "kind": row.kind,
        "item": row.item,
        "is_hidden": row.is_hidden,
        "unit": _unit(row.unit),
        "numbers": {
            column_letters(column): _number(found) for column, found in row.numbers.items()
        },
    }


def _number(number: Number) -> dict[str, Any]:
    return {
        "state": number.state,
        "value": None if number.value is None else f"{number.value:f}",
        "text": number.text,
        "code": number.code,
    }


def _unit(unit: Unit | None) -> dict[str, Any] | None:
    if unit is None:
        return None
    return {
        "text": unit.text,
        "code": unit.code,
        "factor": f"{unit.factor:f}",
        "where": unit.where,
        "is_misspelt": unit.is_misspelt,
    }


def _period(period: StatedPeriod | None) -> dict[str, Any] | None:
    if period is None:
        return None
    return {
        "kind": period.kind,
        "start": period.start.isoformat(),
        "text": period.text,
        "where": period.where,
    }


def _separators(separators: Separators | None) -> dict[str, Any] | None:
    if separators is None:
        return None
    return {
        "decimal": separators.decimal,
        "thousands": separators.thousands,
        "evidence": separators.evidence,
    }
