import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.core.guard import (
    classify_contact,
    classify_identity,
    classify_summary,
    looks_personal,
    mask_personal,
)


@pytest.mark.parametrize(
    "text",
    [
        "Nộp cho ông A, CCCD 014099001234",
        "sđt 0912345678",
        "gọi 0912.345.678",
        "+84 912 345 678",
        "CMND 050123456",
        "CMND 050 123 456",
        "thư a.b+c@thu.example",
    ],
)
def test_personal_patterns_are_masked_and_counted(text: str) -> None:
    clean, count = mask_personal(text)
    assert count == 1
    assert not any(char.isdigit() for char in clean) and "@" not in clean


@pytest.mark.parametrize(
    "text",
    [
        "Bộ phận Một cửa xã Mường Bú",
        "Quầy số 12",
        "H52.03646",
        "20261120083015",
        "1.004199",
        "Quyết định 1500/QĐ-UBND ngày 20/11/2026",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert mask_personal(text) == (text, 0)


@given(st.integers(0, 10**12 - 1), st.text(alphabet="ăêôđ ,:()", max_size=8))
def test_no_twelve_digit_number_gets_through(number: int, around: str) -> None:
    digits = f"{number:012d}"
    assert digits not in mask_personal(f"{around}{digits}{around}")[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "absent"),
        ("   ", "absent"),
        ("000000001", "placeholder"),
        ("000000000000", "placeholder"),
        ("111111111", "placeholder"),
        ("123456789", "placeholder"),
        ("014099001234", "valid_12"),
        ("099099001234", "malformed"),
        ("050123456", "valid_9"),
        ("5500123456", "malformed"),
        ("AB123456", "malformed"),
        ("０１４０９９００１２３４", "malformed"),
        ("?", "malformed"),
    ],
)
def test_classes_of_identity_numbers(text: str, expected: str) -> None:
    assert classify_identity(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "absent"),
        ("Dinhkem", "placeholder"),
        ("Đính kèm", "placeholder"),
        (".", "placeholder"),
        ("Cấp đổi giấy chứng nhận", "given"),
    ],
)
def test_classes_of_summaries(text: str, expected: str) -> None:
    assert classify_summary(text) == expected


def test_a_key_that_is_a_phone_number_looks_personal_and_a_dossier_code_does_not() -> None:
    assert looks_personal("0912345678")
    assert looks_personal("ai@do.example")
    assert not looks_personal("H52.03646-261120-00001")
    assert not looks_personal("12345")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "absent"),
        (" - ", "absent"),
        ("Không có", "placeholder"),
        ("ai-do@example.com", "placeholder"),
        ("Phòng Tổng hợp", "named"),
        ("Quyết định 1500/QĐ-UBND", "named"),
        ("congbo@soyte.sonla.gov.vn", "reachable"),
        ("0912 345 678", "reachable"),
        ("ĐT: (0212) 3852.123", "reachable"),
        ("+84 212 3852 123", "reachable"),
    ],
)
def test_a_contact_is_worth_what_it_lets_one_reach(text: str, expected: str) -> None:
    assert classify_contact(text) == expected
