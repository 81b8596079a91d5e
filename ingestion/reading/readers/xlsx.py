"""Workbooks of Excel 2007 and later: values from calamine, and what calamine does not say.

calamine gives values fast and keeps quiet about the rest: hidden rows, formulas that were never
calculated, error values (it returns them as empty), cells that stand twice, XML comments within a
number (it would read only what stands before one). A scan of the sheet's XML finds these.

Format: ECMA-376 part 1 (SpreadsheetML), part 2 (packages).
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

from ingestion.core.log import quote_foreign
from ingestion.reading.bounds import Bounds
from ingestion.reading.container import Container, check_xml, folded, packed
from ingestion.reading.grid import CellProblem, Document, Remark
from ingestion.reading.readers.arithmetic import is_stale
from ingestion.reading.readers.calamine import Sheets, cells_within, read_sheets
from ingestion.reading.readers.number_formats import BUILT_IN, display_power, show
from ingestion.reading.refusals import refuse

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_ALWAYS = ("[Content_Types].xml", "_rels/.rels", _WORKBOOK, _RELATIONS)
_STYLES = "xl/styles.xml"
_OTHERS_READ = ("xl/sharedStrings.xml", _STYLES)
_RELATION_NAMES = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRICT_NAMES = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_COUNTS = re.compile(rb"""\b(?:c|uniqueC)ount\s*=\s*["']\s*(\d+)""")

_IGNORED = (
    (
        ("vbaproject", "macroenabled", "macrosheet"),
        "macros_ignored",
        "Tệp có macro; macro không được chạy, chỉ đọc giá trị đã lưu.",
    ),
    (
        ("externallink",),
        "external_links_ignored",
        "Tệp có liên kết tới tệp khác; không mở liên kết, chỉ đọc giá trị đã lưu.",
    ),
    (
        ("ddelink",),
        "dde_ignored",
        "Tệp có liên kết DDE; không chạy, chỉ đọc giá trị đã lưu.",
    ),
    (
        ("connections+xml", "querytable", "/connections.xml"),
        "connections_ignored",
        "Tệp có kết nối dữ liệu; không mở kết nối, chỉ đọc giá trị đã lưu.",
    ),
    (
        ("oleobject", "/embeddings/", "activex"),
        "embedded_ignored",
        "Tệp có đối tượng nhúng; không mở đối tượng, chỉ đọc các ô.",
    ),
    (
        ("_xmlsignatures/", "digital-signature"),
        "signature_not_checked",
        "Tệp có chữ ký số; chữ ký chưa được kiểm tra.",
    ),
)


def read_xlsx(container: Container, bounds: Bounds) -> Document:
    """Read a workbook.

    Raises:
        FileRefused: see `ingestion.reading.refusals`.
    """
    parts = {name: _checked(container, name) for name in _ALWAYS if name in container}
    if _RELATIONS not in parts:
        raise refuse("broken_workbook", "xl/_rels")
    targets = _targets(parts[_RELATIONS])
    sheets = _sheet_parts(parts[_WORKBOOK], targets)
    if len(sheets) > bounds.sheets:
        raise refuse("too_many_sheets", most=bounds.sheets)
    scans: dict[str, Scan] = {}
    for name in (*_OTHERS_READ, *targets):
        if name in parts or name not in container:
            continue
        if not name.endswith((".xml", ".XML")) or not _is_read(name, sheets):
            continue
        parts[name] = _checked(container, name)
        if name not in sheets.values():
            _check_counts(parts[name], bounds)
    cells = 0
    styles = _scaling_styles(parts.get(_STYLES, b""))
    for name, part in sheets.items():
        if part not in parts:
            continue
        where = quote_foreign(name, 60)
        scans[name] = scan_sheet(parts[part], where, styles)
        cells += scans[name].cells
        if cells > bounds.cells:
            raise refuse("too_many_cells", f"trang “{where}”")
    read = read_sheets(packed(parts), bounds)
    for sheet in read.sheets:
        scan = scans.get(sheet.name)
        if scan is None:
            raise refuse("broken_workbook", f"trang “{quote_foreign(sheet.name, 60)}”")
        sheet.hidden_rows = frozenset(scan.hidden_rows)
        sheet.hidden_columns = frozenset(scan.hidden_columns)
        read.remarks += show(sheet, scan.powers)
        sheet.problems.update(cells_within(sheet, scan.problems))
    return Document("xlsx", read.sheets, remarks=_remarks(container, read))


