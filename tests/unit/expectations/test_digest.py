from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from expectations.findings import OpenFinding
from expectations.notices.digest import (
    DATA_VI,
    Digest,
    make_digest,
    make_message,
)
from expectations.registry import load_rules
from ingestion.core.mail import MailPolicy
from ingestion.core.wording import one_line

SEEN = datetime(2026, 11, 20, 1, tzinfo=UTC)
HARVESTED = datetime(2026, 11, 19, 16, 59, 59, tzinfo=UTC)


def finding(**changes: Any) -> OpenFinding:
    values = {
        "finding_key": "TTHC-001/7/2026-11-01/TTHC-02",
        "rule_id": "TTHC-001",
        "agency_key": 7,
        "agency_code": "STP",
        "agency_name": "Sở Tư pháp",
        "indicator_code": "TTHC-02",
        "period_start": date(2026, 11, 1),
        "severity": "critical",
        "observed": "12 hồ sơ",
        "expected": "0 hồ sơ",
        "record_count": 12,
        "sentence_vi": "12 hồ sơ sai.",
        "sentence_en": "12 dossiers are wrong.",
        "evidence_sql": "select dossier_code",
        "first_seen_at": SEEN,
    }
    return OpenFinding(**{**values, **changes})  # type: ignore[typeddict-item]


def digest(*findings: OpenFinding, **changes: Any) -> Digest:
    given: dict[str, Any] = {
        "on": date(2026, 11, 23),
        "as_of": {"tthc": SEEN, "open_data_portal": HARVESTED},
        "is_synthetic": False,
        "last_told_at": None,
        **changes,
    }
    rules = {rule.id: rule for rule in load_rules()}
    codes = [f"H52.D03-261103-{number:05d}" for number in range(99)]
    return make_digest(findings, rules, lambda _, limit: codes[:limit], **given)


def body(made: Digest, kind: str) -> str:
    part = make_message(made, "a@b.example", "c@d.example").get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


def test_five_are_shown_and_the_rest_counted_by_severity() -> None:
    made = digest(
        *[finding()] * 6, finding(severity="warning"), finding(severity="info"), finding()
    )

    assert (len(made.items), made.rest_count) == (5, 4)
    assert made.rest_by_severity == (("Nghiêm trọng", 2), ("Cảnh báo", 1), ("Lưu ý", 1))
    assert "còn 4 nội dung khác (2 nghiêm trọng, 1 cảnh báo, 1 lưu ý)" in body(made, "plain")


def test_ten_record_ids_are_shown() -> None:
    (item,) = digest(finding()).items

    assert len(item.record_ids) == 10
    assert item.more_records == 2
    assert "và 2 mục khác" in body(digest(finding()), "plain")


def test_what_came_since_the_last_digest_is_new() -> None:
    later = SEEN + timedelta(days=1)

    assert [i.is_new for i in digest(finding(), last_told_at=None).items] == [False]
    assert [i.is_new for i in digest(finding(), last_told_at=later).items] == [False]
    assert [i.is_new for i in digest(finding(first_seen_at=later), last_told_at=SEEN).items] == [
        True
    ]


def test_the_time_of_each_source_is_said() -> None:
    one = digest(finding())
    several = digest(finding(), finding(rule_id="OPEN-002"), finding(rule_id="BUD-001"))

    assert one.about_vi == "hồ sơ thủ tục hành chính đến 08:00 ngày 20/11/2026"
    assert several.about_vi == (
        "hồ sơ thủ tục hành chính đến 08:00 ngày 20/11/2026, công khai ngân sách và công bố "
        "dữ liệu mở đến 23:59 ngày 19/11/2026"
    )
    assert f"số liệu {several.about_vi}, có 3 nội dung" in body(several, "plain")


def test_a_state_is_told_since_when_and_names_datasets() -> None:
    month, state = digest(finding(), finding(rule_id="OPEN-002")).items

    assert (month.period_vi, month.records_label_vi) == ("tháng 11/2026", "Mã hồ sơ")
    assert (state.period_vi, state.records_label_vi) == ("từ tháng 11/2026", "Bộ dữ liệu")


def test_every_source_that_rules_judge_has_a_name() -> None:
    assert {rule.source for rule in load_rules()} <= DATA_VI.keys()


def test_both_bodies_are_composed_vietnamese_without_template_leftovers() -> None:
    for kind in ("plain", "html"):
        content = body(digest(finding()), kind)
        assert content == unicodedata.normalize("NFC", content)
        assert "{{" not in content
        assert "None" not in content


@pytest.mark.parametrize("hostile", ["a\r\nBcc: x@y.example", "a\nb", "a\x00b", "a\u2028b", "a\tb"])
def test_header_text_is_one_line(hostile: str) -> None:
    message = make_message(digest(finding(agency_name=hostile)), "a@b.example", "c@d.example")

    head = message.as_bytes().split(b"\n\n", 1)[0]
    assert b"\nBcc:" not in head
    assert one_line(hostile).isprintable()
    assert message["To"] == "c@d.example"


def test_a_hostile_address_is_refused() -> None:
    with pytest.raises(ValueError, match=r"linefeed|carriage return"):
        make_message(digest(finding()), "a@b.example", "c@d.example\r\nBcc: x@y.example")


@pytest.mark.parametrize("name", ["Sở Giáo dục và Đào tạo", "Sở Văn hóa, Thể thao và Du lịch"])
def test_a_long_subject_keeps_its_spaces_on_the_wire(name: str) -> None:
    subject = f"[MÔ PHỎNG] [CCHC Sơn La] 3 nội dung cần rà soát số liệu – {name} – 23/11/2026"
    message = EmailMessage(MailPolicy())
    message["Subject"] = subject
    message.set_content("Kính gửi")
    wire = message.as_bytes()
    assert message_from_bytes(wire, policy=default)["Subject"] == subject
    assert max(len(line) for line in wire.splitlines()) <= 78
