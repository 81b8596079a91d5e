"""How receipts write periods, numbers and verdicts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import lxml.html
import pytest

from ingestion.core.environment import TIMEZONE
from ingestion.core.period import Period
from ingestion.sources.agency_reports.intake import AcceptedCell, CellToMend, Receipt
from ingestion.sources.agency_reports.receipts.rendering import as_html, as_json, as_text, verdict
from ingestion.sources.agency_reports.receipts.words import (
    number_vi,
    period_vi,
    read_words,
    value_vi,
)

LABEL = "Số cơ quan phải phê duyệt"


def receipt(**changes: Any) -> Receipt:
    told: dict[str, Any] = {
        "receipt_no": "BN-2026-000123",
        "submission_id": "s",
        "received_at": datetime(2026, 10, 12, 8, 30, tzinfo=TIMEZONE),
        "door": "mailbox",
        "file_name": "bc.xlsx",
        "sha256": "ab" * 32,
        "byte_count": 11_193,
        "is_synthetic": False,
        "reply_by": "mail",
        "state": "accepted",
    }
    return Receipt(**{**told, **changes})


@pytest.mark.parametrize(
    ("period", "written"),
    [
        ("2026-10-12", "ngày 12/10/2026"),
        ("2026-09", "tháng 9 năm 2026"),
        ("2026-Q1", "quý I năm 2026"),
        ("2026-Q4", "quý IV năm 2026"),
        ("2026-H1", "6 tháng đầu năm 2026"),
        ("2026-H2", "6 tháng cuối năm 2026"),
        ("2026", "năm 2026"),
    ],
)
def test_periods_are_written_as_officers_do(period: str, written: str) -> None:
    assert period_vi(Period.parse(period)) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("0", "0"),
        ("-1234567.8900", "-1.234.567,89"),
        ("0.123456789", "0,123456789"),
        ("5500", "5.500"),
        ("1E+3", "1.000"),
    ],
)
def test_a_number_is_written_in_full(number: str, written: str) -> None:
    assert number_vi(Decimal(number)) == written


def test_a_value_is_written_as_it_was_understood() -> None:
    assert value_vi({"choice_code": "done"}, {"done": "Hoàn thành"}) == "Hoàn thành"
    assert value_vi({"date_value": "2026-09-05"}, {}) == "05/09/2026"
    assert value_vi({"number_value": "12.50"}, {}) == "12,5"
    assert value_vi({"text_value": "Nghị quyết"}, {}) == "Nghị quyết"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "accepted"),
        ({"state": "partial"}, "partial"),
        ({"state": "refused"}, "refused"),
        ({"repeats": "BN-2026-000001"}, "repeated"),
        ({"state": "refused", "hollow_kind": "empty"}, "hollow"),
        ({"hollow_kind": "copied"}, "hollow"),
    ],
)
def test_every_verdict_has_words_and_says_what_to_do(changes: dict[str, Any], code: str) -> None:
    words, made = read_words(), receipt(**changes)
    assert verdict(made) == words.verdicts[code]
    for shown in (as_text(made), lxml.html.fromstring(as_html(made)).text_content()):
        assert words.verdicts[code].upper() in shown.upper()
        assert " ".join(words.todo[code].split()) in " ".join(shown.split())


def test_a_long_list_is_cut_and_counted_and_json_has_it_whole() -> None:
    shown = read_words().shown_cells
    made = receipt(
        state="partial",
        problems=tuple(
            CellToMend("Báo cáo", f"E{n}", LABEL, "Chưa có số.", "missing")
            for n in range(shown + 7)
        ),
        accepted=tuple(AcceptedCell("Báo cáo", f"F{n}", LABEL, "1") for n in range(shown + 5)),
    )
    text = as_text(made)
    assert f"ô E{shown - 1} " in text
    assert f"ô E{shown} " not in text
    assert "… và 7 ô khác." in text
    assert "… và 5 ô khác." in text
    assert len(as_json(made)["problems"]) == shown + 7


def test_simulated_reports_say_so_everywhere() -> None:
    made = receipt(is_synthetic=True)
    assert read_words().synthetic in as_text(made)
    assert read_words().synthetic in as_html(made)
