"""Numbers, dates and targets as Vietnamese readers write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dashboards import formatting, wording


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (Decimal("1234.5"), 1, "1.234,5"),
        (Decimal("1234567"), 0, "1.234.567"),
        (Decimal("-7.4"), 1, "−7,4"),
        (Decimal("-0.04"), 1, "0,0"),
        (Decimal("2.345"), 2, "2,35"),
        (0, 0, "0"),
        (None, 2, "–"),
    ],
)
def test_number(value: Decimal | int | None, decimals: int, expected: str) -> None:
    assert formatting.number(value, decimals) == expected


@pytest.mark.parametrize(
    ("value", "target", "expected"),
    [
        ("99.96", "100", "99,9"),
        ("100", "100", "100,0"),
        ("99.94", "100", "99,9"),
        ("80.04", "80", "80,1"),
        ("104.96", "105", "104,9"),
        ("50.06", None, "50,1"),
    ],
)
def test_rounding_never_reaches_a_target_that_the_value_misses(
    value: str, target: str | None, expected: str
) -> None:
    goal = None if target is None else Decimal(target)
    assert formatting.value_beside_target(Decimal(value), goal, 1) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1.8"), "+1,8"),
        (Decimal("-7.44"), "−7,4"),
        (Decimal("-0.04"), "−0,04"),
        (Decimal("0.0001"), "+0,0001"),
        (Decimal(0), "0,0"),
        (None, "–"),
    ],
)
def test_a_difference_has_a_sign_and_only_zero_reads_as_zero(
    value: Decimal | None, expected: str
) -> None:
    assert formatting.signed(value, 1) == expected


@pytest.mark.parametrize(
    ("operator", "value", "unit", "vi", "en"),
    [
        (">=", "100", "pct", "≥ 100%", "≥ 100%"),
        (">", "80.0", "pct", "> 80%", "> 80%"),
        ("approx", "5500", "count", "≈ 5.500 doanh nghiệp", "≈ 5.500 enterprises"),
        (">=", "30", "multiple", "≥ 30 lần GDP", "≥ 30 × GDP"),
        (">=", "3", "level", "≥ cấp độ 3", "≥ level 3"),
        ("=", "1", "milestone", "Hoàn thành", "Completed"),
        (">=", None, "pct", "Không nêu số", "No figure"),
    ],
)
def test_target(operator: str, value: str | None, unit: str, vi: str, en: str) -> None:
    amount = None if value is None else Decimal(value)
    assert wording.target(operator, amount, unit) == wording.Words(vi, en)


def test_a_moment_is_shown_on_its_day_in_the_province() -> None:
    assert formatting.day(datetime(2026, 11, 20, 18, 0, tzinfo=UTC)) == "21/11/2026"
    assert formatting.day(date(2026, 11, 20)) == "20/11/2026"


@pytest.mark.parametrize(
    ("period_type", "start", "vi", "en"),
    [
        ("month", date(2026, 10, 1), "tháng 10/2026", "Oct 2026"),
        ("quarter", date(2026, 7, 1), "quý III/2026", "Q3 2026"),
        ("half_year", date(2026, 7, 1), "6 tháng cuối năm 2026", "H2 2026"),
        ("year", date(2026, 1, 1), "năm 2026", "2026"),
    ],
)
def test_period(period_type: str, start: date, vi: str, en: str) -> None:
    assert formatting.period_vi(period_type, start) == vi
    assert formatting.period_en(period_type, start) == en


def test_a_code_without_a_label_is_shown_as_it_is() -> None:
    assert wording.code_label("status", "brand_new") == wording.Words("brand_new", "brand_new")
    assert wording.label("status", "far").vi == "Còn xa"
