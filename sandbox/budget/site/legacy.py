"""Vietnamese text in Windows-1258, the code page of old pages; tones are characters there."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"


def to_cp1258(text: str) -> bytes:
    """Return text in Windows-1258; what it has no character for becomes ``?``."""
    return "".join(map(_split, unicodedata.normalize("NFC", text))).encode("cp1258", "replace")


@cache
def _split(character: str) -> str:
    """Return a letter as the code page has it: letter with its hat or horn, then the tone."""
    try:
        character.encode("cp1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", character)
        tones = "".join(part for part in parts if part in _TONES)
        letter = "".join(part for part in parts if part not in _TONES)
        return unicodedata.normalize("NFC", letter) + tones
    return character
