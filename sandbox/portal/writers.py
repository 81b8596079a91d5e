"""Writes tables in the formats that portals offer, the same bytes every time."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from html import escape
from typing import Final

import openpyxl
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import xlwt
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from sandbox.budget.writers.xlsx import repacked
from sandbox.portal.subjects import Table

_ENTRY_TIME: Final = (2021, 1, 1, 0, 0, 0)
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'

FORMATS: Final[Mapping[str, tuple[str, str, str]]] = {
    # kind: format as published, ending, media type
    "csv": ("CSV", "csv", "text/csv"),
    "csv_bom": ("CSV", "csv", "text/csv"),
    "csv_semicolon": ("csv", "csv", "text/csv"),
    "xlsx": (
        "XLSX",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "xls": ("XLS", "xls", "application/vnd.ms-excel"),
    "ods": ("ODS", "ods", "application/vnd.oasis.opendocument.spreadsheet"),
    "json": ("JSON", "json", "application/json"),
    "geojson": ("GeoJSON", "geojson", "application/geo+json"),
    "xml": ("XML", "xml", "application/xml"),
    "parquet": ("Parquet", "parquet", "application/vnd.apache.parquet"),
    "zip": ("ZIP", "zip", "application/zip"),
    "pdf": ("PDF", "pdf", "application/pdf"),
    "docx": (
        "DOCX",
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "png": ("PNG", "png", "image/png"),
    "html": ("HTML", "html", "text/html"),
}


def write(table: Table, kind: str) -> bytes:
    """Write a table.

    Args:
        table: what to write.
        kind: a key of `FORMATS`.

    Raises:
        KeyError: a kind that is not written here.
    """
    return _WRITERS[kind](table)


def csv_text(table: Table, delimiter: str = ",") -> str:
    """Return a table as delimited text."""
    text = io.StringIO()
    lines = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    if table.header:
        lines.writerow(table.header)
    lines.writerows(table.rows)
    return text.getvalue()


def _csv(table: Table) -> bytes:
    return csv_text(table).encode()


def _csv_bom(table: Table) -> bytes:
    return csv_text(table).encode("utf-8-sig")


def _csv_semicolon(table: Table) -> bytes:
    return csv_text(table, ";").encode()


def _xlsx(table: Table) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Dữ liệu"
    if table.header:
        sheet.append(table.header)
    for row in table.rows:
        sheet.append(row)
    raw = io.BytesIO()
    book.save(raw)
    return repacked(raw.getvalue(), {})


def _xls(table: Table) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Dữ liệu")
    for number, row in enumerate([table.header, *table.rows] if table.header else table.rows):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def _ods(table: Table) -> bytes:
    def cell(value: object) -> str:
        text = escape(str(value))
        kind = f'"float" office:value="{value}"' if isinstance(value, (int, float)) else '"string"'
        return (
            f"<table:table-cell office:value-type={kind}><text:p>{text}</text:p></table:table-cell>"
        )

    rows = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>"
        for row in (table.header, *table.rows)
        if row
    )
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'{_XML}<office:document-content xmlns:office="{urn}:office:1.0" '
        f'xmlns:table="{urn}:table:1.0" xmlns:text="{urn}:text:1.0" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="Dữ liệu">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    media = FORMATS["ods"][2]
    manifest = (
        f'{_XML}<manifest:manifest xmlns:manifest="{urn}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    return packed(
        {
            "mimetype": media.encode(),
            "content.xml": content.encode(),
            "META-INF/manifest.xml": manifest.encode(),
        }
    )


def _records(table: Table) -> list[dict[str, object]]:
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


def _json(table: Table) -> bytes:
    return orjson.dumps(_records(table), option=orjson.OPT_INDENT_2)


def _geojson(table: Table) -> bytes:
    lat, lon = table.lat, table.lon
    if lat is None or lon is None:
        raise ValueError("a table without coordinates cannot be GeoJSON")
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row[lon], row[lat]]},
            "properties": {
                name: value
                for place, (name, value) in enumerate(zip(table.header, row, strict=True))
                if place not in (lat, lon)
            },
        }
        for row in table.rows
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def _xml(table: Table) -> bytes:
    rows = "".join(
        "<dong>"
        + "".join(
            f'<o ten="{escape(name)}">{escape(str(value))}</o>'
            for name, value in zip(table.header, row, strict=True)
        )
        + "</dong>\n"
        for row in table.rows
    )
    return f"{_XML}<du_lieu>\n{rows}</du_lieu>\n".encode()


def _parquet(table: Table) -> bytes:
    columns = list(zip(*table.rows, strict=True))
    raw = io.BytesIO()
    named = dict(zip(table.header, map(pa.array, columns), strict=True))
    pq.write_table(pa.table(named), raw)
    return raw.getvalue()


def _zip(table: Table) -> bytes:
    return packed({"du_lieu.csv": _csv(table)})


def _pdf(table: Table) -> bytes:
    raw = io.BytesIO()
    canvas = Canvas(raw, invariant=True)
    for number, row in enumerate((table.header, *table.rows[:40])):
        # The built-in font has no Vietnamese; the file is there for what it is, not for its text.
        text = " | ".join(map(str, row)).encode("ascii", "replace").decode()
        canvas.drawString(30, 800 - number * 18, text[:90])
    canvas.save()
    return raw.getvalue()


def _docx(table: Table) -> bytes:
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    lines = "".join(
        f"<w:p><w:r><w:t>{escape(' | '.join(map(str, row)))}</w:t></w:r></w:p>"
        for row in (table.header, *table.rows)
    )
    types = (
        f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="'
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
        "</Types>"
    )
    relations = (
        f'{_XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="rId1" Target="word/document.xml" Type="'
        'http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/>'
        "</Relationships>"
    )
    document = f'{_XML}<w:document xmlns:w="{word}"><w:body>{lines}</w:body></w:document>'
    return packed(
        {
            "[Content_Types].xml": types.encode(),
            "_rels/.rels": relations.encode(),
            "word/document.xml": document.encode(),
        }
    )


def _png(table: Table) -> bytes:
    picture = Image.new("L", (480, 320), 255)
    drawing = ImageDraw.Draw(picture)
    for line in range(min(len(table.rows), 20)):
        drawing.line((10, 15 + 15 * line, 470, 15 + 15 * line), 0)
    raw = io.BytesIO()
    picture.save(raw, "PNG")
    return raw.getvalue()


def _html(table: Table) -> bytes:
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>\n"
        for row in (table.header, *table.rows)
    )
    return f"<!DOCTYPE html><html><body><table>\n{rows}</table></body></html>\n".encode()


def packed(entries: Mapping[str, bytes]) -> bytes:
    """Return a zip archive without a clock in it."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, body in entries.items():
            plain = name == "mimetype"
            how = zipfile.ZIP_STORED if plain else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, _ENTRY_TIME), body, how)
    return raw.getvalue()


_WRITERS: Final[Mapping[str, Callable[[Table], bytes]]] = {
    "csv": _csv,
    "csv_bom": _csv_bom,
    "csv_semicolon": _csv_semicolon,
    "xlsx": _xlsx,
    "xls": _xls,
    "ods": _ods,
    "json": _json,
    "geojson": _geojson,
    "xml": _xml,
    "parquet": _parquet,
    "zip": _zip,
    "pdf": _pdf,
    "docx": _docx,
    "png": _png,
    "html": _html,
}
