"""What a cell shows against what it stores: ``0%`` shows 100 times, ``#,##0,`` a thousandth.

A published number is the one that people see, and the unit above a column speaks of that. Rounding
is not followed: the stored digits stay. Number formats after ECMA-376 part 1, 18.8.30 and 18.8.31.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from ingestion.core.log import quote_foreign
from ingestion.reading.grid import Remark, Sheet

BUILT_IN = {9: 2, 10: 2}
"""Numbers of the formats that need no text: ``0%`` and ``0.00%``."""

_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_SCALING = re.compile(r"[0#?.](,+)(?![0#?.,])")


def display_power(code: str) -> int:
    """Power of ten from the stored number to the shown one.

    >>> display_power("#,##0"), display_power("0.0%"), display_power("#,##0.0,,")
    (0, 2, -6)
    """
    plain = _LITERAL.sub("", code[:512]).split(";")[0]
    scaling = sum(len(commas) for commas in _SCALING.findall(plain))
    return 2 * plain.count("%") - 3 * scaling


def show(sheet: Sheet, powers: Mapping[tuple[int, int], int]) -> list[Remark]:
    """Put shown numbers in the place of stored ones.

    Args:
        sheet: changed in place.
        powers: powers of ten by (row, column); other cells show what they store.

    Returns:
        A remark where units are scaled: everybody else reads another number in the file.
    """
    scaled = 0
    for (row, column), power in powers.items():
        i, j = row - sheet.first_row, column - sheet.first_column
        if not (0 <= i < len(sheet.values) and 0 <= j < len(sheet.values[0])):
            continue
        value = sheet.values[i][j]
        if isinstance(value, bool) or not isinstance(value, int | float) or not power:
            continue
        shown = Decimal(repr(value)).scaleb(power)
        sheet.values[i][j] = int(shown) if shown == shown.to_integral_value() else float(shown)
        sheet.scaled[row, column] = power
        scaled += power < 0
    if not scaled:
        return []
    name = quote_foreign(sheet.name, 60)
    return [
        Remark(
            "scaled_display",
            name,
            f"Trang “{name}” có {scaled} ô hiển thị theo nghìn hoặc triệu so với số lưu; "
            "đã lấy số như hiển thị.",
        )
    ]
