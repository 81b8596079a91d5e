"""The job that reads a delivered report; runs in a worker of `ingestion.reading.isolation`.

It says which form the file is, what stands above its tables and what stands in each cell that the
form asks for. It decides nothing that needs to know who sent the file, when, or a secret.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from datetime import date
from functools import lru_cache
from typing import Any, get_args

import orjson

from ingestion.core.log import quote_foreign
from ingestion.core.period import Kind, Period
from ingestion.reading.documents import read_document
from ingestion.reading.grid import Document, Remark, Sheet
from ingestion.reading.sheet_view import SheetView
from ingestion.reading.text import key
from ingestion.sources.agency_reports.reading.answers import Answers, read_answers
from ingestion.sources.agency_reports.reading.heading import Heading, printed_codes, read_heading
from ingestion.sources.agency_reports.reading.layout import AskedForm, Layouts, layouts_of
from ingestion.sources.agency_reports.reading.places import Found, find_places, settle_periods

_LONGEST_SHEET_NAME = 60
_MOST_ROWS = 2_000
"""Rows of a sheet in which a form is looked for; the longest has some seventy."""


def read_report(content: bytes, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Read a file as a report.

    Args:
        content: the file.
        name: its name, as it came.
        options: ``forms``: what `options.plain_forms` says, as a JSON text.

    Returns:
        ``file_kind``; ``form_code`` (empty where no form is told, or more than one) and
        ``form_codes`` (all that are told); ``form_ids``, ``agencies``, ``periods``, ``statuses``,
        ``titles``: what the heading states, each with ``text``, ``sheet``, ``cell`` (periods with
        ``kind`` and ``start``); ``nils``: ``titles`` (folded, of the section), ``is_declared``,
        ``text``, ``sheet``, ``cell``; ``cells``: see `answers.read_answers`; ``sheets``:
        names of the sheets that hold the form; ``remarks``: ``code``, ``where``, ``message_vi``.

    Raises:
        FileRefused: the file is not read.
    """
    layouts = _layouts(options["forms"])
    document = read_document(content, name)
    for sheet in document.sheets:
        _keep_top(sheet, document)
    views = [SheetView.of(sheet) for sheet in document.sheets]
    codes = _forms_told(views, layouts)
    reading: dict[str, Any] = {
        "state": "read",
        "file_kind": document.kind,
        "form_code": codes[0] if len(codes) == 1 else "",
        "form_codes": codes,
        "sheets": [],
        "cells": [],
        "nils": [],
    }
    if len(codes) != 1:
        headings = [read_heading(view, _last_row(view)) for view in views[:5]]
        return reading | _joined(headings) | {"remarks": _remarks(document, Answers())}
    form = layouts.forms[codes[0]]
    sheets = _holding([find_places(view, form) for view in views])
    headings = [read_heading(f.view, _first_row(f), _rows_between(f)) for f in sheets]
    told = _joined(headings)
    wanted = _period_of(told)
    for found in sheets:
        settle_periods(found.heads, wanted)
    answers = read_answers(sheets)
    return (
        reading
        | told
        | {
            "sheets": [found.view.sheet.name[:_LONGEST_SHEET_NAME] for found in sheets],
            "cells": answers.cells,
            "nils": answers.nils,
            "remarks": _remarks(document, answers),
        }
    )


@lru_cache(maxsize=2)
def _layouts(forms: str) -> Layouts:
    return layouts_of(orjson.loads(forms))


def _keep_top(sheet: Sheet, document: Document) -> None:
    """Leave out what stands below the rows that a report can have, and say so.

    A list of thousands of rows that an office attaches is no part of any form, and looking for the
    form in it would cost more than reading it.
    """
    if len(sheet.values) <= _MOST_ROWS:
        return
    del sheet.values[_MOST_ROWS:]
    where = quote_foreign(sheet.name, _LONGEST_SHEET_NAME)
    document.remarks.append(
        Remark(
            "long_sheet",
            where,
            f"Trang “{where}” có nhiều hơn {_MOST_ROWS} dòng; chỉ xem {_MOST_ROWS} dòng đầu.",
        )
    )


def _forms_told(views: Sequence[SheetView], layouts: Layouts) -> list[str]:
    """The codes of the forms that a file may be: by printed codes, or else by its rows."""
    stated = sorted(set().union(*(printed_codes(view, layouts.forms) for view in views)))
    texts = {text for view in views for line in view.lines for _, text in line.texts()}
    by_case, by_key = {text.casefold() for text in texts}, {key(text) for text in texts}
    rows = {code: _rows_told(by_case, by_key, form) for code, form in layouts.forms.items()}
    if stated:
        # A form that is named only beside another's rows (a reference, a copied heading) is none.
        return [code for code in stated if rows[code]] or stated
    most = max(rows.values(), default=0)
    return [code for code, count in rows.items() if count == most > 0]


def _rows_told(by_case: Set[str], by_key: Set[str], form: AskedForm) -> int:
    """How many rows of a form stand in a file, by exact code or wording, its name as one more."""
    rows = {row.code for code, row in form.by_code.items() if code in by_case}
    rows.update(row.code for label in form.by_label.keys() & by_key for row in form.by_label[label])
    return len(rows) + (not form.names.isdisjoint(by_key)) if rows else 0


def _holding(sheets: Sequence[Found]) -> list[Found]:
    """The sheets that hold the form's table: those that people see, or else hidden ones."""
    holding = [found for found in sheets if _has_table(found)] or [
        found for found in sheets if found.places
    ]
    seen = [found for found in holding if found.view.sheet.visibility == "visible"]
    return seen or holding


def _has_table(found: Found) -> bool:
    """Whether rows of the form stand below a header that has columns to fill in."""
    return any(
        place.head is not None
        and (place.head.periods or any(place.head.columns(c) for c in place.row.fields))
        for place in found.places
    )


def _first_row(found: Found) -> int:
    rows = [head.first for head in found.heads] + [place.line for place in found.places]
    with_places = [place.head.first for place in found.places if place.head is not None]
    return min(with_places or rows, default=_last_row(found.view))


def _rows_between(found: Found) -> set[int]:
    """Rows between the form's own that are none of them."""
    placed = {place.line for place in found.places}
    heads = {row for head in found.heads for row in range(head.first, head.last + 1)}
    first, last = _first_row(found), max(placed, default=0)
    return set(range(first, min(last, first + 10_000))) - placed - heads - dict(found.titles).keys()


def _last_row(view: SheetView) -> int:
    return view.lines[-1].row + 1 if view.lines else 1


def _joined(headings: Sequence[Heading]) -> dict[str, Any]:
    """The facts of several sheets; the same fact is told once."""
    joined: dict[str, list[Any]] = defaultdict(list)
    for heading in headings:
        for name, facts in heading.plain().items():
            joined[name] += facts
    return {
        name: joined[name] for name in ("form_ids", "agencies", "periods", "statuses", "titles")
    }


def _period_of(told: Mapping[str, Any]) -> Period | None:
    """The period that the file itself tells: by its form id, whether genuine or not, or a title."""
    for form_id in told["form_ids"]:
        parts = form_id["text"].split("/")
        if len(parts) > 2:
            try:
                return Period.parse(parts[2])
            except ValueError:
                continue
    for stated in told["periods"]:
        if stated["kind"] in get_args(Kind):
            return Period(date.fromisoformat(stated["start"]), stated["kind"])
    return None


def _remarks(document: Document, answers: Answers) -> list[dict[str, str]]:
    told = [
        {"code": remark.code, "where": remark.where, "message_vi": remark.message_vi}
        for remark in document.remarks
    ]
    return told + answers.remarks
