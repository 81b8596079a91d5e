"""The job that looks into a published file: what it is, whether it is a table, whom it exposes.

Run it by `ingestion.reading.isolation.Isolated` as `JOB`; it reads foreign files.
"""

from __future__ import annotations

from typing import Any

from ingestion.reading.bounds import BOUNDS
from ingestion.reading.grid import FileRefused
from ingestion.reading.text import legacy_font
from ingestion.sources.open_data_portal.inspecting.checks import Verdict, check
from ingestion.sources.open_data_portal.inspecting.facts import Facts, refused, unknown_facts
from ingestion.sources.open_data_portal.inspecting.formats import Found, recognise_format
from ingestion.sources.open_data_portal.inspecting.header import below_title, is_data, is_number
from ingestion.sources.open_data_portal.inspecting.json_table import read_json
from ingestion.sources.open_data_portal.inspecting.lists import list_entries
from ingestion.sources.open_data_portal.inspecting.personal import find_personal
from ingestion.sources.open_data_portal.inspecting.settings import Rules, rules
from ingestion.sources.open_data_portal.inspecting.table import Table, Tables
from ingestion.sources.open_data_portal.inspecting.text_table import read_text_table
from ingestion.sources.open_data_portal.inspecting.workbook_table import read_workbook, tables_of
from ingestion.sources.open_data_portal.inspecting.xml_table import read_xml_table

_WORKBOOKS = frozenset({"xlsx", "xls", "ods"})
_MARKUP = frozenset({"xml", "kml", "gpx"})
_NOT_TABLES = frozenset({"rdf", "html", "pdf", "doc", "docx", "ppt", "pptx", "image", "zip"})
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_LEGACY_VI = (
    "Chữ trong tệp ở phông cũ {font} chứ không phải Unicode; hãy chuyển sang Unicode (UTF-8)."
)


def inspect_published(content: bytes, name: str, options: dict[str, Any]) -> Facts:
    """Look into a published file.

    Args:
        content: the file, or its start.
        name: its name; only told to nobody.
        options: ``format_text`` as published (decides only whether text without delimiters is a
            table of one column), ``media_type``, ``role`` (``list``: its rows are told),
            ``is_sample`` (the end is missing).

    Returns:
        See `ingestion.sources.open_data_portal.inspecting.facts`.
    """
    known = rules()
    is_sample = bool(options.get("is_sample"))
    found = recognise_format(content, BOUNDS, is_sample=is_sample)
    declared = f"{options.get('format_text') or ''} {options.get('media_type') or ''}".lower()
    tables = _tables(content, found, known, declared, is_sample)
    encoding = found.encoding
    if tables.problem is not None:
        return refused(tables.problem, tables.code, encoding)
    font = _legacy_font(tables.tables)
    if font is not None:
        encoding = font
        tables.remark_vi = _LEGACY_VI.format(font=font.upper())
    facts = _facts(tables, known, is_sample)
    facts |= {"real_format": tables.code, "encoding": encoding}
    if options.get("role") == "list":
        listed = tables.tables
        if tables.code == "pdf" and not is_sample:
            listed = _tables_of_pdf(content)
        if "identity" not in (facts["personal_kinds"] or ""):  # people are no datasets
            facts["list_entries"] = list_entries(listed, known.lists, known.tables)
    return facts


def _tables(content: bytes, found: Found, known: Rules, declared: str, is_sample: bool) -> Tables:
    if found.code in _WORKBOOKS and not is_sample:
        if found.problem is not None:
            return Tables(found.code, problem=found.problem)
        return read_workbook(content, found, BOUNDS)
    if found.code == "parquet":
        # Heavy to import, and seldom needed.
        from ingestion.sources.open_data_portal.inspecting.parquet_table import read_parquet

        return read_parquet(content, BOUNDS, is_sample=is_sample)
    if found.decoded is None:
        return _of_undecoded(found, declared, known, is_sample)
    text = found.decoded.text
    if found.code == "json":
        tables = read_json(text, BOUNDS, known.tables, is_sample=is_sample)
        if tables.code != "text":
            return tables
    if found.code in _MARKUP:
        return read_xml_table(text, found.code, BOUNDS, is_sample=is_sample)
    if found.code in ("text", "json"):
        return read_text_table(text, BOUNDS, known.tables, declared=declared, is_sample=is_sample)
    return Tables(found.code)


def _of_undecoded(found: Found, declared: str, known: Rules, is_sample: bool) -> Tables:
    """A file that is no text, or damaged text, of which the start still tells what it should be."""
    code = found.code
    if found.start and code == "text":
        start = read_text_table(
            found.start, BOUNDS, known.tables, declared=declared, is_sample=True
        )
        code = start.code
    problem = None if is_sample and not found.start else found.problem
    return Tables(code, problem=problem)


def _tables_of_pdf(content: bytes) -> list[Table]:
    """Lists are mostly published as decisions; pages that are pictures hold no tables."""
    from ingestion.reading.readers.pdf import read_pdf

    try:
        return tables_of(read_pdf(content, BOUNDS))
    except FileRefused:
        return []


def _legacy_font(tables: list[Table]) -> str | None:
    return legacy_font(
        cell for table in tables for row in table.rows[:200] for cell in row if not cell.isascii()
    )


def _facts(tables: Tables, known: Rules, is_sample: bool) -> Facts:
    facts = unknown_facts()
    if tables.code in _NOT_TABLES or (not tables.tables and tables.code == "text"):
        return facts | {"table_state": "not_tabular", "header_state": "not_applicable"}
    if not tables.tables:
        if is_sample or tables.code == "unknown":
            return facts
        verdict = check(Table([], []), known.tables)
        return facts | _of_verdict(verdict, tables.remark_vi)
    verdicts = [(table, check(table, known.tables)) for table in tables.tables]
    worst = next((verdict for _, verdict in verdicts if verdict.state != "parsed"), verdicts[0][1])
    facts |= _of_verdict(worst, tables.remark_vi)
    facts["table_error_count"] = sum(verdict.error_count for _, verdict in verdicts)
    has_header = [_with_header(table, verdict, known) for table, verdict in verdicts]
    facts["row_count"] = sum(len(table.rows) - named for table, named in has_header)
    facts["column_count"] = max(table.width for table, _ in has_header)
    facts["formula_like_count"] = sum(
        1
        for table in tables.tables
        if not table.is_grid
        for row in table.rows
        for cell in row
        if cell.startswith(_FORMULA_STARTS) and not is_number(cell)
    )
    personal = find_personal(has_header, known.personal)
    return facts | {
        "personal_kinds": ";".join(personal.kinds),
        "personal_columns": "; ".join(personal.columns),
        "personal_count": personal.count,
    }


def _with_header(table: Table, verdict: Verdict, known: Rules) -> tuple[Table, bool]:
    """The table, and whether its first row names its columns."""
    if verdict.header != "title_above":
        return table, verdict.header != "missing"
    named = below_title(table)
    return named, not is_data(named, known.tables)


def _of_verdict(verdict: Verdict, remark_vi: str) -> Facts:
    return {
        "table_state": verdict.state,
        "header_state": verdict.header,
        "table_problem_vi": " ".join(filter(None, (verdict.problem_vi, remark_vi))),
        "table_error_count": verdict.error_count,
    }
