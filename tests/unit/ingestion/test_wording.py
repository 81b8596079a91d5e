from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ingestion.core.wording import month_name, sentence, written


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (1234567, "1.234.567", "1,234,567"),
        (Decimal("1234.5"), "1.234,5", "1,234.5"),
        (Decimal("15.0"), "15", "15"),
        (0.25, "0,2", "0.2"),
        (date(2026, 11, 5), "05/11/2026", "2026-11-05"),
        (datetime(2026, 11, 5, 18, 30, tzinfo=UTC), "01:30 ngày 06/11/2026", "01:30 on 2026-11-06"),
        ("H52.D01", "H52.D01", "H52.D01"),
    ],
)
def test_values_are_written_as_readers_write_them(value: object, vi: str, en: str) -> None:
    assert (written(value, "vi"), written(value, "en")) == (vi, en)


def test_months_have_names() -> None:
    assert month_name(date(2026, 3, 1), "vi") == "tháng 03/2026"
    assert month_name(date(2026, 3, 1), "en") == "March 2026"


def test_a_sentence_does_not_read_its_values_as_templates() -> None:
    assert sentence("{name}: {n}", {"name": "{n!r}", "n": 3}, "vi") == "{n!r}: 3"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="absent"):
        sentence("{absent}", {}, "vi")


@pytest.mark.parametrize(
    ("foreign", "kept"),
    [
        ("Bảng giá\r\nBcc: x@y.example", "Bảng giá Bcc: x@y.example"),
        ("Xong.\n\nKính gửi: Sở B", "Xong. Kính gửi: Sở B"),
        ("vsx.\u202eexe\u2028a\tb\x00c", "vsx. exe a b c"),
        ("<script>alert(1)</script>", "‹script›alert(1)‹/script›"),
        ("[bấm vào đây](https://evil.example)", "[bấm vào đây] (https[:]//evil.example)"),
        ("xem www.evil.example", "xem www[.]evil.example"),
        ("Giá nông sản, quý III/2026 (tạm tính)", "Giá nông sản, quý III/2026 (tạm tính)"),
        ("x" * 901, "x" * 899 + "…"),
    ],
)
def test_words_of_others_are_one_dead_line(foreign: str, kept: str) -> None:
    assert sentence("{title}", {"title": foreign}, "vi") == kept
