"""What is told of a published file: the facts of ``contents`` in ``contract.yml``.

======================  ==========================================================================
``real_format``         csv, tsv, json, geojson, jsonl, xml, rdf, xlsx, xls, ods, parquet, zip, kml,
                        gpx, pdf, doc, docx, ppt, pptx, html, image, text or unknown
``encoding``            of text: utf-8, utf-8-sig (with a mark), utf-16-le, …, cp1258, cp1252 (also
                        what could be anything), tcvn3, vni (fonts before Unicode, also in
                        workbooks), utf-8-broken; None where a format has none of its own
``table_state``         parsed, not_tabular, no_header, duplicate_header, ragged, empty, unparsable;
                        None where only a sample is at hand and its format has its table of contents
                        or its end elsewhere, or where nobody knows what it is
``table_problem_vi``    one sentence with places and what to do, "" where nothing is wrong
``table_error_count``   rows and labels that are wrong, all tables of the file together
``header_state``        present, missing, title_above, blank_names, duplicate_names, not_applicable;
                        None with ``table_state``, and where the file could not be read
``row_count``           without the header, all tables together; ``column_count`` of the widest
``personal_kinds``      identity, phone, email, joined by ``;``; "" where there is none, None where
                        nobody could look
``personal_columns``    names of columns, joined by ``; ``; ``personal_count`` values
``formula_like_count``  cells of text files that a workbook program would run; not kept
``list_entries``        of a publisher's list: position, title, name, publisher_name
======================  ==========================================================================
"""

from __future__ import annotations

from typing import Any

from ingestion.reading.grid import FileRefused

Facts = dict[str, Any]


def unknown_facts() -> Facts:
    """Nothing known yet."""
    return {
        "real_format": "unknown",
        "encoding": None,
        "table_state": None,
        "table_problem_vi": "",
        "table_error_count": None,
        "header_state": None,
        "row_count": None,
        "column_count": None,
        "personal_kinds": None,
        "personal_columns": None,
        "personal_count": None,
        "formula_like_count": None,
        "list_entries": [],
    }


def refused(refusal: FileRefused, code: str = "unknown", encoding: str | None = None) -> Facts:
    """The facts of a file that was not read, also because it broke a bound of the process."""
    state = "empty" if refusal.code == "empty_file" else "unparsable"
    return unknown_facts() | {
        "real_format": code,
        "encoding": encoding,
        "table_state": state,
        "table_problem_vi": refusal.message_vi,
        "table_error_count": 1,
    }
