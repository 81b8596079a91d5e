"""XML reports as the ministry's disclosure portal publishes them.

Seen there: attributes of the report (``title``, ``year``, ``periodType``, ``curencyunit`` …), a
``header`` with ``f1``, ``f2`` … and ``content`` with rows of them. The file declares UTF-16 and
is UTF-8. Anything that carries ``f1`` … is a row here, as elements or as attributes; the names
around the rows are not relied on.
"""

from __future__ import annotations

import re

from lxml import etree

from ingestion.reading.bounds import Bounds
from ingestion.reading.encodings import contradiction, decode
from ingestion.reading.grid import CellProblem, Document, Sheet, Value
from ingestion.reading.refusals import refuse

_DECLARATION = re.compile(r"^\s*<\?xml\b([^>]*)\?>")
_ENCODING = re.compile(r"""encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_FIELD = re.compile(r"f([1-9][0-9]{0,4})", re.IGNORECASE)
_LONGEST_FACT = 2_000


def read_xml(content: bytes, bounds: Bounds) -> Document:
    """Read a report: its facts, and one sheet with the header first.

    Raises:
        FileRefused: see `ingestion.reading.refusals`.
    """
    decoded = decode(content)
    text = decoded.text
    declaration = _DECLARATION.match(text)
    declared = None
    if declaration:
        found = _ENCODING.search(declaration.group(1))
        declared = found.group(1) if found else None
    root = parsed_xml(text)
    report = _Report(bounds)
    report.walk(root, 0)
    rows = report.header + report.rows
    if not rows:
        raise refuse("not_a_table")
    if not report.rows:
        raise refuse("header_only")
    width = max(max(row) for row in rows)
    if width > bounds.columns or width * len(rows) > bounds.cells:
        raise refuse("too_many_cells", "tệp XML")
    values: list[list[Value]] = []
    problems: dict[tuple[int, int], CellProblem] = {}
    for number, row in enumerate(rows, 1):
        made: list[Value] = [None] * width
        for column, cell in row.items():
            made[column - 1] = cell[: bounds.text_characters] or None
            if len(cell) > bounds.text_characters:
                problems[number, column] = "truncated"
        values.append(made)
    return Document(
        "xml",
        [Sheet("XML", values, problems=problems)],
        encoding=decoded.encoding,
        declared_encoding=declared,
        facts=report.facts,
        remarks=contradiction(declared, decoded.encoding),
    )


def parsed_xml(text: str) -> etree._Element:
    """The root of an XML text; whatever encoding it declares was seen to when it was decoded.

    Raises:
        FileRefused: it declares entities or a DTD, or is no XML.
    """
    declaration = _DECLARATION.match(text)
    if declaration:
        text = text[declaration.end() :]
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise refuse("xml_entities", "tệp XML")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        return etree.fromstring(text.strip().encode(), parser)
    except etree.XMLSyntaxError as error:
        line = getattr(error, "lineno", None) or 0
        raise refuse("broken_xml", f"dòng {line}") from error


class _Report:
    """Collects facts, header rows and rows in the order of the file."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.facts: dict[str, str] = {}
        self.header: list[dict[int, str]] = []
        self.rows: list[dict[int, str]] = []

    def walk(self, element: etree._Element, depth: int) -> None:
        if depth > self._bounds.depth:
            raise refuse("too_deep")
        if not isinstance(element.tag, str):
            return
        fields = _fields(element)
        if fields:
            is_header = etree.QName(element).localname.lower() == "header" or any(
                etree.QName(parent).localname.lower() == "header"
                for parent in element.iterancestors()
            )
            (self.header if is_header else self.rows).append(fields)
            return
        for name, value in element.attrib.items():
            self._fact(etree.QName(str(name)).localname, str(value))
        children = [child for child in element if isinstance(child.tag, str)]
        if not children and (element.text or "").strip():
            self._fact(etree.QName(element).localname, element.text or "")
        for child in children:
            self.walk(child, depth + 1)

    def _fact(self, name: str, value: str) -> None:
        """Keep a fact as published; the first one of a name counts."""
        if len(self.facts) >= self._bounds.facts:
            raise refuse("too_many_facts", most=self._bounds.facts)
        self.facts.setdefault(name, value.strip()[:_LONGEST_FACT])


def _fields(element: etree._Element) -> dict[int, str]:
    """Numbered fields of a row, by number; empty when the element is no row.

    Raises:
        FileRefused: one number stands twice.
    """
    fields: dict[int, str] = {}
    named = [
        *((etree.QName(str(name)).localname, str(value)) for name, value in element.attrib.items()),
        *(
            (etree.QName(child).localname, "".join(child.itertext()))
            for child in element
            if isinstance(child.tag, str)
        ),
    ]
    for name, value in named:
        match = _FIELD.fullmatch(name)
        if match is None:
            continue
        number = int(match.group(1))
        if number in fields:
            raise refuse("broken_xml", f"cột f{number} lặp lại")
        fields[number] = value.strip()
    return fields
