"""Names of files as others give them, made harmless: a name, never a path."""

from __future__ import annotations

import unicodedata

from ingestion.core.log import quote_foreign

NAMELESS = "tep-khong-ten"
_LONGEST = 120
_LONGEST_SUFFIX = 10
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def plain_name(given: str | None) -> str:
    r"""The last part of a file name as one line of visible text.

    Folders, control characters, characters that turn the writing direction and what no screen shows
    are dropped; personal values are masked; it is cut to a length that file systems take, with its
    ending kept.

    >>> plain_name("C:\\bao cao\\..\\Quý III\u202excod.xlsx")
    'Quý IIIxcod.xlsx'
    """
    last = (given or "")[:4096].replace("\\", "/").rstrip("/ ").rpartition("/")[2]
    visible = "".join(c for c in last if unicodedata.category(c) not in _INVISIBLE)
    text = " ".join(unicodedata.normalize("NFC", visible).split()).strip(". ")
    text = quote_foreign(text, 4 * _LONGEST)
    if len(text) > _LONGEST:
        stem, dot, suffix = text.rpartition(".")
        kept = dot + suffix if dot and len(suffix) <= _LONGEST_SUFFIX else ""
        text = (stem if kept else text)[: _LONGEST - len(kept)] + kept
    return text or NAMELESS
