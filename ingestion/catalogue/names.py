"""Folding of Vietnamese names, so that "so noi vu" finds "Sở Nội vụ"."""

from __future__ import annotations

import unicodedata

# Letters whose stroke is no combining mark, so that decomposition leaves them alone; U+00D0/U+00F0
# (eth) is what legacy converters put in place of Đ/đ.
_STROKES = str.maketrans({"đ": "d", "Đ": "d", "ð": "d", "Ð": "d"})


def fold(text: str) -> str:
    """Reduce a name to what people type: lower case, no accents, single blanks.

    Tone marks are dropped, so the old and the new placement ("Hoà", "Hòa") fold alike, and so do
    NFC and NFD input. Dashes and punctuation count as blanks. Folding is idempotent.

    Args:
        text: Any text, usually an agency's name.

    Returns:
        The folded text; empty when nothing but marks and punctuation was given.
    """
    plain = _strip_marks(_strip_marks(text).casefold()).translate(_STROKES).casefold()
    kept = "".join(letter if letter.isalnum() else " " for letter in plain)
    return " ".join(kept.split())


def _strip_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(
        letter for letter in decomposed if not unicodedata.category(letter).startswith("M")
    )
