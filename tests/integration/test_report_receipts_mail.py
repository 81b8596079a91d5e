"""Receipts through a real SMTP server: one per delivery, none lost, readable."""

from __future__ import annotations

import lxml.html
import pytest
from sqlalchemy import create_engine, text

from ingestion.core.connection import read_connection
from ingestion.core.mail import MailServer, MailServerUnavailable
from ingestion.sources.agency_reports.intake import register
from ingestion.sources.agency_reports.receipts.sending import Sent, send_receipts
from tests.fixtures.reports.clerk import filled
from tests.fixtures.reports.plugin import Desk
from tests.fixtures.smtp import Mailbox, mailbox

__all__ = ["mailbox"]

OFFICE = "bao-cao.snv@sonla.example"
MAILED = {
    "door": "mailbox",
    "reply_by": "mail",
    "reply_to": OFFICE,
    "reply_thread": "<thu-1@sonla.example>",
    "claimed_agency_code": "SNV",
}


def send(desk: Desk) -> Sent:
    return send_receipts(
        desk.engine, desk.intake.receipt, MailServer(read_connection("smtp_default"))
    )


def states(desk: Desk) -> list[str]:
    return [
        row.receipt_state
        for row in desk.rows("select receipt_state from ops.submission order by receipt_no")
    ]


def test_each_delivery_is_answered_once_in_its_thread(report_desk: Desk, mailbox: Mailbox) -> None:
    content = filled(changes={"CV-01.approved_in_force.denominator": "x"})
    first = report_desk.take(content, key="1", **MAILED)
    again = report_desk.take(content, key="2", **MAILED)
    assert send(report_desk).told == [first.receipt_no, again.receipt_no]
    assert send(report_desk) == Sent()
    assert states(report_desk) == ["told", "told"]
    (address, mail), (_, second) = mailbox.mails
    assert address == OFFICE
    assert first.receipt_no in mail["Subject"]
    assert "không thay đổi gì" in second["Subject"]
    assert mail["In-Reply-To"] == "<thu-1@sonla.example>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Message-ID"] != second["Message-ID"]
    plain, page = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert page is not None
    assert "ô E9" in plain.get_content()
    assert "Báo cáo, E9" in lxml.html.fromstring(page.get_content()).text_content()


def test_nothing_is_lost_while_the_server_is_down_or_full(
    report_desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = report_desk.take(filled(), **MAILED)
    with monkeypatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", "smtp://127.0.0.1:1/")
        with pytest.raises(MailServerUnavailable):
            send(report_desk)
    mailbox.refuse[OFFICE] = "451 later"
    assert send(report_desk).waiting == [receipt.receipt_no]
    assert states(report_desk) == ["due"]
    mailbox.refuse.clear()
    assert send(report_desk).told == [receipt.receipt_no]


def test_a_crash_after_the_server_s_yes_sends_the_same_mail_again(
    report_desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    report_desk.take(filled(), **MAILED)
    with monkeypatch.context() as patch:
        patch.setattr(register, "settle_receipt", killed)
        with pytest.raises(Killed):
            send(report_desk)
    send(report_desk)
    (_, first), (_, second) = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert states(report_desk) == ["told"]


def test_a_dead_address_is_replaced_by_the_contact_book_s(
    report_desk: Desk, mailbox: Mailbox, warehouse: str
) -> None:
    first = report_desk.take(filled(), key="1", **MAILED)
    mailbox.refuse[OFFICE] = "550 no such user"
    assert send(report_desk).undeliverable == [first.receipt_no]
    assert states(report_desk) == ["undeliverable"]
    [told] = report_desk.rows("select state, cause, message from ops.outcome where step = 'notify'")
    assert (told.state, told.cause) == ("failed", "ours")
    assert first.receipt_no in told.message
    admin = create_engine(warehouse)
    with admin.begin() as connection:
        for statement in (
            "create table reference.agency_contacts (agency_key int, role text, email text, "
            "valid_from date, valid_to date)",
            "create table marts.dim_agency (agency_key int, kind text)",
            f"insert into reference.agency_contacts values ({first.agency_key}, 'head', "
            "'lanhdao.snv@sonla.example', null, null)",
            "grant select on reference.agency_contacts, marts.dim_agency to cchc_ingest",
        ):
            connection.execute(text(statement))
    admin.dispose()
    second = report_desk.take(filled(plus=1), key="2", **MAILED)
    assert send(report_desk).told == [second.receipt_no]
    assert [address for address, _ in mailbox.mails] == ["lanhdao.snv@sonla.example"]


def test_a_forged_thread_adds_no_header(report_desk: Desk, mailbox: Mailbox) -> None:
    report_desk.take(filled(), **{**MAILED, "reply_thread": "<a@b>\r\nBcc: x@y.vn"})
    send(report_desk)
    [(_, mail)] = mailbox.mails
    assert mail["Bcc"] is None
    assert mail["In-Reply-To"] is None


def test_files_and_uploads_are_not_answered_by_mail(report_desk: Desk, mailbox: Mailbox) -> None:
    report_desk.take(filled(), reply_by="response")
    report_desk.take(filled(plus=1), door="archive", reply_by="none")
    assert send(report_desk) == Sent()
    assert states(report_desk) == ["due", "none"]
