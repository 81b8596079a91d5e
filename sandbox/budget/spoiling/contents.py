"""Defects of the bytes of a file."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Final

import xlwt
from reportlab.pdfgen.canvas import Canvas

from sandbox.budget.writers.xlsx import repacked

_ENTRY_TIME: Final = (2021, 1, 1, 0, 0, 0)
_BOMB_MEGABYTES: Final = 300
_BLANKS: Final = b" " * 1024 * 1024
_ENTITIES: Final = "".join(
    ['<!ENTITY a0 "x">', *(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))]
)
_LOGIN_PAGE: Final = """<!DOCTYPE html><html><head><title>Đăng nhập</title></head><body>
<form method="post"><table><tr><td>Tên đăng nhập</td><td><input name="u"></td></tr>
<tr><td>Mật khẩu</td><td><input name="p" type="password"></td></tr></table></form>
</body></html>"""


def truncated(content: bytes) -> bytes:
    """Cut off the last third."""
    return content[: len(content) * 2 // 3]


def empty_file(content: bytes) -> bytes:
    """Leave nothing."""
    return content[:0]


def password(content: bytes) -> bytes:
    """An OLE container with an encrypted package in place of a workbook's stream."""
    book = xlwt.Workbook()
    book.add_sheet("1").write(0, 0, len(content))
    raw = io.BytesIO()
    book.save(raw)
    old, new = "Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")
    stub = bytearray(raw.getvalue())
    entry = bytes(stub).find(old)
    stub[entry : entry + 64] = new.ljust(64, b"\0")
    stub[entry + 64 : entry + 66] = (len(new) + 2).to_bytes(2, "little")
    return bytes(stub)


def encrypted_pdf(content: bytes) -> bytes:
    """A PDF that asks for a password."""
    raw = io.BytesIO()
    canvas = Canvas(raw, encrypt="mot-mat-khau", invariant=True)
    canvas.drawString(72, 720, str(len(content)))
    canvas.save()
    return raw.getvalue()


def macros(content: bytes) -> bytes:
    """A workbook with macros under the name of one without."""
    return repacked(
        content,
        {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)},
        replaced={
            "[Content_Types].xml": (
                b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
            )
        },
    )


def external_link(content: bytes) -> bytes:
    """A workbook that has links to another one."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return repacked(
        content,
        {
            "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{main}"/>'.encode(),
            "xl/externalLinks/_rels/externalLink1.xml.rels": (
                b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/'
                b'2006/relationships/externalLinkPath" Target="file:///khac.xlsx" '
                b'TargetMode="External"/></Relationships>'
            ),
        },
    )


def zip_bomb(content: bytes) -> bytes:
    """A sheet that unpacks to 300 MB of blanks."""
    raw = io.BytesIO()
    name = "xl/worksheets/sheet1.xml"
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.namelist():
            if entry != name:
                new.writestr(zipfile.ZipInfo(entry, _ENTRY_TIME), old.read(entry))
        head, tag, rest = old.read(name).partition(b"<sheetData>")
        bomb = zipfile.ZipInfo(name, _ENTRY_TIME)
        bomb.compress_type = zipfile.ZIP_DEFLATED
        with new.open(bomb, "w") as sheet:
            sheet.write(head + tag)
            for _ in range(_BOMB_MEGABYTES):
                sheet.write(_BLANKS)
            sheet.write(rest)
    return raw.getvalue()


def entity_bomb(content: bytes) -> bytes:
    """An XML with entities that multiply to a thousand million characters."""
    head, _, rest = content.partition(b"?>")
    bomb = f"?>\n<!DOCTYPE report [{_ENTITIES}]>".encode()
    return head + bomb + rest.replace(b"<f1>", b"<f1>&a9;", 1)


def entity_bomb_in_workbook(content: bytes) -> bytes:
    """The same in the texts of a workbook's sheet."""
    name = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read(name)
    start = sheet.find(b"<worksheet")
    text = re.sub(rb"<t>|<t [^>]*>", rb"\g<0>&a9;", sheet[start:], count=1)
    bomb = sheet[:start] + b"<!DOCTYPE worksheet [" + _ENTITIES.encode() + b"]>" + text
    return repacked(content, {}, replaced={name: (sheet, bomb)})


def login_page(content: bytes) -> bytes:
    """What a portal answers once the session has ended."""
    return _LOGIN_PAGE.encode()


def pdf_named_xlsx(content: bytes) -> bytes:
    """Nothing but the name lies."""
    return content


def csv_named_xlsx(content: bytes) -> bytes:
    """Nothing but the name lies."""
    return content


def wrong_dimension(content: bytes) -> bytes:
    """A sheet that says it goes to the last cell there can be."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
    lie = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', sheet)
    return repacked(content, {}, replaced={"xl/worksheets/sheet1.xml": (sheet, lie)})


def csv_ragged(content: bytes) -> bytes:
    """Lines without the empty cells at their ends, and one with too many."""
    encoding = _encoding(content)
    lines = content.decode(encoding).split("\r\n")
    ragged = [
        re.sub("[;,]+$", "", line) if number % 3 else line for number, line in enumerate(lines)
    ]
    ragged[-2] += ";;;;;"
    return "\r\n".join(ragged).encode(encoding)


def csv_unclosed_quote(content: bytes) -> bytes:
    """A quote that opens in the middle and never closes."""
    encoding = _encoding(content)
    lines = content.decode(encoding).split("\r\n")
    middle = len(lines) // 2
    lines[middle] = '"' + lines[middle]
    return "\r\n".join(lines).encode(encoding)


def csv_nul(content: bytes) -> bytes:
    """NUL characters between the lines."""
    encoding = _encoding(content)
    return content.decode(encoding).replace("\r\n", "\0\r\n", 3).encode(encoding)


def foreign_archive(content: bytes) -> bytes:
    """An archive that holds a workbook and is none."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(zipfile.ZipInfo("bieu mau/bieu.xlsx", _ENTRY_TIME), content)
    return raw.getvalue()


CONTENT_DEFECTS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    make.__name__: make
    for make in (
        truncated, empty_file, password, encrypted_pdf, macros, external_link, zip_bomb,
        entity_bomb, entity_bomb_in_workbook, login_page, pdf_named_xlsx, csv_named_xlsx,
        wrong_dimension, csv_ragged, csv_unclosed_quote, csv_nul, foreign_archive,
    )
}  # fmt: skip
NAMED_OTHERWISE: Final = {
    "pdf_named_xlsx": "xlsx",
    "csv_named_xlsx": "xlsx",
    "login_page": "xls",
    "macros": "xlsx",
}
"""Extension that the file has instead of its own."""


def _encoding(content: bytes) -> str:
    if content.startswith(b"\xff\xfe"):
        return "utf-16"
    return "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "cp1258"
