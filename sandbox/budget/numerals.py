"""Numbers as Vietnamese offices write them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

SEPARATORS: Final = {
    "text_dots": (".", ","),
    "text_commas": (",", "."),
    "text_spaces": (" ", ","),
    "text_plain": ("", "."),
}
"""Separators of thousands and of decimals, by way of writing."""


def rounded(value: Decimal, decimals: int) -> Decimal:
    """A number as it is published: half up, as spreadsheets round."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def written(value: Decimal, decimals: int, numbers: str) -> str:
    """A number as text.

    Args:
        value: already rounded.
        decimals: digits after the separator; trailing zeros are kept.
        numbers: a key of `SEPARATORS`.
    """
    thousands, point = SEPARATORS[numbers]
    text = f"{value:,.{decimals}f}"
    return text.replace(",", "\0").replace(".", point).replace("\0", thousands)
