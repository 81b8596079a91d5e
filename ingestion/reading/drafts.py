"""A draft layout of an unknown form: the rows that a reviewer corrects and adds to the data files.

What is known is filled in; what only a person can say stands as ``?``, which the reader of layouts
refuses, so that no draft comes into force by being pasted.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from ingestion.reading.labels import fold
from ingestion.reading.layouts import Layouts
from ingestion.reading.matching import Stated, form_numbers, stage_of
from ingestion.reading.tables import Table

_UNKNOWN = "?"
_MOST_ITEMS = 60


def draft_layout(table: Table, stated: Stated, layouts: Layouts) -> list[dict[str, str]]:
    """Rows for ``forms.csv``, ``labels.csv``, ``columns.csv`` and ``items.csv``.

    Returns:
        ``{"file": name, "row": one CSV line}`` in the order in which they are added.
    """
    title = " ".join(table.title) or stated.title
    numbers = form_numbers(table.form_text) or form_numbers(stated.form_text)
    stage = stage_of(f"{title} {stated.stage_text}", layouts) or _UNKNOWN
    number = str(numbers[0]) if numbers else _UNKNOWN
    name = "_".join(fold(title).split()[:6]) or "draft"
    year = table.period.start.year if table.period else stated.budget_year
    rows = [
        (
            "forms.csv",
            [
                f"{stage}.{number}.{_UNKNOWN}",
                str(year or _UNKNOWN),
                "",
                title[:120],
                title.casefold()[:120],
                name,
                name,
                "sum",
                "proposed",
                f"tệp mẫu: {table.sheet}"[:60],
            ],
        ),
        *_label_rows(table, layouts),
        *_column_rows(table, layouts, name),
        *_item_rows(table, name),
    ]
    return [{"file": file, "row": _csv_line(cells)} for file, cells in rows]


def _label_rows(table: Table, layouts: Layouts) -> Iterable[tuple[str, list[str]]]:
    unknown: dict[str, None] = {}
    for column in table.columns:
        if column.role in ("mark", "item"):
            continue
        for label in column.labels:
            if layouts.phrases.meaning((label,)).unknown:
                unknown[label] = None
    return [("labels.csv", [_UNKNOWN, label[:120], "proposed"]) for label in unknown]


def _column_rows(table: Table, layouts: Layouts, name: str) -> Iterable[tuple[str, list[str]]]:
    for column in table.columns:
        if column.role in ("mark", "item", "empty"):
            continue
        meaning = layouts.phrases.meaning(column.labels)
        unit = {"amount": "money", "percent": "percent"}.get(column.role, "text")
        concepts = "+".join(meaning.concepts)
        year = "last" if meaning.relative == -1 else "current" if unit == "money" else "any"
        labels = _UNKNOWN if meaning.unknown or not concepts else concepts
        yield (
            "columns.csv",
            [name, _UNKNOWN, unit, labels, year, "required", "", "proposed"],
        )


def _item_rows(table: Table, name: str) -> Iterable[tuple[str, list[str]]]:
    labels = dict.fromkeys(row.item for row in table.rows if row.item and row.kind != "heading")
    for label in list(labels)[:_MOST_ITEMS]:
        yield "items.csv", [name, _UNKNOWN, "", "", label[:120].replace("|", "/"), "proposed"]


def _csv_line(cells: Sequence[str]) -> str:
    """One CSV line; a cell that a spreadsheet would take for a formula is made harmless."""
    written = io.StringIO()
    safe = [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells]
    csv.writer(written, lineterminator="").writerow(safe)
    return written.getvalue()
