"""Deliveries through the intake: receipts, repeats, corrections, files that cannot be read."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from ingestion.core.landing import Landing, kept_path
from ingestion.core.period import Period
from ingestion.sources.agency_reports.intake import Intake, register, take
from ingestion.sources.agency_reports.receipts.rendering import as_html, as_json, as_text, subject
from tests.fixtures.reports.clerk import filled, template
from tests.fixtures.reports.plugin import MORNING, Desk, delivery

WHOLE = "CV-01.approved_in_force.denominator"
PART = "CV-01.approved_in_force.numerator"
LATER = MORNING + timedelta(hours=3)


def test_a_whole_report_is_accepted_and_its_receipt_says_what_was_read(report_desk: Desk) -> None:
    content = filled()
    receipt = report_desk.take(content, claimed_agency_code="SNV")
    assert (receipt.state, receipt.problems, receipt.completeness) == ("accepted", (), 1.0)
    assert (receipt.agency_code, receipt.form_code) == ("SNV", "BC-CCHC-Q")
    assert (receipt.period_vi, receipt.receipt_no) == ("quý III năm 2026", "BN-2026-000001")
    assert ("Báo cáo", "E9", "61") in [(c.sheet, c.cell, c.value_vi) for c in receipt.accepted]
    [kept] = report_desk.rows(
        "select landing_path, sha256, origin, period, byte_count from ops.manifest"
    )
    path = kept_path("agency_reports", receipt.sha256)
    assert tuple(kept) == (path, receipt.sha256, "upload", "2026-10-12", len(content))
    assert report_desk.landing.kept("agency_reports", receipt.sha256) == content


def test_cells_to_mend_are_named_by_sheet_and_cell_and_the_good_ones_count(
    report_desk: Desk,
) -> None:
    receipt = report_desk.take(filled(changes={WHOLE: "khoảng 60", PART: None}))
    assert receipt.state == "partial"
    told = {(cell.sheet, cell.cell): cell.code for cell in receipt.problems}
    assert told == {("Báo cáo", "E9"): "number_in_text", ("Báo cáo", "E10"): "missing"}
    assert all(cell.sentence_vi for cell in receipt.problems)
    assert len(receipt.accepted) == receipt.asked_count - 2
    text = as_text(receipt)
    assert "Trang “Báo cáo”, ô E9" in text
    assert "ĐÃ TIẾP NHẬN MỘT PHẦN" in text


def test_a_file_that_cannot_be_read_gets_a_receipt_too(report_desk: Desk) -> None:
    unreadable = {
        "empty_file": b"",
        "unknown_kind": b"\x00\x01no report at all\x00" * 20,
        "truncated_file": b"PK\x03\x04 cut off",
    }
    for reason, content in unreadable.items():
        receipt = report_desk.take(content)
        assert (receipt.state, receipt.reason_code) == ("refused", reason)
        assert receipt.reason_vi in as_text(receipt)
        assert report_desk.landing.kept("agency_reports", receipt.sha256) == content
    numbers = report_desk.rows("select count(distinct receipt_no) from ops.submission")
    assert numbers[0][0] == len(unreadable)


def test_an_empty_template_is_refused_as_hollow(report_desk: Desk) -> None:
    receipt = report_desk.take(template())
    assert (receipt.state, receipt.reason_code) == ("refused", "nothing_read")
    assert receipt.hollow_kind == "empty"


def test_the_same_file_again_changes_nothing_and_says_so(report_desk: Desk) -> None:
    content = filled()
    first = report_desk.take(content, key="a")
    again = report_desk.take(content, key="b", received_at=LATER, file_name="ban-sao.xlsx")
    assert (first.receipt_no, again.receipt_no) == ("BN-2026-000001", "BN-2026-000002")
    assert (first.repeats, again.repeats, again.supersedes) == (None, first.receipt_no, None)
    assert any(first.receipt_no in sentence for sentence in again.warnings)
    assert "không thay đổi gì" in subject(again)


def test_a_corrected_file_supersedes_and_the_history_stays(report_desk: Desk) -> None:
    first = report_desk.take(filled())
    second = report_desk.take(filled(plus=1), received_at=LATER)
    assert (second.supersedes, second.repeats) == (first.receipt_no, None)
    assert report_desk.intake.receipt(first.receipt_no) == first
    kept = report_desk.rows("select count(*) from ops.submission")
    assert kept[0][0] == 2


def test_an_old_file_again_does_not_take_back_its_correction(report_desk: Desk) -> None:
    old, new = filled(), filled(plus=1)
    first = report_desk.take(old)
    second = report_desk.take(new, received_at=LATER)
    third = report_desk.take(old, received_at=LATER + timedelta(hours=1))
    assert (third.repeats, third.counts_instead) == (first.receipt_no, second.receipt_no)
    assert any(second.receipt_no in sentence for sentence in third.warnings)


def test_a_refused_file_supersedes_nothing(report_desk: Desk) -> None:
    first = report_desk.take(filled())
    second = report_desk.take(template(), received_at=LATER)
    assert (second.supersedes, second.counts_instead) == (None, first.receipt_no)


def test_figures_of_the_period_before_and_of_another_office_are_noticed(
    report_desk: Desk,
) -> None:
    before = Period.parse("2026-Q2")
    form = "BC-VB-Q"  # all flows
    july = MORNING.replace(month=7)
    report_desk.take(filled("STP", form, before), received_at=july)
    copied = report_desk.take(filled("STP", form), received_at=MORNING)
    assert (copied.hollow_kind, copied.supersedes) == ("copied", None)
    assert any("BN-2026-000001" in sentence for sentence in copied.warnings)
    other = report_desk.take(filled("SNV"), received_at=MORNING)
    same = report_desk.take(filled("SYT"), received_at=LATER)
    assert (other.hollow_kind, same.hollow_kind) == (None, "copied")
    # What another office delivered is named by the office, its receipt is nobody else's matter.
    assert any("Sở Nội vụ" in sentence for sentence in same.warnings)
    assert not any(other.receipt_no in sentence for sentence in same.warnings)
    mended = report_desk.take(filled("SYT", plus=1), received_at=LATER + timedelta(hours=1))
    assert (mended.hollow_kind, mended.supersedes) == (None, same.receipt_no)


def test_a_file_of_another_office_is_refused(report_desk: Desk) -> None:
    receipt = report_desk.take(filled("SNV"), claimed_agency_code="STP")
    assert (receipt.state, receipt.reason_code) == ("refused", "wrong_agency")


def test_what_a_door_refuses_is_kept_and_not_read(
    report_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take.Reader, "reading_of", lambda *_: pytest.fail("it was read"))
    receipt = report_desk.take(filled(), refused_with="unknown_sender", reply_by="none")
    assert (receipt.state, receipt.reason_code) == ("refused", "unknown_sender")
    assert "danh bạ" in receipt.reason_vi
    [row] = report_desk.rows("select receipt_state from ops.submission")
    assert row.receipt_state == "none"


STEPS = [
    (Landing, "keep"),
    (register, "register"),
    (take.Reader, "reading_of"),
    (take, "judge"),
    (take, "keep_judgement"),
    (register, "store_judged"),
]


class Killed(BaseException):
    """Ends a run as a kill does: nothing in the code catches it."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_is_killed_at_any_step_is_finished_under_one_number(
    report_desk: Desk, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    content = filled()
    for owner, name in STEPS:
        step = getattr(owner, name)

        def killed(*args: Any, step: Any = step, **given: Any) -> Any:
            if when == "after":
                step(*args, **given)
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(owner, name, killed)
            with pytest.raises(Killed):
                report_desk.take(content, key=name, file_name=name)
        rows = "select receipt_no, state from ops.submission where file_name = :name"
        left = report_desk.rows(rows, name=name)
        if left:
            # What a killed run registered is finished even when the door does not come again.
            report_desk.intake.finish_pending()
        receipt = report_desk.take(content, key=name, file_name=name, received_at=LATER)
        [row] = report_desk.rows(rows, name=name)
        assert (row.receipt_no, row.state) == (receipt.receipt_no, "accepted")
        assert all(row.receipt_no == receipt.receipt_no for row in left)
        assert receipt.received_at == (MORNING if left else LATER)
    [counted] = report_desk.rows("select count(*), count(distinct extract_id) from ops.manifest")
    assert tuple(counted) == (len(STEPS), len(STEPS))


