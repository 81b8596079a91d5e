"""Records of XML as a table: the elements that repeat, one column for each leaf below them."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from ingestion.reading.bounds import Bounds
from ingestion.reading.grid import FileRefused
from ingestion.reading.readers.xml import parsed_xml
from ingestion.reading.refusals import refuse
from ingestion.sources.open_data_portal.inspecting.table import Table, Tables


def read_xml_table(text: str, code: str, bounds: Bounds, *, is_sample: bool) -> Tables:
    """The records of an XML text without a declaration of entities.

    Args:
        text: decoded.
        code: ``xml`` or one of its kin.
        bounds: what may be taken from it.
        is_sample: its end is missing; then nothing but its kind is told.
    """
    if is_sample:
        return Tables(code)
    try:
        root = parsed_xml(text)
        return Tables(code, _tables(root, bounds))
    except FileRefused as refusal:
        return Tables(code, problem=refusal)


def _tables(root: etree._Element, bounds: Bounds) -> list[Table]:
    records = _records(root, bounds)
    if not records:
        return []
    flat = [_leaves(record, bounds) for record in records]
    columns: dict[str, int] = {}
    for row in flat:
        for name in row:
            columns.setdefault(name, len(columns))
    if len(columns) > bounds.columns or len(columns) * len(flat) > bounds.cells:
        raise refuse("too_many_cells", f"{len(columns)} trường")
    body = [["\n".join(row.get(name, ())) for name in columns] for row in flat]
    return [Table([list(columns), *body], list(range(len(body) + 1)), has_keys=True)]


def _records(root: etree._Element, bounds: Bounds) -> list[etree._Element]:
    """The most numerous children of one name that one element has, and that hold something."""
    best: list[etree._Element] = []
    level: list[etree._Element] = [root]
    for _ in range(bounds.depth):
        following: list[etree._Element] = []
        for element in level:
            children = [child for child in element if isinstance(child.tag, str)]
            following += children
            if not children:
                continue
            tag, count = Counter(child.tag for child in children).most_common(1)[0]
            if count > max(1, len(best)):
                best = [child for child in children if child.tag == tag]
        if best or not following:
            return best or [root]
        level = following
    raise refuse("too_deep")


def _leaves(record: etree._Element, bounds: Bounds) -> dict[str, list[str]]:
    """Texts and attributes below a record by the names that lead to them."""
    found: dict[str, list[str]] = {}
    waiting: list[tuple[etree._Element, str, int]] = [(record, "", 0)]
    while waiting:
        element, path, depth = waiting.pop()
        if depth > bounds.depth:
            raise refuse("too_deep")
        children = [child for child in element if isinstance(child.tag, str)]
        text = (element.text or "").strip()
        if path and not children and text and len(element.attrib) == 1:
            # <o ten="Họ tên">…</o>: the only attribute of a value names it.
            (named,) = element.attrib.values()
            found.setdefault(_below(path, str(named)), []).append(text)
            continue
        for name, value in element.attrib.items():
            found.setdefault(_below(path, _local(name)), []).append(str(value))
        if text or not (children or element.attrib):
            found.setdefault(path or _local(element.tag), []).append(text)
        waiting += [
            (child, _below(path, _local(child.tag)), depth + 1) for child in reversed(children)
        ]
    return found


def _local(name: str | bytes | bytearray | etree.QName) -> str:
    local: str = etree.QName(str(name)).localname
    return local


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
