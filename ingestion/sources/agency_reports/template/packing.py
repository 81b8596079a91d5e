"""Packing a workbook without a clock in it, so that the same form is the same bytes."""

from __future__ import annotations

import io
import re
import zipfile

_MOMENTS = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
_CORE = "docProps/core.xml"
_ENTRY_TIME = (1980, 1, 1, 0, 0, 0)


def without_clock(content: bytes) -> bytes:
    """A workbook as openpyxl saves it, without the moments that it writes into it."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            body = old.read(name)
            if name == _CORE:
                body = _MOMENTS.sub(b"", body)
            entry = zipfile.ZipInfo(name, _ENTRY_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, body)
    return packed.getvalue()
