"""Digests through a real SMTP server: once per agency and day, readable, harmless."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, text

from expectations.check import run_checks
from expectations.command import notify
from expectations.examples import Row, background, make_examples
from expectations.notices import reminders, send_digests, sending
from expectations.observation import UNKNOWN_AGENCY
from expectations.registry import load_rules, select_rules
from ingestion.backfill.orders import BackfillRefused, read_orders
from ingestion.core.mail import MailServerUnavailable
from ingestion.embedded.postgres import Cluster
from ingestion.ledger.due import all_agencies
from tests.fixtures.smtp import Mailbox, mailbox
from tests.integration.checked_marts import load, make_warehouse

__all__ = ["mailbox"]

ON = date(2026, 11, 23)
MONTHS = (date(2026, 9, 1), date(2026, 11, 1))
UNKNOWN = {"agency_key": UNKNOWN_AGENCY}
SQL_RULES = [rule.id for rule in load_rules() if rule.engine != "gx"]


@pytest.fixture
def marts(
    postgres_cluster: Cluster, migrated_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    url = make_warehouse(postgres_cluster, migrated_template)
    monkeypatch.setenv("WAREHOUSE_URL", url)
    engine = create_engine(url)
    province = {"agency_key": 1, "agency_code": "14", "name_vi": "Tỉnh Sơn La", "kind": "province"}
    load(
        engine,
        [
            *background(),
            ("marts.dim_agency", province),
            contact(1, "fallback", "cchc@sonla.example"),
        ],
    )
    yield engine
    engine.dispose()


def contact(agency_key: int, role: str, address: str, **changes: Any) -> Row:
    row = {"agency_key": agency_key, "role": role, "email": address, "valid_from": "2025-07-01"}
    return "reference.agency_contacts", {**row, "valid_to": None, **changes}


def bad_rows(*rule_ids: str) -> list[Row]:
    examples = make_examples(select_rules(rule_ids))
    return [row for example in examples if example.is_bad for row in example.rows]


def notices(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        query = "select agency_key, recipient, state, error from ops.notice order by agency_key"
        return list(connection.execute(text(query)).all())


def outcomes(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        query = "select state, cause, message from ops.outcome where step = 'notify'"
        return list(connection.execute(text(query + " order by outcome_id")).all())


def two_agencies(marts: Engine) -> None:
    """Agency 1001 misses due dates, agency 1003 a report; both have an officer."""
    load(
        marts,
        [
            *bad_rows("TTHC-011", "TTHC-021"),
            contact(1001, "officer", "officer.1001@sonla.example"),
            contact(1003, "officer", "officer.1003@sonla.example"),
        ],
    )
    run_checks(*MONTHS, rule_ids=["TTHC-011", "TTHC-021"])


def test_one_mail_per_agency_and_none_twice(marts: Engine, mailbox: Mailbox) -> None:
    two_agencies(marts)

    first = send_digests(ON)
    again = send_digests(ON)

    assert (first["sent"], again["sent"], again["already_sent"]) == (2, 0, 2)
    assert [to for to, _ in mailbox.mails] == [
        "officer.1001@sonla.example",
        "officer.1003@sonla.example",
    ]
    assert [row.state for row in notices(marts)] == ["sent", "sent"]
    assert send_digests(date(2026, 11, 24))["sent"] == 2


def test_back_filled_periods_are_told_to_nobody(
    marts: Engine, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "all_agencies", lambda: ())  # no report falls due
    # Soon after the baseline its last months lie within the look-back of a digest.
    soon = date(2026, 1, 15)
    two_agencies(marts)
    with marts.begin() as connection:
        connection.execute(
            text("update ops.finding set period_start = :month where agency_key = :agency"),
            [{"month": date(2025, 12, 1), "agency": 1001}, {"month": soon, "agency": 1003}],
        )

    summary = send_digests(soon)

    assert [to for to, _ in mailbox.mails] == ["officer.1003@sonla.example"]
    assert (summary["digests"], summary["sent"]) == (1, 1)
    with marts.connect() as connection:
        kept = connection.execute(
            text("select count(*) from ops.finding where agency_key = 1001 and cleared_at is null")
        ).scalar_one()
    assert kept == 1, "the finding is history, not gone"


def test_what_is_wrong_today_is_told_whenever_it_began(marts: Engine, mailbox: Mailbox) -> None:
    load(marts, [*bad_rows("TTHC-017"), contact(1001, "officer", "officer.1001@sonla.example")])
    run_checks(*MONTHS, rule_ids=["TTHC-017"])
    with marts.begin() as connection:
        connection.execute(text("update ops.finding set period_start = '2025-12-01'"))

    send_digests(ON)

    ((_, message),) = mailbox.mails
    part = message.get_body(("plain",))
    assert part is not None
    assert "Kỳ số liệu: từ tháng 12/2025" in part.get_content()


def test_a_broken_back_fill_file_stops_the_digests(
    marts: Engine, mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_agencies(marts)
    (tmp_path / "broken.yml").write_text("name: broken")
    monkeypatch.setattr(sending, "read_orders", lambda: read_orders(tmp_path))

    with pytest.raises(BackfillRefused, match="thiếu khóa"):
        send_digests(ON)

    assert mailbox.mails == []


def test_a_mail_says_what_is_wrong_and_how_to_mend_it(marts: Engine, mailbox: Mailbox) -> None:
    two_agencies(marts)

    send_digests(ON)

    message = mailbox.mails[0][1]
    assert message["Subject"] == (
        "[CCHC Sơn La] 1 nội dung cần rà soát số liệu – Xã Ví dụ 1001 – 23/11/2026"
    )
    assert message["X-CCHC-Reference"] == "CCHC/20261123/1001"
    assert message["X-CCHC-Finding-Count"] == "1"
    assert message["Message-ID"] == "<digest.20261123.1001@sonla.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "vi"
    assert message.get_content_type() == "multipart/alternative"
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        content = part.get_content()
        for expected in (
            "Kính gửi:",
            "tháng 11/2026",
            "3 trên 20 hồ sơ",
            "không quá 5 %",
            "H52.01001-261103-000018",
            "Cấu hình thời hạn giải quyết cho từng thủ tục",
            "TTHC-011/1001/2026-11-01",
        ):
            assert expected in content, (kind, expected)
        assert "MÔ PHỎNG" not in content


def test_synthetic_data_is_said_to_be(marts: Engine, mailbox: Mailbox) -> None:
    two_agencies(marts)
    with marts.begin() as connection:
        connection.execute(
            text(
                "insert into ops.load (load_id, source, resource, period, extract_id, "
                "is_synthetic, row_count, rejected_count) values "
                "(1, 'tthc', 'dossiers', '2026-11-03', gen_random_uuid(), true, 20, 0)"
            )
        )

    send_digests(ON)

    message = mailbox.mails[0][1]
    assert message["Subject"].startswith("[MÔ PHỎNG]")
    assert message["X-CCHC-Synthetic"] == "true"
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert "DỮ LIỆU MÔ PHỎNG / SYNTHETIC DATA" in part.get_content()


def test_five_findings_in_full_and_the_rest_counted(marts: Engine, mailbox: Mailbox) -> None:
    left_out = ("TTHC-017", "TTHC-018", "TTHC-019")
    rule_ids = [rule for rule in SQL_RULES if rule.startswith("TTHC") and rule not in left_out]
    load(marts, bad_rows(*rule_ids))
    with marts.begin() as connection:
        connection.execute(text("update ops.ledger set agency_key = 1001"))
    load(marts, [contact(1001, "officer", "officer.1001@sonla.example")])
    run_checks(*MONTHS, rule_ids=rule_ids)
    with marts.begin() as connection:
        connection.execute(text("update ops.finding set agency_key = 1001"))

    send_digests(ON)

    ((_, message),) = mailbox.mails
    part = message.get_body(("plain",))
    assert part is not None
    content = part.get_content()
    total = len(rule_ids)
    assert total > 5
    assert content.count("Cách khắc phục:") == 5
    assert f"Ngoài ra còn {total - 5} nội dung khác" in content
    assert content.index("[Nghiêm trọng]") < content.index("[Cảnh báo]")
    assert message["X-CCHC-Finding-Count"] == str(total)


def test_our_own_and_the_sources_failures_are_told_to_nobody(
    marts: Engine, mailbox: Mailbox
) -> None:
    good = [e for e in make_examples(select_rules(["TTHC-021"])) if not e.is_bad]
    load(marts, [row for example in good for row in example.rows])
    load(marts, [contact(good[0].agency_key, "officer", "officer@sonla.example")])
    with marts.begin() as connection:
        for cause in ("source", "ours"):
            connection.execute(
                text(
                    "insert into ops.outcome (source, resource, period, step, state, cause, "
                    "started_at) values "
                    "('tthc', 'dossiers', '2026-11-10', 'fetch', 'failed', :cause, now())"
                ),
                {"cause": cause},
            )
    run_checks(*MONTHS, rule_ids=SQL_RULES)

    summary = send_digests(ON)

    assert summary["digests"] == 0
    assert mailbox.mails == []
    assert notices(marts) == []


HOSTILE = (
    "=HYPERLINK(1) Giá\u202e\r\nBcc: thief@evil.example\n\nKính gửi: Sở B "
    "<img src=x onerror=alert(1)><a href='https://evil.example'>đăng nhập</a> "
    "[bấm](https://evil.example) {{ 7*7 }} {title} '); drop table ops.finding --"
)


def test_a_title_from_outside_does_nothing_in_a_mail(marts: Engine, mailbox: Mailbox) -> None:
    rows = bad_rows("OPEN-002", "OPEN-009", "OPEN-015")
    named = {"title", "dataset_title", "detail_vi", "failed_resource_ids"}
    for table, row in rows:
        if row.get("what") != "added":  # which would take the place of the one removed
            row.update(dict.fromkeys(named & row.keys(), HOSTILE))
        if table != "marts.dim_agency" and "agency_key" in row:
            row["agency_key"] = 1001
    load(marts, [*rows, contact(1001, "officer", "officer.1001@sonla.example")])
    run_checks(*MONTHS, rule_ids=["OPEN-002", "OPEN-009", "OPEN-015"])

    send_digests(ON)

    ((to, message),) = mailbox.mails
    assert to == "officer.1001@sonla.example"
    assert message["Bcc"] is None
    assert message["X-CCHC-Finding-Count"] == "3"
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None and html is not None
    lines = plain.get_content().splitlines()
    assert [line for line in lines if line.startswith("Kính gửi")] == ["Kính gửi: Xã Ví dụ 1001"]
    assert not any(line.lstrip().startswith(("=", "@", "+", "-", "Bcc")) for line in lines)
    page = lxml.html.fromstring(html.get_content())
    assert not page.xpath("//a | //img | //script")
    for content in (plain.get_content(), html.get_content()):
        assert "Giá" in content and "{{ 7*7 }}" in content
        assert "evil.example" in content and "://evil" not in content
        assert "](" not in content and "\u202e" not in content
    with marts.connect() as connection:
        sentences = connection.execute(text("select sentence_vi, observed from ops.finding")).all()
    assert len(sentences) == 3
    assert not any(cell[0] in "=+-@\t" for row in sentences for cell in row)


def test_datasets_of_no_known_publisher_are_left_to_operators(
    marts: Engine, mailbox: Mailbox
) -> None:
    rows = bad_rows("OPEN-002", "OPEN-003")
    load(marts, [(table, {**row, **UNKNOWN} if "rule_id" in row else row) for table, row in rows])
    run_checks(*MONTHS, rule_ids=["OPEN-002", "OPEN-003"])

    summary = send_digests(ON)

    assert (summary["digests"], summary["for_operators"]) == (0, 2)
    assert mailbox.mails == []


def test_records_of_no_known_agency_are_left_to_operators(marts: Engine, mailbox: Mailbox) -> None:
    load(marts, bad_rows("TTHC-018"))
    run_checks(*MONTHS, rule_ids=["TTHC-018"])

    summary = send_digests(ON)

    assert (summary["digests"], summary["for_operators"]) == (0, 1)
    assert mailbox.mails == []


def test_contacts_are_those_of_the_day(marts: Engine, mailbox: Mailbox) -> None:
    load(
        marts,
        [
            *bad_rows("TTHC-011"),
            contact(1001, "officer", "left@sonla.example", valid_to="2026-11-23"),
            contact(1001, "officer", "later@sonla.example", valid_from="2026-11-24"),
            contact(1001, "head", "head@sonla.example"),
        ],
    )
    run_checks(*MONTHS, rule_ids=["TTHC-011"])

    send_digests(ON)

    assert [to for to, _ in mailbox.mails] == ["head@sonla.example"]


def test_a_refused_address_is_replaced_by_the_fallback(marts: Engine, mailbox: Mailbox) -> None:
    two_agencies(marts)
    mailbox.refuse["officer.1001@sonla.example"] = "550 no such mailbox"

    summary = send_digests(ON)

    assert summary["sent"] == 2
    assert mailbox.mails[0][0] == "cchc@sonla.example"
    assert notices(marts)[0].recipient == "cchc@sonla.example"
    assert "550 no such mailbox" in outcomes(marts)[-1].message


def test_a_mail_put_off_is_sent_by_the_next_run(marts: Engine, mailbox: Mailbox) -> None:
    two_agencies(marts)
    mailbox.refuse["officer.1001@sonla.example"] = "451 greylisted"

    first = send_digests(ON)
    mailbox.refuse.clear()
    second = send_digests(ON)

    assert (first["sent"], first["failed"]) == (1, 1)
    assert (second["sent"], second["already_sent"]) == (1, 1)
    assert sorted(to for to, _ in mailbox.mails) == [
        "officer.1001@sonla.example",
        "officer.1003@sonla.example",
    ]
    assert [row.state for row in notices(marts)] == ["sent", "sent"]
    assert [row.state for row in outcomes(marts)] == ["failed", "ok"]


def test_without_any_address_operators_are_told(marts: Engine, mailbox: Mailbox) -> None:
    load(marts, bad_rows("TTHC-011"))
    with marts.begin() as connection:
        connection.execute(text("delete from reference.agency_contacts"))
    load(marts, [contact(1001, "officer", "a@sonla.example\r\nBcc: all@evil.example")])
    run_checks(*MONTHS, rule_ids=["TTHC-011"])

    result = CliRunner().invoke(notify, ["--on", "2026-11-23"])

    assert result.exit_code == 1
    assert "1 không có địa chỉ" in result.output
    assert mailbox.mails == []
    assert outcomes(marts) == [("failed", "ours", "1001: no usable address")]


def test_hostile_text_cannot_add_headers_or_markup(marts: Engine, mailbox: Mailbox) -> None:
    load(marts, bad_rows("TTHC-011"))
    with marts.begin() as connection:
        connection.execute(
            text("update marts.dim_agency set name_vi = :name where agency_key = 1001"),
            {"name": "Xã <script>alert(1)</script> {{ 7*7 }}\r\nBcc: all@evil.example"},
        )
    load(marts, [contact(1001, "officer", "officer@sonla.example")])
    run_checks(*MONTHS, rule_ids=["TTHC-011"])

    send_digests(ON)

    ((_, message),) = mailbox.mails
    assert message["Bcc"] is None
    assert "Bcc: all@evil.example" in message["Subject"]  # mere text now
    page = message.get_body(("html",))
    assert page is not None
    assert "<script>" not in page.get_content()
    assert "{{ 7*7 }}" in page.get_content()


def test_a_mail_server_that_is_down_marks_nothing_as_sent(
    marts: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_agencies(marts)
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", "smtp://user:secret-word@127.0.0.1:1/")

    with pytest.raises(MailServerUnavailable):
        send_digests(ON)

    assert notices(marts) == []
    (outcome,) = outcomes(marts)
    assert (outcome.state, outcome.cause) == ("failed", "ours")
    assert "secret-word" not in outcome.message


def test_a_dry_run_shows_and_sends_nothing(marts: Engine, mailbox: Mailbox) -> None:
    two_agencies(marts)

    result = CliRunner().invoke(notify, ["--on", "2026-11-23", "--dry-run"], env={"COLUMNS": "160"})

    assert result.exit_code == 0
    assert "Xã Ví dụ 1001" in result.output
    assert "2 thư: 0 đã gửi" in result.output
    assert mailbox.mails == []
    assert notices(marts) == []
    assert outcomes(marts) == []


@pytest.fixture
def one_office(monkeypatch: pytest.MonkeyPatch) -> int:
    """Only the Department of Justice owes reports: on the reform, on tasks, on documents."""
    stp = tuple(agency for agency in all_agencies() if agency.key == 103)
    monkeypatch.setattr(reminders, "all_agencies", lambda: stp)
    return 103


def report(resource: str, **changes: Any) -> Row:
    row = {
        "source": "agency_reports",
        "resource": resource,
        "agency_key": 103,
        "period_type": "quarter",
        "period_start": "2026-07-01",
        "due_on": "2026-10-15",
        **changes,
    }
    return "ops.ledger", row


def submitted(form_code: str, **changes: Any) -> Row:
    row = {
        "submission_id": form_code,
        "receipt_no": form_code,
        "door": "upload",
        "received_at": "2026-10-13T09:00:00+07:00",
        "received_on": "2026-10-13",
        "reply_by": "none",
        "file_name": "a.xlsx",
        "file_sha256": "0" * 64,
        "byte_count": 1,
        "state": "accepted",
        "agency_key": 103,
        "form_code": form_code,
        "period_type": "quarter",
        "period_start": "2026-07-01",
        "judgement_path": "x",
        **changes,
    }
    return "ops.submission", row


def told(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        query = "select told_on::text, grade from ops.reminder order by told_on, resource"
        return [(row[0], row[1]) for row in connection.execute(text(query))]


def test_reports_are_reminded_of_by_grades_each_once(
    marts: Engine, mailbox: Mailbox, one_office: int
) -> None:
    for day in (8, 9, 11, 12, 13, 14, 15):  # Thursday to Thursday; the 12th is a Monday
        send_digests(date(2026, 10, day))
    assert told(marts) == [
        ("2026-10-12", "T-3"), ("2026-10-12", "T-3"), ("2026-10-12", "T-3"),
        ("2026-10-14", "T-1"), ("2026-10-14", "T-1"), ("2026-10-14", "T-1"),
        ("2026-10-15", "T+0"), ("2026-10-15", "T+0"), ("2026-10-15", "T+0"),
    ]  # fmt: skip
    assert len(mailbox.mails) == 3
    subject = str(mailbox.mails[0][1]["Subject"])
    assert subject == "[CCHC Sơn La] 3 báo cáo đến hạn – Sở Tư pháp – 12/10/2026"
    body = mailbox.mails[0][1].get_body(("plain",))
    assert body is not None
    assert "Hạn nộp: 15/10/2026. Còn 3 ngày làm việc đến hạn nộp." in body.get_content()
    assert "Mã tham chiếu" not in body.get_content()
    assert send_digests(date(2026, 10, 15))["digests"] == 0


def test_reminders_stop_at_receipt_and_never_tell_of_our_own_failures(
    marts: Engine, mailbox: Mailbox, one_office: int
) -> None:
    load(marts, [submitted("BC-CCHC-Q"), submitted("BC-NV-Q", hollow_kind="zero")])
    send_digests(date(2026, 10, 14))
    # The report came; the hollow one and the one that never came are asked for.
    assert [grade for _, grade in told(marts)] == ["T-1", "T-1"]
    # Nothing is settled yet, so nobody is late.
    assert send_digests(date(2026, 10, 19))["digests"] == 0
    missing = {"outcome": "missing", "cause": "agency"}
    load(
        marts,
        [
            report("plan_tasks_quarter", outcome="failed", cause="source"),
            report("legal_documents_quarter", **missing),
        ],
    )
    send_digests(date(2026, 10, 19))
    send_digests(date(2026, 10, 20))
    send_digests(date(2026, 10, 22))
    send_digests(date(2026, 12, 1))
    assert told(marts)[2:] == [("2026-10-19", "T+2"), ("2026-10-22", "T+5")]
    body = mailbox.mails[-1][1].get_body(("html",))
    assert body is not None
    assert "Đã quá hạn 5 ngày làm việc" in body.get_content()


def test_a_refused_reminder_is_told_by_the_next_digest(
    marts: Engine, mailbox: Mailbox, one_office: int
) -> None:
    mailbox.refuse["cchc@sonla.example"] = "450 later"
    send_digests(date(2026, 10, 14))
    assert told(marts) == []
    mailbox.refuse.clear()
    send_digests(date(2026, 10, 14))
    assert [grade for _, grade in told(marts)] == ["T-1"] * 3


def test_nobody_is_reminded_of_a_past_loaded_for_the_first_time(
    marts: Engine, mailbox: Mailbox, one_office: int
) -> None:
    row = report("reform_quarter", outcome="missing", cause="agency", period_start="2025-07-01")
    row[1]["due_on"] = "2025-10-15"
    load(marts, [row])
    assert send_digests(date(2026, 9, 1))["digests"] == 0
