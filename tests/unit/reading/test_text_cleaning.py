"""Text made plain, and legacy fonts told by what they spell."""

import unicodedata

import pytest

from ingestion.reading.text import (
    clean,
    clean_lines,
    convert_legacy,
    is_vietnamese,
    key,
    legacy_font,
)

UNICODE = "Đơn vị tính: Triệu đồng; Quyết toán ngân sách nhà nước, Tổng cộng, dự toán quý"
TCVN3 = "§¬n vÞ tÝnh: TriÖu ®ång; QuyÕt to¸n ng©n s¸ch nhµ n\u00adíc, Tæng céng, dù to¸n quý"
VNI = "Ñôn vò tính: Trieäu ñoàng; Quyeát toaùn ngaân saùch nhaø nöôùc, Toång coäng, döï toaùn quyù"


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("  Thu   nội địa ", "Thu nội địa"),
        ("Thu\u00a0nội\u202fđịa", "Thu nội địa"),
        ("Thu\tnội\r\nđịa", "Thu nội địa"),
        ("T\u200bhu\ufeff nội \u2060địa", "Thu nội địa"),
        ("\u202eThu\u202c", "Thu"),
        ("Thu\x00 nội", "Thu nội"),
        ("１２３％", "123%"),
        ("−5", "-5"),
        ("Ðồng", "Đồng"),
        ("TОNG", "TONG"),
        ("Рhòng", "Phòng"),
        ("Итого", "Итого"),
        ("", ""),
        ("\u00a0\u200b", ""),
    ],
)
def test_clean(raw: str, plain: str) -> None:
    assert clean(raw) == plain


def test_decomposed_accents_are_composed() -> None:
    assert clean(unicodedata.normalize("NFD", "Tổng số")) == "Tổng số"


def test_a_cell_of_any_length_is_bounded() -> None:
    assert len(clean("đ" * 100_000)) < 5_000
    assert len(clean("d" * 100_000)) < 5_000


def test_lines_of_a_cell() -> None:
    assert clean_lines("Dự toán\n  năm 2025\n\n") == ["Dự toán", "năm 2025"]


def test_folding_knows_old_and_new_tone_marks_and_no_case_trap() -> None:
    assert key("Hoà Bình") == key("HÒA BÌNH") == "hoa binh"
    assert key("İstanbul") == key("istanbul")
    assert key("Đơn vị tính:") == "don vi tinh"


@pytest.mark.parametrize(("text", "font"), [(TCVN3, "tcvn3"), (VNI, "vni")])
def test_legacy_fonts_are_told_and_converted(text: str, font: str) -> None:
    found = legacy_font([text])
    assert found == font
    assert convert_legacy(text, found) == UNICODE


def test_legacy_capitals_are_converted() -> None:
    assert convert_legacy("TOÅNG COÄNG ÑAÀU TÖ", "vni") == "TỔNG CỘNG ĐẦU TƯ"
    assert convert_legacy("¦íc ®¹t", "tcvn3") == "Ước đạt"


@pytest.mark.parametrize(
    "text",
    [
        UNICODE,
        "Thu khác",
        "Chi phí",
        "Thu nhà, đất",
        "Café, naïve, Zürich",
        "Diện tích 15 m², 30 °C, § 5",
        "plain ASCII",
        "",
    ],
)
def test_unicode_is_not_taken_for_a_legacy_font(text: str) -> None:
    assert legacy_font([text]) is None


@pytest.mark.parametrize(
    "word",
    [
        "quyết",
        "toán",
        "nghiệp",
        "huyện",
        "giữa",
        "khoản",
        "nước",
        "thuế",
        "khuỷu",
        "gì",
        "giếng",
        "quý",
        "rượu",
        "Uỷ",
    ],
)
def test_syllables(word: str) -> None:
    assert is_vietnamese(word)


@pytest.mark.parametrize("word", ["khỏc", "Ñôn", "TriÖu", "to¸n", "nà̀", "bcd"])
def test_no_syllables(word: str) -> None:
    assert not is_vietnamese(word)
