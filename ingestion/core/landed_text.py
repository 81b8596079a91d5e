"""Typed columns of raw as the text that they were landed with, to be landed again."""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.core.contract import Column

_MOMENT = "to_char({} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"


def as_landed(columns: Sequence[Column]) -> str:
    """A select list of columns of a contract, each as text under its own name."""
    kinds = {"timestamptz": _MOMENT}
    return ", ".join(
        f"{kinds.get(column.type, 'cast({} as text)').format(column.name)} as {column.name}"
        for column in columns
    )
