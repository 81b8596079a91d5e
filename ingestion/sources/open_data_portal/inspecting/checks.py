"""What is wrong with a published table, with the place where a person finds it.

Labels and the width of rows are judged by frictionless (https://framework.frictionlessdata.io, its
catalogue of errors), whose cells stay untyped: it is given the header, a sample, and every row that
is not as wide as the header. Of other rows it would have nothing to say, so that a table of any
length costs it little (measured: 5 to 10 ms; 2 s once for each process, to import it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from frictionless import Detector, FrictionlessException, Resource

from ingestion.sources.open_data_portal.inspecting.header import (
    HeaderState,
    is_data,
    stands_below_title,
)
from ingestion.sources.open_data_portal.inspecting.settings import TableRules
from ingestion.sources.open_data_portal.inspecting.table import Table

TableState = Literal[
    "parsed",
    "not_tabular",
    "no_header",
    "duplicate_header",
    "ragged",
    "empty",
    "unparsable",
]
_SHOWN = 3
_SENTENCES = {
    "empty": "Bảng không có dòng nào ({where}); hãy công bố tệp có dữ liệu.",
    "header_only": "Bảng chỉ có dòng tiêu đề, không có dòng dữ liệu ({where}); "
    "hãy bổ sung dữ liệu rồi công bố lại.",
    "title_above": "Dòng đầu là tên bảng, không phải tiêu đề cột ({where}); "
    "hãy bỏ các dòng phía trên để dòng đầu tiên là tên các cột.",
    "missing": "Dòng đầu là dữ liệu, bảng thiếu dòng tiêu đề cột ({where}); "
    "hãy thêm dòng đầu tiên ghi tên các cột.",
    "blank_names": "Có cột không ghi tên ở dòng tiêu đề ({where}); "
    "hãy đặt tên cho mọi cột, không gộp ô tiêu đề.",
    "duplicate_names": "Có cột trùng tên ở dòng tiêu đề ({where}); hãy đặt tên cột khác nhau.",
    "ragged": "Có {count} dòng có số ô khác dòng tiêu đề ({where}); "
    "hãy sửa để mọi dòng có cùng số cột.",
    "unparsable": "Bảng không đọc được theo cấu trúc dòng và cột ({where}); hãy kết xuất lại tệp.",
}
_STATES: dict[str, tuple[TableState, HeaderState]] = {
    "blank_names": ("no_header", "blank_names"),
    "duplicate_names": ("duplicate_header", "duplicate_names"),
    "ragged": ("ragged", "present"),
    "unparsable": ("unparsable", "present"),
}
_KINDS = {
    "blank-header": "blank_names",
    "blank-label": "blank_names",
    "duplicate-label": "duplicate_names",
    "missing-cell": "ragged",
    "extra-cell": "ragged",
}
_HARMLESS = frozenset({"blank-row", "type-error", "missing-label", "extra-label"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a table.

    Attributes:
        problem_vi: one sentence with places; "" where nothing is wrong.
        error_count: rows and labels that are wrong.
    """

    state: TableState
    header: HeaderState
    problem_vi: str = ""
    error_count: int = 0


def check(table: Table, rules: TableRules) -> Verdict:
    """Judge one table."""
    if not table.rows:
        return Verdict("empty", "missing", _say("empty", "tệp"), 1)
    if stands_below_title(table):
        return Verdict("no_header", "title_above", _say("title_above", table.place(0)), 1)
    if is_data(table, rules):
        return Verdict("no_header", "missing", _say("missing", table.place(0)), 1)
    if len(table.rows) == 1:
        return Verdict("empty", "present", _say("header_only", table.place(0)), 1)
    places = _errors(table, rules)
    for kind in _STATES:
        if kind in places:
            where = "; ".join(places[kind][:_SHOWN])
            more = len(places[kind]) - _SHOWN
            if more > 0:
                where += f" và {more} chỗ khác"
            count = sum(map(len, places.values()))
            state, header = _STATES[kind]
            sentence = _say(kind, where, len(places[kind]))
            return Verdict(state, header, sentence, count)
    return Verdict("parsed", "present")


def _say(code: str, where: str, count: int = 0) -> str:
    return _SENTENCES[code].format(where=where, count=count)


def _errors(table: Table, rules: TableRules) -> dict[str, list[str]]:
    """Places of what is wrong, by kind; a row or a label counts once."""
    width = table.width
    sent = [
        index
        for index, row in enumerate(table.rows)
        if index <= rules.sample_rows or len(row) != width
    ][: rules.most_errors + rules.sample_rows]
    try:
        report = Resource(
            data=[table.rows[index] for index in sent],
            detector=Detector(field_type="any", sample_size=1),
        ).validate(limit_errors=2 * rules.most_errors)
    except FrictionlessException:
        return {"unparsable": [table.place(0)]}
    places: dict[str, dict[str, None]] = {}
    for row, column, kind in report.flatten(["rowNumber", "fieldNumber", "type"]):
        if kind in _HARMLESS:
            continue
        code = _KINDS.get(kind, "unparsable")
        index = sent[row - 1] if row is not None and row <= len(sent) else 0
        where = table.place(index) if code == "ragged" else table.place(0, (column or 1) - 1)
        places.setdefault(code, {})[where] = None
    return {kind: list(found) for kind, found in places.items()}