def test_two_takers_at_once_make_one_delivery(report_desk: Desk) -> None:
    content = filled()
    with ThreadPoolExecutor(4) as pool:
        receipts = list(
            pool.map(lambda _: report_desk.take(content, key="one", received_at=MORNING), range(8))
        )
    assert {receipt.receipt_no for receipt in receipts} == {"BN-2026-000001"}
    assert len(report_desk.rows("select 1 from ops.submission")) == 1


def test_of_equal_files_that_come_at_once_exactly_the_first_counts(report_desk: Desk) -> None:
    content = filled()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: report_desk.take(content, key=str(n)), range(4)))
    rows = report_desk.rows("select submission_id, repeats from ops.submission order by receipt_no")
    assert [row.repeats for row in rows] == [None, *[rows[0].submission_id] * 3]


def test_words_of_others_do_no_harm_on_a_receipt(report_desk: Desk) -> None:
    name = "../../x\r\nBcc: a@b.vn\u202e<script>alert(1)</script>.xlsx"
    receipt = report_desk.take(template(), file_name=name)
    assert "\n" not in subject(receipt)
    page, text = as_html(receipt), as_text(receipt)
    for shown in (page, text, json.dumps(as_json(receipt))):
        assert "<script>" not in shown
        assert "a@b.vn" not in shown
        assert "\u202e" not in shown
        assert "../" not in shown


def test_a_receipt_can_be_shown_again_by_another_process(report_desk: Desk) -> None:
    receipt = report_desk.take(filled(changes={WHOLE: "x"}))
    with Intake(report_desk.engine, report_desk.landing) as another:
        assert another.receipt(receipt.receipt_no) == receipt
        assert another.receipt("BN-2026-999999") is None


def test_a_delivery_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        delivery(b"x", received_at=MORNING.replace(tzinfo=None))
