"""Records of JSON, JSON lines and GeoJSON as a table: one column for each key.

Refused as RFC 8259 lets a reader do: keys that stand twice in one object (section 4), NaN and
Infinity (section 6), numbers and nesting beyond what programs hold (sections 6 and 9).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ingestion.reading.bounds import Bounds
from ingestion.reading.grid import FileRefused
from ingestion.reading.refusals import refuse
from ingestion.sources.open_data_portal.inspecting.settings import TableRules
from ingestion.sources.open_data_portal.inspecting.table import Table, Tables
from ingestion.sources.open_data_portal.inspecting.workbook_table import text_of

_GEO_TYPE = re.compile(
    r'"type"\s*:\s*"(?:FeatureCollection|Feature)"|"geometry"\s*:\s*\{\s*"type"\s*:\s*"\w+"'
)
_LOOK_INTO = 65_536
_KEY = "(khóa)"  # column of the names of records that an object lists by name
_GEOMETRIES = frozenset(
    [
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
    ]
)
_MESSAGES = {
    "duplicate_keys": "Tệp JSON có khóa lặp lại trong cùng một đối tượng nên không biết giá trị "
    "nào là thật; hãy đặt tên khóa khác nhau rồi công bố lại.",
    "not_a_number": "Tệp JSON chứa NaN hoặc Infinity, không phải JSON hợp lệ (RFC 8259); "
    "hãy thay bằng null rồi công bố lại.",
    "huge_number": "Tệp JSON chứa số dài hơn mức phần mềm đọc được; "
    "hãy ghi số đó dưới dạng chuỗi rồi công bố lại.",
    "broken_json": "Tệp JSON sai cấu trúc (dòng {line}, cột {column}); "
    "hãy kết xuất lại từ phần mềm rồi công bố lại.",
    "too_deep": "Tệp JSON lồng nhau quá sâu nên không đọc; hãy kết xuất lại tệp.",
}


def read_json(text: str, bounds: Bounds, rules: TableRules, *, is_sample: bool) -> Tables:
    """The records of a text that begins as JSON.

    Returns:
        ``json``, ``jsonl`` or ``geojson``; ``text`` where it is none of them.
    """
    text = text.strip("\ufeff \t\r\n")
    first, _, rest = text.partition("\n")
    if rest.lstrip()[:1] in ("{", "[") and _is_whole(first, rules):
        return _lines(text, bounds, rules, is_sample=is_sample)
    looks_geographic = _GEO_TYPE.search(text[:_LOOK_INTO]) is not None
    code = "geojson" if looks_geographic else "json"
    if is_sample:
        return Tables(code)
    try:
        document = _load(text, rules)
        code = "geojson" if _is_geojson(document) else "json"
        return Tables(code, _tables(_records(document), bounds, rules))
    except FileRefused as refusal:
        if refusal.code == "broken_json" and not _begins_as_json(text):
            return Tables("text")
        return Tables(code, problem=refusal)


def _lines(text: str, bounds: Bounds, rules: TableRules, *, is_sample: bool) -> Tables:
    lines = [line for line in text.splitlines() if line.strip()]
    if is_sample:
        lines.pop()
    try:
        records = [_load(line, rules, number) for number, line in enumerate(lines, 1)]
        return Tables("jsonl", _tables(records, bounds, rules))
    except FileRefused as refusal:
        return Tables("jsonl", problem=refusal)


def _begins_as_json(text: str) -> bool:
    return re.match(r'\{\s*(?:"|\})|\[\s*(?:["\[{\]\d-]|true|false|null)', text) is not None


def _is_whole(line: str, rules: TableRules) -> bool:
    try:
        _load(line, rules)
    except FileRefused as refusal:
        return refusal.code != "broken_json"
    return True


def _load(text: str, rules: TableRules, line: int = 0) -> Any:  # noqa: ANN401 - any JSON value
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) != len(found):
            raise _refuse("duplicate_keys")
        return made

    def constant(_: str) -> None:
        raise _refuse("not_a_number")

    def whole(digits: str) -> int:
        if len(digits) > rules.json_digits:
            raise _refuse("huge_number")
        return int(digits)

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant, parse_int=whole)
    except json.JSONDecodeError as error:
        raise _refuse("broken_json", line or error.lineno, error.colno) from None
    except RecursionError:
        raise _refuse("too_deep") from None


def _refuse(code: str, line: int = 0, column: int = 0) -> FileRefused:
    return FileRefused(code, _MESSAGES[code].format(line=line, column=column))


def _is_geojson(document: object) -> bool:
    if not isinstance(document, dict):
        return False
    kind = document.get("type")
    if kind == "FeatureCollection":
        return isinstance(document.get("features"), list)
    return (kind == "Feature" and "geometry" in document) or (
        isinstance(kind, str)
        and kind in _GEOMETRIES
        and ("coordinates" in document or "geometries" in document)
    )


def _records(document: object) -> list[object]:
    """The records: the list itself, or the longest list of objects within an object."""
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        return []
    if _is_geojson(document):
        features = document.get("features", [document])
        return [feature.get("properties") for feature in features if isinstance(feature, dict)]
    if len(document) > 1 and all(isinstance(value, dict) for value in document.values()):
        return [{_KEY: name, **value} for name, value in document.items()]
    lists = [value for value in document.values() if _holds_records(value)]
    lists += [
        inner
        for value in document.values()
        if isinstance(value, dict)
        for inner in value.values()
        if _holds_records(inner)
    ]
    return max(lists, key=len) if lists else [document]


def _holds_records(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)


def _tables(records: list[Any], bounds: Bounds, rules: TableRules) -> list[Table]:
    """One table; rows of a list of lists stand as they are."""
    rows = [record for record in records if record is not None]
    if not rows:
        return []
    if all(isinstance(row, list) for row in rows):
        made = [[_leaf(cell) for cell in row] for row in rows]
        return [Table(made, list(range(1, len(made) + 1)), is_grid=False)]
    flat = [dict(_leaves(row, "", 0, rules)) for row in rows]
    columns: dict[str, int] = {}
    for row in flat:
        for name in row:
            columns.setdefault(name, len(columns))
    if len(columns) > bounds.columns or len(columns) * len(flat) > bounds.cells:
        raise refuse("too_many_cells", f"{len(columns)} khóa")
    body = [[row.get(name, "") for name in columns] for row in flat]
    return [Table([list(columns), *body], list(range(len(body) + 1)), has_keys=True)]


def _leaves(value: object, path: str, depth: int, rules: TableRules) -> Iterator[tuple[str, str]]:
    """Values by the keys that lead to them, such as ``lien_he.email``; lists as one text."""
    if depth > rules.json_depth:
        raise _refuse("too_deep")
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name, depth + 1, rules)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        texts: dict[str, list[str]] = {}
        for item in value:
            for name, text in _leaves(item, path, depth + 1, rules):
                texts.setdefault(name, []).append(text)
        for name, found in texts.items():
            yield name, "\n".join(found)
    else:
        yield path, _leaf(value)


def _leaf(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(text_of(item) for item in value if not isinstance(item, list | dict))
    return text_of(value)
