"""Whose report of which form and period a file is, and what is said of it as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ingestion.core.source import read_source
from ingestion.sources.agency_reports.judging.in_force import law_in_force
from ingestion.sources.agency_reports.judging.judge import judge
from ingestion.sources.agency_reports.judging.judgement import Claim, Judgement
from tests.unit.agency_reports.papers import (
    KEY,
    RECEIVED,
    Answer,
    Paper,
    accepted,
    judged,
    read,
    template,
)

BODIES, BODIES_DONE = "CV-01.approved_in_force.denominator", "CV-01.approved_in_force.numerator"
AUDIT = (
    "TC-02.by_count.denominator",
    "TC-02.by_count.numerator",
    "TC-02.by_value.denominator",
    "TC-02.by_value.numerator",
)
ANSWERS: dict[str, Answer] = {
    BODIES: 12,
    BODIES_DONE: 11,
    **dict(zip(AUDIT, (7, 5, 5234, 4100), strict=True)),
}


def by_hand(
    name: str = "SỞ NỘI VỤ",
    period: str = "Quý III năm 2024",
    *,
    extra: tuple[str, ...] = (),
    value_label: str = "Số liệu",
) -> Paper:
    """A report of the years before the template: a title, a table by labels."""
    rows: list[list[Any]] = [
        ["UBND TỈNH SƠN LA", None, None, None],
        [name, None, None, None],
        *([text, None, None, None] for text in extra),
        ["BÁO CÁO CẢI CÁCH HÀNH CHÍNH QUÝ CỦA CƠ QUAN", None, None, None],
        [period, None, None, None],
        ["TT", "Nội dung", "Đơn vị tính", value_label],
        ["I", "Vị trí việc làm", None, None],
        [1, "Tổng số cơ quan, đơn vị phải xây dựng VTVL", "đơn vị", 12],
        [2, "Số đơn vị đã được phê duyệt VTVL", "đơn vị", 11],
        ["II", "Thực hiện kiến nghị sau thanh tra, kiểm tra, kiểm toán", None, None],
        [1, "Tổng số kiến nghị đến hạn", "kiến nghị", 7],
        [2, "Kiến nghị đã xử lý đúng hạn", "kiến nghị", 5],
    ]
    return Paper(rows, {}, 5 + len(extra))


def judged_by_hand(
    paper: Paper, claimed: str | None = None, received_on: date = date(2024, 10, 10)
) -> Judgement:
    return judged(paper.bytes(), claimed, received_on)


def test_a_form_of_former_years_is_known_by_its_labels() -> None:
    judgement = judged_by_hand(by_hand(), "SNV")
    told = (judgement.state, judgement.form_code, judgement.form_version, judgement.form_id_state)
    assert told == ("accepted", "BC-CCHC-Q", 1, "absent")
    assert (judgement.agency_code, judgement.period_start) == ("SNV", date(2024, 7, 1))
    counted = [Decimal(n) for n in (12, 11, 7, 5)]
    assert [cell.number_value for cell in judgement.values] == counted
    assert [cell.cell for cell in judgement.values] == ["D7", "D8", "D10", "D11"]


@pytest.mark.parametrize(
    ("period", "reason"),
    [
        ("Quý 3 năm 2024", None),
        ("Quý III/2024", None),
        ("Kỳ báo cáo: Quý III năm 2024", None),
        ("", "wrong_period"),
        ("Quý V năm 2024", "wrong_period"),
        ("Năm 2024", "wrong_period"),  # a quarterly form
        ("Quý IV năm 2024", "wrong_period"),  # not over on the day of receipt
        ("Quý III năm 2567", "wrong_period"),  # Buddhist
        ("Quý III năm 2023", "wrong_period"),  # due a year ago
    ],
)
def test_the_period_is_read_or_refused(period: str, reason: str | None) -> None:
    judgement = judged_by_hand(by_hand(period=period))
    assert judgement.reason_code == reason
    assert (judgement.reason_vi is None) == (reason is None)


def test_two_titles_of_two_periods_are_refused() -> None:
    judgement = judged_by_hand(by_hand(extra=("Quý II năm 2024",)))
    assert judgement.reason_code == "wrong_period"
    assert "Quý II năm 2024" in (judgement.reason_vi or "")


def test_a_column_headed_by_the_period_holds_its_figures() -> None:
    paper = by_hand(value_label="Quý III năm 2024")
    for row in paper.rows:
        row.append(None)
    paper.rows[paper.top][4] = "Quý II năm 2024"
    for row in paper.rows[paper.top + 1 :]:
        row[4] = 99
    assert [int(str(v)) for v in accepted(judged_by_hand(paper)).values()] == [12, 11, 7, 5]


@pytest.mark.parametrize(
    ("name", "claimed", "code", "reason"),
    [
        ("so noi vu", None, "SNV", None),
        ("SỞ NỘI VỤ TỈNH SƠN LA", "SNV", "SNV", None),
        ("SỞ NÔI VU", None, "SNV", None),
        ("SỞ NỘI VỤJ", None, "SNV", None),  # one letter too many
        ("Kính gửi: Sở Nội vụ", "STC", "STC", None),  # the receiver is not the reporter
        ("", "STC", "STC", None),
        ("", None, None, "agency_unknown"),
        ("Cơ quan báo cáo: Sở Không có", "STC", None, "agency_unknown"),
        ("SỞ TÀI CHÍNH", "SNV", "STC", "wrong_agency"),
        ("UBND xã Chiềng Mai", "SNV", None, "wrong_agency"),
    ],
)
def test_the_agency_is_known_by_its_name_and_held_against_the_sender(
    name: str, claimed: str | None, code: str | None, reason: str | None
) -> None:
    judgement = judged_by_hand(by_hand(name), claimed)
    assert judgement.reason_code == reason
    if code is not None:
        assert judgement.agency_code == code


def test_two_agencies_at_the_head_are_decided_by_the_sender_alone() -> None:
    paper = by_hand("SỞ NỘI VỤ", extra=("SỞ TÀI CHÍNH",))
    assert judged_by_hand(paper).reason_code == "agency_unknown"
    assert judged_by_hand(paper, "STC").agency_code == "STC"


def test_who_took_an_agency_over_may_send_its_report() -> None:
    """SKHDT went into STC on 2025-03-01; its report of February belongs to SKHDT all the same."""
    rows: list[list[Any]] = [
        ["SỞ KẾ HOẠCH VÀ ĐẦU TƯ", None, None, None],
        ["BÁO CÁO DOANH NGHIỆP THÁNG", None, None, None],
        ["Tháng 02/2025", None, None, None],
        ["STT", "Chỉ tiêu", "ĐVT", "Kỳ này"],
        [1, "Doanh nghiệp đang hoạt động", "doanh nghiệp", 3120],
        [2, "Số doanh nghiệp đã đăng ký, chưa giải thể", "doanh nghiệp", 4015],
    ]
    content = Paper(rows, {}, 3).bytes()
    judgement = judged(content, "STC", date(2025, 3, 7))
    assert (judgement.state, judgement.agency_code) == ("accepted", "SKHDT")
    assert "successor" in judgement.remark_codes
    assert judged(content, "SNV", date(2025, 3, 7)).reason_code == "wrong_agency"


def test_a_form_that_is_not_owed_is_refused() -> None:
    rows: list[list[Any]] = [
        ["SỞ NỘI VỤ", None, None, None],
        ["BÁO CÁO DOANH NGHIỆP THÁNG", None, None, None],
        ["Tháng 8 năm 2025", None, None, None],
        ["STT", "Chỉ tiêu", "ĐVT", "Kỳ này"],
        [1, "Doanh nghiệp đang hoạt động", "doanh nghiệp", 3120],
    ]
    judgement = judged(Paper(rows, {}, 3).bytes(), "SNV", date(2025, 9, 5))
    assert judgement.reason_code == "not_owed"
    assert "Sở Nội vụ" in (judgement.reason_vi or "")


def test_other_tables_are_no_report() -> None:
    paper = Paper([["LỊCH HỌP"], ["STT"], ["1"]], {}, 1)
    assert judged(paper.bytes()).reason_code == "unknown_form"


def test_two_forms_in_a_file_are_refused() -> None:
    paper = template(answers=ANSWERS)
    paper.others.append(template("BC-NV-Q"))
    paper.others[0].name = "Sheet2"
    assert judged(paper.bytes()).reason_code == "ambiguous_form"


def test_a_refused_file_is_judged_too() -> None:
    reading = {"state": "refused", "reason_code": "password", "reason_vi": "Tệp có mật khẩu."}
    judgement = judge(reading, law_in_force(KEY), Claim("SNV", RECEIVED, "mailbox"))
    told = (judgement.state, judgement.reason_code, judgement.reason_vi)
    assert told == ("refused", "password", "Tệp có mật khẩu.")


# --- as a whole ----------------------------------------------------------------------------------


def declare_nil(paper: Paper) -> Paper:
    row, column = paper.find("Có phát sinh")
    paper.rows[row][column] = "Không phát sinh"
    return paper


def test_a_section_declared_nil_counts_as_answered() -> None:
    judgement = judged(declare_nil(template(answers={BODIES: 12, BODIES_DONE: 0})).bytes())
    assert (judgement.state, judgement.completeness, judgement.hollow_kind) == ("accepted", 1, None)
    assert [cell.state for cell in judgement.values] == ["accepted"] * 2 + ["nil"] * 4
    assert (judgement.asked_count, judgement.required_count) == (6, 2)


def test_a_section_declared_nil_and_filled_contradicts_itself() -> None:
    judgement = judged(declare_nil(template(answers=ANSWERS)).bytes())
    assert {c.field_code: c.problem_code for c in judgement.problems} == dict.fromkeys(
        AUDIT, "nil_but_filled"
    )
    assert accepted(judgement) == {BODIES: 12, BODIES_DONE: 11}


@pytest.mark.parametrize(
    ("answers", "hollow", "reason"),
    [
        ({}, "empty", "nothing_read"),
        (dict.fromkeys(ANSWERS, "–"), "empty", "nothing_read"),
        (dict.fromkeys(ANSWERS, "   "), "empty", "nothing_read"),
        (dict.fromkeys(ANSWERS, 0), "zero", None),
        (dict.fromkeys(ANSWERS, "0,0"), "zero", None),
        ({BODIES: 0, BODIES_DONE: 0}, "zero", None),
        ({BODIES: 0}, None, None),
        (ANSWERS | {BODIES_DONE: 0}, None, None),
        (dict.fromkeys(ANSWERS, "chưa rõ"), None, "nothing_read"),
    ],
)
def test_a_hollow_report_is_told(
    answers: Mapping[str, Answer], hollow: str | None, reason: str | None
) -> None:
    judgement = judged(template(answers=answers).bytes())
    assert (judgement.hollow_kind, judgement.reason_code) == (hollow, reason)
    assert ("hollow_zero" in judgement.remark_codes) == (hollow == "zero")


def test_what_is_missing_is_named_with_its_cell() -> None:
    judgement = judged(template(answers={BODIES: 12}).bytes())
    assert (judgement.state, judgement.accepted_count, judgement.problem_count) == ("partial", 1, 5)
    (missing, *_) = judgement.problems
    assert (missing.sheet, missing.cell, missing.state) == ("Báo cáo", "E10", "missing")
    assert judgement.completeness == Decimal("0.1667")


@pytest.mark.parametrize(
    ("said", "status", "remark"),
    [
        ("Ước tính", "estimate", ""),
        ("so bo", "preliminary", ""),
        (None, "preliminary", "status_not_said"),
        ("tạm", "preliminary", "status_unclear"),
    ],
)
def test_the_status_of_the_figures_is_never_better_than_said(
    said: str | None, status: str, remark: str
) -> None:
    paper = template(answers=ANSWERS)
    row, column = paper.find("Chính thức")
    paper.rows[row][column] = said
    judgement = judged(paper.bytes())
    assert (judgement.value_status, judgement.remark_codes) == (status, remark)


def test_the_same_reading_gives_the_same_judgement() -> None:
    reading = read(template(answers=ANSWERS).bytes())
    claim = Claim("SNV", RECEIVED, "inbox")
    assert judge(reading, law_in_force(KEY), claim) == judge(reading, law_in_force(KEY), claim)


def test_the_record_has_the_fields_of_the_contract() -> None:
    contract = read_source("agency_reports").contract.resources["submissions"]
    record = judged(template(answers=ANSWERS | {BODIES_DONE: 99}).bytes()).as_record()
    assert record.keys() - {"values"} <= contract.keep.keys()
    told = {name for value in record["values"] for name in value}
    assert told <= contract.children["values"].keep.keys()
