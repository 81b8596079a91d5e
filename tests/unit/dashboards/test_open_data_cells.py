"""Cells of our own open data: safe to open, and the words come back."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboards.open_data.cells import guarded, unguarded, written

SIGNS = "=+-@＝＋－＠"
DANGEROUS = tuple(SIGNS + "\t\r\n\0")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?", re.ASCII)
TEXTS = st.text(
    st.one_of(st.sampled_from("=+-@＝＋－＠\t\r\n\0'\" ;,.1a"), st.characters(codec="utf-8"))
)


@given(TEXTS)
@example("=1+1")
@example("'=1+1")
@example("-5")
@example("'-5")
@example(" =1")
@example("a;=1\n+2")
@example("\t=1")
def test_a_guarded_text_begins_no_formula_and_comes_back(text: str) -> None:
    safe = guarded(text)
    assert unguarded(safe) == text
    if not NUMBER.fullmatch(safe):
        assert not safe.lstrip(' "').startswith(DANGEROUS)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_no_cell_begins_a_formula_for_whoever_takes_another_separator(texts: list[str]) -> None:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerow([guarded(text) for text in texts])
    # Semicolon or tab for the separator, quotes not understood: the worst that can be done to it.
    for cell in re.split(r"[;\t\r\n]", stream.getvalue()):
        first = cell.lstrip(' "')
        assert not first.startswith(tuple(SIGNS)) or NUMBER.match(first), cell


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_numbers_stay_numbers_without_exponent(value: Decimal) -> None:
    text = written(value)
    assert NUMBER.fullmatch(text)
    assert Decimal(text) == value
    assert not text.startswith("-0") or "." in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-14, "-14"),
        (Decimal("100.000000"), "100"),
        (Decimal("-0.000000"), "0"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 10, 1), "2026-10-01"),
        (
            datetime(2026, 11, 20, 23, 30, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")),
            "2026-11-20T16:30:00Z",
        ),
        (datetime(2026, 11, 20, 16, 30, 0, 5, tzinfo=UTC), "2026-11-20T16:30:00.000005Z"),
        ("- Tỷ lệ", "'- Tỷ lệ"),
        ("+84", "+84"),
        ("@lần", "'@lần"),
        ("Tỷ lệ = a/b", "Tỷ lệ = a/b"),
    ],
)
def test_values_are_written_like_this(value: object, text: str) -> None:
    assert written(value) == text
