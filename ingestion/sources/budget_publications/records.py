"""A reading as the record that is landed: texts bounded, numbers exact and written plainly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from ingestion.core.contract import Resource
from ingestion.sources.budget_publications.reader import Reading, Version

_LONGEST_TEXT = 2_000
_DECIMALS = Decimal("1e-9")
_MOST_DIGITS = 29

Record = dict[str, Any]


def record_of(
    version: Version, reading: Reading, reader_version: str, contract: Resource
) -> Record:
    """The record of a version and its reading.

    Args:
        version: what was read.
        reading: what the reader said of it.
        reader_version: with which it was made.
        contract: of resource ``readings``; fields it does not list are left out.
    """
    tables = [_table(table, contract) for table in reading.get("tables") or []]
    lines = [_line(line, contract) for line in reading.get("lines") or []]
    states = [line.get("state") for line in lines]
    codes = {str(remark.get("code", "")) for remark in reading.get("remarks") or []}
    record: Record = {
        "version_key": version.version_key,
        "_file_sha256": version.file_sha256,
        "reader_version": reader_version,
        "table_count": len(tables),
        "value_count": states.count("value"),
        "refused_count": states.count("refused"),
        "held_count": sum("hold_code" in line and line.get("state") == "value" for line in lines),
        "remark_codes": ";".join(sorted(codes - {""})),
        "tables": tables,
        "lines": lines,
    }
    for name in ("file_kind", "encoding", "state", "reason_code", "reason_vi"):
        if (text := _text(reading.get(name))) is not None:
            record[name] = text
    return record


def _table(table: Mapping[str, Any], contract: Resource) -> Record:
    return _child(table, contract, "tables")


def _line(line: Mapping[str, Any], contract: Resource) -> Record:
    kept = _child(line, contract, "lines")
    if line.get("value") is not None and "value" not in kept:
        # More digits than any budget has: never cut to fit.
        kept |= {
            "state": "refused",
            "hold_code": "too_many_digits",
            "hold_vi": "Số có nhiều chữ số hơn mức kho lưu được nên không nhận",
        }
    return kept


def _child(given: Mapping[str, Any], contract: Resource, child: str) -> Record:
    """The listed fields of a table or line; absent and empty ones are left out."""
    kept: Record = {}
    for name, kind in contract.children[child].keep.items():
        value = given.get(name)
        text = _decimal(value) if kind == "decimal" else _text(value)
        if text is not None:
            kept[name] = text
    return kept


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    storable = "".join(
        sign for sign in str(value) if sign != "\x00" and not "\ud800" <= sign <= "\udfff"
    )
    return storable[:_LONGEST_TEXT]


def _decimal(value: object) -> str | None:
    """An exact number written plainly, to nine decimals; None when it does not fit."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
        if not number.is_finite() or number.adjusted() >= _MOST_DIGITS:
            return None
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -9:
            number = number.quantize(_DECIMALS)
    except InvalidOperation:
        return None
    return f"{number:f}"
