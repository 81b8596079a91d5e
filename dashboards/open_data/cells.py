"""How a value is written into a CSV cell, safe to open with a spreadsheet program.

A text that begins with one of ``= + - @`` (also in their wide forms), tab, carriage return, line
feed or NUL could be run as a formula (OWASP "CSV Injection"; ASVS 5.0, 1.2.10), so an apostrophe is
put before that sign. The same is done after a semicolon, tab or line break inside a text: programs
set to Vietnamese take the semicolon for the separator and would begin a cell there. Numbers stay
numbers, also negative ones. `unguarded` gives back exactly what was there: one apostrophe is taken
away before each such sign.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

_SIGNS = "=+\\-@＝＋－＠"
_AT_START = f"{_SIGNS}\t\r\n\0"
_START = re.compile(rf"\A([ \"]*)('*)(?=[{_AT_START}])")
_INSIDE = re.compile(rf"([;\t\r\n][ \"]*)('*)(?=[{_SIGNS}])")
_GUARDED_START = re.compile(rf"\A([ \"]*)'('*)(?=[{_AT_START}])")
_GUARDED_INSIDE = re.compile(rf"([;\t\r\n][ \"]*)'('*)(?=[{_SIGNS}])")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?", re.ASCII)


def guarded(text: str) -> str:
    """The text with an apostrophe before every sign that could begin a formula."""
    if _NUMBER.fullmatch(text):
        return text
    return _INSIDE.sub(r"\1'\2", _START.sub(r"\1'\2", text))


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return _GUARDED_START.sub(r"\1\2", _GUARDED_INSIDE.sub(r"\1\2", text))


def written(value: object) -> str:
    """The text of a cell: ISO dates, UTC times, ``true``/``false``, plain decimals, "" for null."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def plain(value: Decimal) -> str:
    """A decimal without exponent and without zeros at its end."""
    text = f"{value if value else 0:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
