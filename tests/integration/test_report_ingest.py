"""Deliveries into raw: whole days, order-independent, and what a scheduler's run does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from ingestion.core.environment import TIMEZONE
from ingestion.core.errors import IngestionError
from ingestion.core.period import Period
from ingestion.core.run import LoadSummary, ingest
from ingestion.sources.agency_reports import daily
from ingestion.sources.agency_reports.command import reports_group
from ingestion.sources.agency_reports.settings import InboxSettings
from tests.fixtures.reports.clerk import filled, template
from tests.fixtures.reports.plugin import MORNING, Desk, delivery
from tests.fixtures.smtp import Mailbox, mailbox

__all__ = ["mailbox"]

DAY = MORNING.date()
WHOLE = "CV-01.approved_in_force.denominator"
FACTS = (
    "_file_sha256, door, file_name, agency_code, form_code, form_version, period_type, "
    "period_start, value_status, state, reason_code, accepted_count, problem_count, completeness"
)
CELLS = "submission_id, _sheet, _cell, field_code, state, raw_text, number_value, problem_code"


def load(day: date = DAY, last: date | None = None) -> list[LoadSummary]:
    return ingest("agency_reports", "submissions", day, last or day)


def put(desk: Desk, place: str, content: bytes) -> None:
    path = desk.landing_folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from ingestion.sources.agency_reports.doors import inbox

    monkeypatch.setattr(inbox, "read_inbox_settings", lambda: InboxSettings(0, 500, (".part",)))
    yield


def test_a_day_is_loaded_whole_with_cells_and_repeats(report_desk: Desk) -> None:
    content = filled(changes={WHOLE: "khoảng 60"})
    first = report_desk.take(content, key="1")
    report_desk.take(content, key="2")
    report_desk.take(template("SYT"), received_at=MORNING + timedelta(days=1))
    [summary] = load()
    assert (summary.state, summary.row_count, summary.rejected_count) == ("accepted", 2, 0)
    rows = report_desk.rows(f"select {FACTS} from raw.agency_reports__submissions")
    assert len(rows) == 2
    row = rows[0]
    assert (row.agency_code, row.form_code, str(row.period_start)) == (
        "SNV",
        "BC-CCHC-Q",
        "2026-07-01",
    )
    assert (row.state, row.value_status, row.problem_count) == ("partial", "official", 1)
    assert 0 < row.completeness < 1
    cells = report_desk.rows(
        f"select {CELLS} from raw.agency_reports__values where submission_id = :id",
        id=first.submission_id,
    )
    assert len(cells) == first.asked_count
    [bad] = [cell for cell in cells if cell.problem_code]
    assert (bad._sheet, bad._cell, bad.raw_text, bad.number_value) == (
        "Báo cáo",
        "E9",
        "khoảng 60",
        None,
    )
    # Loading again replaces the day.
    load()
    assert len(report_desk.rows("select 1 from raw.agency_reports__submissions")) == 2


def test_a_day_on_which_nothing_came_is_a_decided_day(report_desk: Desk) -> None:
    [summary] = load()
    assert (summary.state, summary.row_count) == ("accepted", 0)
    [cell] = report_desk.rows("select outcome from ops.ledger where source = 'agency_reports'")
    assert cell.outcome == "accepted"


def test_old_reports_come_from_the_archive_by_month(report_desk: Desk) -> None:
    for day, period in (("2024-04-12", "2024-Q1"), ("2024-04-30", "2024-Q1")):
        code = "SNV" if day.endswith("12") else "SYT"
        content = filled(code, period=Period.parse(period))
        put(report_desk, f"manual/agency_reports/{day}/{code}/bc.xlsx", content)
    [summary] = load(date(2024, 4, 1), date(2024, 4, 30))
    assert (summary.period, summary.state, summary.row_count) == ("2024-04", "accepted", 2)
    rows = report_desk.rows(
        "select agency_code, state, reason_vi, received_at from raw.agency_reports__submissions "
        "order by received_at"
    )
    assert [(row.agency_code, row.state, row.reason_vi) for row in rows] == [
        ("SNV", "accepted", None),
        ("SYT", "accepted", None),
    ]
    assert rows[0].received_at == datetime(2024, 4, 12, 12, tzinfo=TIMEZONE)


def test_raw_does_not_depend_on_the_order_of_arrival(report_desk: Desk) -> None:
    files = {
        "a": filled(),
        "b": filled(plus=1),
        "c": filled("SYT"),
        "d": template("STP"),
    }
    days = (date(2026, 10, 8), date(2026, 10, 9))
    for day, order in zip(days, (list(files), list(reversed(files))), strict=True):
        moment = datetime(day.year, day.month, day.day, 9, tzinfo=TIMEZONE)
        for name in order:
            report_desk.take(files[name], key=f"{day}{name}", received_at=moment)
        load(day)
    one, other = (
        sorted(
            tuple(map(str, row))
            for row in report_desk.rows(
                f"select {FACTS} from raw.agency_reports__submissions where _period = :day",
                day=str(day),
            )
        )
        for day in days
    )
    assert one == other


def test_a_dry_run_registers_nothing(report_desk: Desk) -> None:
    put(report_desk, f"manual/agency_reports/{DAY}/SNV/bc.xlsx", filled())
    [summary] = ingest("agency_reports", "submissions", DAY, DAY, dry_run=True)
    assert summary.state == "failed"
    assert report_desk.rows("select 1 from ops.submission") == []


def test_a_run_empties_the_doors_answers_and_loads_what_changed(
    report_desk: Desk, mailbox: Mailbox
) -> None:
    today = datetime.now(TIMEZONE).date()
    put(report_desk, "inbox/SNV/bc.xlsx", filled())
    put(report_desk, f"manual/agency_reports/{today - timedelta(days=2)}/b.xlsx", b"no report")
    # What a killed upload left.
    report_desk.intake.register(
        delivery(
            filled("SYT"),
            received_at=datetime.now(TIMEZONE),
            reply_by="mail",
            reply_to="a@sonla.example",
        )
    )
    counts = daily.collect(today, today)
    assert counts == {"inbox": 1, "archive": 1, "finished": 2, "receipts": 1}
    assert len(mailbox.mails) == 1
    loaded = daily.load(today, today)
    assert str(today) in loaded["windows"]
    assert str(today - timedelta(days=2)) in loaded["windows"]
    assert loaded["rows"] == 3
    assert loaded["span"][1] == today.isoformat()
    # Nothing came since: nothing is loaded, nobody is told.
    assert daily.load(today, today) == {"windows": [], "rows": 0, "span": []}
    # The day after, the day is closed once.
    tomorrow = today + timedelta(days=1)
    assert daily.load(tomorrow, tomorrow)["windows"] == [str(today)]


def test_a_door_that_fails_keeps_neither_the_others_shut_nor_receipts_waiting(
    report_desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> int:
        raise IngestionError("mail server is down")

    monkeypatch.setattr(daily, "collect_archive", down)
    put(report_desk, "inbox/SNV/bc.xlsx", filled())
    report_desk.take(filled("SYT"), reply_by="mail", reply_to="a@sonla.example")
    with pytest.raises(IngestionError, match="archive: mail server is down"):
        daily.collect(DAY, DAY)
    rows = report_desk.rows("select distinct receipt_state from ops.submission")
    assert [row.receipt_state for row in rows] == ["told"]


def test_officers_list_show_print_and_reread(report_desk: Desk, tmp_path: Any) -> None:
    receipt = report_desk.take(filled(changes={WHOLE: "x"}), claimed_agency_code="SNV")
    run = CliRunner().invoke

    def output(*arguments: str) -> str:
        done = run(reports_group, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    span = ("--from", str(DAY), "--to", str(DAY))
    assert receipt.receipt_no in output("list", *span)
    [listed] = json.loads(output("list", *span, "--agency", "SNV", "--json"))
    assert (listed["receipt_no"], listed["state"]) == (receipt.receipt_no, "partial")
    assert "reply_to" not in listed
    assert json.loads(output("list", *span, "--agency", "STP", "--json")) == []
    assert "ô E9" in output("show", receipt.receipt_no)
    assert json.loads(output("show", receipt.receipt_no, "--json"))["problems"][0]["cell"] == "E9"
    page = tmp_path / "bn.html"
    output("receipt", receipt.receipt_no, "--html", "--out", str(page))
    assert receipt.sha256 in page.read_text()
    assert "1 lần nộp đã đọc lại, 0 có kết quả khác" in output("reread", *span)
    unknown = run(reports_group, ["show", "BN-2026-999999"])
    assert unknown.exit_code == 1
    assert "Không có biên nhận" in unknown.output
