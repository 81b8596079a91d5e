"""Numbers, dates and periods as Vietnamese and English readers write them.

Words of others (titles, file names, publishers) go through `plain` on their way into a sentence.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from ingestion.core.environment import TIMEZONE

Language = Literal["vi", "en"]

_LONGEST = 900
_DEAD = {"<": "‹", ">": "›", "](": "] (", "://": "[:]//", "www.": "www[.]"}
"""What would be markup or a link to click, in HTML, in Markdown or in a mail program."""


def written(value: object, language: Language) -> str:
    """One value in running text: 1.234,5 and 05/11/2026 in Vietnamese."""
    if isinstance(value, datetime):
        local = value.astimezone(TIMEZONE)
        on = " ngày " if language == "vi" else " on "
        return f"{local:%H:%M}{on}{written(local.date(), language)}"
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y" if language == "vi" else "%Y-%m-%d")
    if isinstance(value, Decimal | float):
        # A whole number needs no decimals: 5 %, not 5,0 %.
        text = f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
    elif isinstance(value, int):
        text = f"{value:,}"
    else:
        return plain(str(value))
    return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text


def one_line(value: str) -> str:
    """Text fit for a header: control characters and line breaks become single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def plain(text: str) -> str:
    """Words of others, fit for a mail, a page or a table of ours.

    One line, without characters that steer (breaks, tabs, right-to-left marks), without markup and
    without a link that a mail program would make live under our name; cut when too long.
    """
    flat = one_line(text)
    for live, dead in _DEAD.items():
        flat = flat.replace(live, dead)
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"


def month_name(month: date, language: Language) -> str:
    """``tháng 11/2026`` or ``November 2026``."""
    if language == "vi":
        return f"tháng {month:%m/%Y}"
    return f"{calendar.month_name[month.month]} {month.year}"


def sentence(template: str, values: Mapping[str, Any], language: Language) -> str:
    """Fill a template's ``{names}``.

    Raises:
        KeyError: the template names a value that is not there.
    """
    return template.format_map({name: written(value, language) for name, value in values.items()})
