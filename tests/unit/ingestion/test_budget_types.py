"""Days, flags and exact decimals on their way to typed columns, and kinds that the door knows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from ingestion.core.dates import parse_days, read_day
from ingestion.core.door import Door
from ingestion.core.landing import LandedFile
from ingestion.core.parse import SLAB_BYTES, plan_slabs
from ingestion.core.rollup import parse_decimals, parse_flags
from ingestion.core.source import read_source

FORMS = ["%d/%m/%Y", "%d-%m-%Y"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("05/12/2025", date(2025, 12, 5)),
        (" 5/1/2026 ", date(2026, 1, 5)),
        ("29-02-2024", date(2024, 2, 29)),
        ("31/02/2027", None),
        ("12/03/27", None),
        ("2027-13-01", None),
        ("2025-12-05", None),
        ("01/01/0206", None),
        ("０５/12/2025", None),
        ("hôm nay", None),
        ("Quý I", None),
        ("", None),
    ],
)
def test_a_day_is_read_by_its_declared_forms_or_not_at_all(text: str, day: date | None) -> None:
    assert read_day(text, FORMS) == day


def test_a_day_that_two_forms_read_differently_stays_unread() -> None:
    assert read_day("05/12/2025", ["%d/%m/%Y", "%m/%d/%Y"]) is None
    assert read_day("05/05/2025", ["%d/%m/%Y", "%m/%d/%Y"]) == date(2025, 5, 5)


def test_landed_days_have_one_form() -> None:
    texts = pa.array(["2025-12-05", None, "2025-02-30", "05/12/2025", "1899-12-31"])
    days, unreadable = parse_days(texts)
    assert days.to_pylist() == [date(2025, 12, 5), None, None, None, None]
    assert unreadable.tolist() == [False, False, True, True, True]


def test_decimals_are_exact_or_refused() -> None:
    texts = ["13395324", "-0.123456789", "9" * 29, "9" * 30, "0.1234567891", "1e5", "1.", None]
    numbers, unreadable = parse_decimals(pa.array(texts))
    assert numbers.to_pylist() == [
        Decimal("13395324"),
        Decimal("-0.123456789"),
        Decimal("9" * 29),
        *([None] * 5),
    ]
    assert unreadable.tolist() == [False, False, False, True, True, True, True, False]


def test_flags_are_two_words() -> None:
    flags, unreadable = parse_flags(pa.array(["true", "false", "1", None]))
    assert flags.to_pylist() == [True, False, None, None]
    assert unreadable.tolist() == [False, False, True, False]


def test_records_with_long_lists_do_not_pile_up_in_one_slab() -> None:
    files = [
        (LandedFile(f"f{number}", "0" * 64, SLAB_BYTES // 2, 10), "api") for number in range(5)
    ]
    plans = list(plan_slabs(files))
    assert [len(plan.files) for plan in plans] == [2, 2, 1]
    assert [plan.first_row for plan in plans] == [1, 21, 41]


def reduced(resource: str, **fields: object) -> str:
    door = Door(read_source("budget_publications").contract.resources[resource])
    return b"".join(door.project([fields]).lines).decode()


def test_hashes_links_and_validators_keep_their_digits() -> None:
    key = "web:0123456789012345@0123456789012345"
    link = "https://sonla.example/cong-khai/014099000005/B62.xlsx"
    etag = 'W/"014099000005-1f"'
    kept = reduced("documents", version_key=key, file_url=link, http_validator=etag)
    assert all(text in kept.replace("\\", "") for text in (key, link, etag))


@pytest.mark.parametrize(
    "link",
    [
        "https://can.bo@sonla.example/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://a.example/x y",
    ],
)
def test_what_is_no_plain_link_is_not_stored(link: str) -> None:
    assert "file_url" not in reduced("documents", file_url=link)


def test_texts_of_others_are_guarded_and_amounts_in_our_sentences_stay() -> None:
    assert "0912" not in reduced("documents", title="Công khai, gặp 0912600003")
    sentence = "Tổng 123.456.789.000 khác 123.456.788.000, gọi 0912600003"
    kept = reduced("readings", reason_vi=sentence)
    assert "123.456.789.000 khác 123.456.788.000" in kept
    assert "0912600003" not in kept
