"""Numbers, dates and periods as Vietnamese readers write them: 1.234,5 · 20/11/2026.

Only the looks are decided here. No function calculates an indicator value.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from ingestion.core.environment import TIMEZONE

NONE = "–"
"""What stands where there is no number."""

MINUS = "\N{MINUS SIGN}"
MAX_DECIMALS = 4

OPERATORS = {">=": "≥", ">": ">", "approx": "≈", "=": "="}
"""Signs of the target operators of the catalogue."""

_ROMAN = ("I", "II", "III", "IV")
_VIETNAMESE = str.maketrans(",.", ".,")


def number(value: Decimal | int | None, decimals: int = 0) -> str:
    """Format a number with a decimal comma and dots between thousands.

    Args:
        value: the number; None gives an en dash.
        decimals: digits after the comma, always written.
    """
    if value is None:
        return NONE
    rounded = _rounded(Decimal(value), decimals, ROUND_HALF_UP)
    sign = MINUS if rounded < 0 else ""
    return sign + f"{abs(rounded):,.{decimals}f}".translate(_VIETNAMESE)


def value_beside_target(value: Decimal | None, target: Decimal | None, decimals: int) -> str:
    """Format a value so that rounding never makes it touch or cross its target.

    99.96 with a target of 100 and one decimal reads "99,9": "100,0" would tell a reader that the
    target is reached.
    """
    if value is None or target is None or value == target:
        return number(value, decimals)
    shown = _rounded(value, decimals, ROUND_HALF_UP)
    if value < target <= shown:
        return number(_rounded(value, decimals, ROUND_FLOOR), decimals)
    if value > target >= shown:
        return number(_rounded(value, decimals, ROUND_CEILING), decimals)
    return number(value, decimals)


def signed(value: Decimal | None, decimals: int) -> str:
    """Format a difference with its sign; a difference that is not zero never reads as zero."""
    if value is None:
        return NONE
    while value != 0 and _rounded(value, decimals, ROUND_HALF_UP) == 0 and decimals < MAX_DECIMALS:
        decimals += 1
    text = number(value, decimals)
    return f"+{text}" if value > 0 else text


def plain(value: Decimal | None) -> str:
    """Format a number of the plan itself: as many decimals as it has, no trailing zeros."""
    if value is None:
        return NONE
    exponent = value.normalize().as_tuple().exponent
    return number(value, max(0, -exponent) if isinstance(exponent, int) else 0)


def day(value: date | datetime | None, zone: ZoneInfo = TIMEZONE) -> str:
    """Format a day as dd/mm/yyyy; a time is first taken to the zone of the data."""
    if value is None:
        return NONE
    if isinstance(value, datetime):
        value = value.astimezone(zone)
    return f"{value:%d/%m/%Y}"


def period_vi(period_type: str | None, start: date | None) -> str:
    """Name a reporting period in Vietnamese: tháng 10/2026, quý III/2026, năm 2026."""
    if start is None:
        return NONE
    match period_type:
        case "month":
            return f"tháng {start:%m/%Y}"
        case "quarter":
            return f"quý {_ROMAN[(start.month - 1) // 3]}/{start.year}"
        case "half_year":
            return f"6 tháng {'đầu' if start.month == 1 else 'cuối'} năm {start.year}"
        case "year":
            return f"năm {start.year}"
    return day(start)


def period_en(period_type: str | None, start: date | None) -> str:
    """Name a reporting period in English: Oct 2026, Q3 2026, H1 2026, 2026."""
    if start is None:
        return NONE
    match period_type:
        case "month":
            return f"{start:%b %Y}"
        case "quarter":
            return f"Q{(start.month - 1) // 3 + 1} {start.year}"
        case "half_year":
            return f"H{1 if start.month == 1 else 2} {start.year}"
        case "year":
            return str(start.year)
    return day(start)


def _rounded(value: Decimal, decimals: int, rounding: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=rounding)