def _checked(container: Container, name: str) -> bytes:
    data = container.part(name)
    check_xml(data, name if name in (*_ALWAYS, *_OTHERS_READ) else "trang tính")
    if b"<!" in data:
        data = _without_comments(data)
    return data


def _without_comments(data: bytes) -> bytes:
    """The same part without comments and CDATA sections, which calamine reads wrongly."""
    parser = etree.XMLParser(
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    try:
        return bytes(etree.tostring(etree.fromstring(data, parser), encoding="utf-8"))
    except etree.XMLSyntaxError as error:
        raise refuse("broken_workbook", "XML") from error


def _parsed(data: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise refuse("broken_workbook", "XML") from error


def _targets(relations: bytes) -> dict[str, str]:
    """Identifiers of relations by the part that they point to."""
    targets: dict[str, str] = {}
    for relation in _parsed(relations):
        target = relation.get("Target") if isinstance(relation.tag, str) else None
        if target and relation.get("TargetMode") != "External":
            path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
            targets[posixpath.normpath(path)] = relation.get("Id") or ""
    return targets


def _sheet_parts(workbook: bytes, targets: dict[str, str]) -> dict[str, str]:
    """The part of each sheet by its name."""
    by_id = {identifier: part for part, identifier in targets.items()}
    sheets: dict[str, str] = {}
    for element in _parsed(workbook).iter("{*}sheet"):
        name = element.get("name") or ""
        identifier = element.get(f"{_RELATION_NAMES}id") or element.get(f"{_STRICT_NAMES}id")
        if identifier not in by_id or name in sheets:
            raise refuse("broken_workbook", "danh sách trang tính")
        sheets[name] = by_id[identifier]
    if not sheets:
        raise refuse("not_a_table")
    return sheets


def _is_read(name: str, sheets: dict[str, str]) -> bool:
    last = folded(name).rsplit("/", 1)[-1]
    return name in sheets.values() or last in ("sharedstrings.xml", "styles.xml")


def _check_counts(data: bytes, bounds: Bounds) -> None:
    """Bound declared and true numbers: calamine sets room aside for as many as are declared."""
    declared = max((int(count) for count in _COUNTS.findall(data[: 1 << 16])), default=0)
    strings = data.count(b"<si>") + data.count(b"<si ") + data.count(b":si>")
    if max(declared, strings) > bounds.shared_strings:
        raise refuse("too_many_strings", most=bounds.shared_strings)
    if declared > len(data):  # each takes at least a byte
        raise refuse("broken_workbook", "bảng chuỗi")


@dataclass(slots=True)
class Scan:
    """What the XML of a sheet says besides the values.

    Attributes:
        cells: size of the rectangle that its cells span, or their number if that is larger.
        hidden_rows, hidden_columns: from 1.
        problems: cells that cannot be relied on, by (row, column).
        powers: cells that show another number than they store, with the power of ten between.
    """

    cells: int = 0
    powers: dict[tuple[int, int], int] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    problems: dict[tuple[int, int], CellProblem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Patterns for one namespace prefix of SpreadsheetML, empty in nearly all files."""

    plain_reference: re.Pattern[bytes]
    cell: re.Pattern[bytes]
    row: re.Pattern[bytes]
    column: re.Pattern[bytes]
    uncalculated: re.Pattern[bytes]
    arithmetic: re.Pattern[bytes]
    value: re.Pattern[bytes]
    starts: tuple[bytes, ...]
    formula: bytes
    begin: bytes
    end: bytes


_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_REFERENCE = re.compile(rb"([A-Z]{1,3})([1-9][0-9]{0,6})")
_PREFIX = re.compile(rb"<([\w.-]+:)?sheetData\b")
_SIGNS_OF_HIDING = (b"hidden", b'ht="0"', b"ht='0'", b'width="0"', b"width='0'")
_LETTERS, _DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"0123456789"


@lru_cache(maxsize=8)
def _patterns(prefix: bytes) -> _Patterns:
    p = re.escape(prefix)
    return _Patterns(
        plain_reference=re.compile(rb"<" + p + rb'c r="([A-Z]{1,3}[1-9][0-9]{0,6})"'),
        cell=re.compile(rb"<" + p + rb"c(\s[^>]*?)?(/?)>"),
        row=re.compile(rb"<" + p + rb"row(\s[^>]*?)?/?>"),
        column=re.compile(rb"<" + p + rb"col(\s[^>]*?)?/?>"),
        uncalculated=re.compile(
            rb"<%bf(?:\s[^>]*?)?(?:/>|>[^<]*</%bf\s*>)\s*"
            rb"(?:<%bv(?:\s[^>]*?)?(?:/>|>\s*</%bv\s*>)\s*)?</%bc\s*>" % (p, p, p, p, p)
        ),
        arithmetic=re.compile(
            rb"<%bf(?:\s[^>]*?)?>([\d.+*/() -]{3,100})</%bf\s*>\s*<%bv>([^<]{1,40})</%bv\s*>"
            % (p, p, p, p)
        ),
        value=re.compile(rb"<" + p + rb"v[\s/>]"),
        starts=tuple(b"<" + prefix + b"c" + end for end in (b" ", b">", b"\n", b"\r", b"\t")),
        formula=b"<" + prefix + b"f",
        begin=b"<" + prefix + b"sheetData",
        end=b"</" + prefix + b"sheetData",
    )


def scan_sheet(data: bytes, where: str, styles: dict[int, int]) -> Scan:
    """Look through the XML of a sheet for what calamine does not say.

    Args:
        data: the part, without comments.
        where: name of the sheet, fit for a message.
        styles: powers of ten of the styles that show another number than the stored one.

    Raises:
        FileRefused: too many cells, or a cell or row that stands twice.
    """
    scan = Scan()
    found = _PREFIX.search(data)
    if found is None:  # chart sheets have none, and neither have sheets without a cell
        return scan
    patterns = _patterns(found.group(1) or b"")
    references = _references(data, patterns, f"trang “{where}”")
    scan.cells = max(len(references), _spanned(references, f"trang “{where}”"))
    if styles:
        _find_scaled(data, patterns, styles, scan)
    if any(sign in data for sign in _SIGNS_OF_HIDING):
        _find_hidden(data, patterns, scan)
    if b't="e"' in data or b"t='e'" in data:
        _find_errors(data, patterns, scan)
    if patterns.formula in data:
        for match in patterns.uncalculated.finditer(data):
            _find_uncalculated(data, match, patterns, scan)
        for match in patterns.arithmetic.finditer(data):
            if is_stale(match.group(1).decode(), match.group(2).decode("ascii", "replace")):
                scan.problems[_place_of(data, match, patterns)[1]] = "formula_without_value"
    return scan


def _references(data: bytes, patterns: _Patterns, where: str) -> list[bytes]:
    """Addresses of all cells that state theirs.

    Raises:
        FileRefused: one stands twice; workbook programs call such a file broken.
    """
    start, end = data.find(patterns.begin), data.rfind(patterns.end)
    end = end if end > 0 else len(data)
    references: list[bytes] = patterns.plain_reference.findall(data, start, end)
    if len(references) != data.count(patterns.starts[0][:-1], start, end):
        # Not written as nearly all programs do, or there is text with colours within cells.
        references = [
            reference
            for match in patterns.cell.finditer(data, start, end)
            if (reference := _attributes(match.group(1)).get(b"r"))
        ]
    if len(set(references)) != len(references):
        raise refuse("duplicate_cells", where)
    return references


def _spanned(references: list[bytes], where: str) -> int:
    """How many cells the rectangle of all cells has."""
    if not references or max(map(len, references)) <= 5:
        # At most AA999 or A9999: always within what is read.
        return 0
    columns = {_column_number(letters) for letters in {r.rstrip(_DIGITS) for r in references}}
    digits = {reference.lstrip(_LETTERS) for reference in references}
    if not all(number.isdigit() for number in digits):
        raise refuse("broken_workbook", where)
    rows = {int(number) for number in digits}
    if max(rows) > _LAST_ROW or max(columns) > _LAST_COLUMN:
        raise refuse("broken_workbook", where)
    return (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1)


def _find_hidden(data: bytes, patterns: _Patterns, scan: Scan) -> None:
    number = 0
    for match in patterns.row.finditer(data):
        attributes = _attributes(match.group(1))
        number = int(attributes[b"r"]) if attributes.get(b"r", b"").isdigit() else number + 1
        if _is_hidden(attributes, b"ht"):
            scan.hidden_rows.add(number)
    for match in patterns.column.finditer(data):
        attributes = _attributes(match.group(1))
        if _is_hidden(attributes, b"width"):
            first, last = attributes.get(b"min", b""), attributes.get(b"max", b"")
            if first.isdigit() and last.isdigit():
                scan.hidden_columns.update(range(int(first), min(int(last), _LAST_COLUMN) + 1))


def _is_hidden(attributes: dict[bytes, bytes], size: bytes) -> bool:
    return attributes.get(b"hidden", b"0") in (b"1", b"true", b"on") or attributes.get(size) == b"0"


def _scaling_styles(data: bytes) -> dict[int, int]:
    """Powers of ten by the number of a style, for those that scale what they show."""
    if not data:
        return {}
    root = _parsed(data)
    powers = dict(BUILT_IN)
    for element in root.iter("{*}numFmt"):
        number, code = element.get("numFmtId") or "", element.get("formatCode") or ""
        if number.isdigit():
            powers[int(number)] = display_power(code)
    formats = root.find("{*}cellXfs")
    styles = [] if formats is None else [e.get("numFmtId") or "" for e in formats.iter("{*}xf")]
    return {
        index: power
        for index, number in enumerate(styles)
        if number.isdigit() and (power := powers.get(int(number), 0))
    }


def _find_scaled(data: bytes, patterns: _Patterns, styles: dict[int, int], scan: Scan) -> None:
    for match in patterns.cell.finditer(data):
        attributes = _attributes(match.group(1))
        style = attributes.get(b"s", b"")
        if style.isdigit() and int(style) in styles and not match.group(2):
            scan.powers[_place(attributes)] = styles[int(style)]


def _find_errors(data: bytes, patterns: _Patterns, scan: Scan) -> None:
    for match in patterns.cell.finditer(data):
        attributes = _attributes(match.group(1))
        if attributes.get(b"t") == b"e":
            scan.problems[_place(attributes)] = "error_value"


def _find_uncalculated(
    data: bytes, match: re.Match[bytes], patterns: _Patterns, scan: Scan
) -> None:
    attributes, place = _place_of(data, match, patterns)
    # A formula whose result is an empty text has been calculated.
    if attributes.get(b"t") == b"str" and patterns.value.search(match.group(0)):
        return
    scan.problems[place] = "formula_without_value"


def _place_of(
    data: bytes, match: re.Match[bytes], patterns: _Patterns
) -> tuple[dict[bytes, bytes], tuple[int, int]]:
    """Attributes and place of the cell that a formula stands in."""
    start = max(data.rfind(begin, 0, match.start()) for begin in patterns.starts)
    cell = patterns.cell.match(data, start)
    if cell is None:
        raise refuse("broken_workbook", "công thức")
    attributes = _attributes(cell.group(1))
    return attributes, _place(attributes)


def _attributes(text: bytes | None) -> dict[bytes, bytes]:
    return {name: one or two for name, one, two in _ATTRIBUTE.findall(text or b"")}


def _place(attributes: dict[bytes, bytes]) -> tuple[int, int]:
    match = _REFERENCE.fullmatch(attributes.get(b"r", b""))
    if match is None:  # a cell in doubt must be nameable
        raise refuse("broken_workbook", "ô không có địa chỉ")
    return int(match.group(2)), _column_number(match.group(1))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _remarks(container: Container, read: Sheets) -> list[Remark]:
    """What the file carries besides cells; by its parts and their declared types."""
    text = "\n".join("/" + name for name in container.names)
    for name in container.names:
        is_list = name == "[content_types].xml"
        if is_list or name.endswith(".rels") or name.startswith("xl/externallinks/"):
            text += container.peek(name).decode("utf-8", "replace").casefold()
    return read.remarks + [
        Remark(code, "", message)
        for signs, code, message in _IGNORED
        if any(sign in text for sign in signs)
    ]
