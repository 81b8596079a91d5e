"""The simulated mailbox over real IMAP."""

from __future__ import annotations

import imaplib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from imap_tools import MailBoxUnencrypted

from sandbox.mailbox.delivery import deliver, report_mail, send_report_command
from sandbox.mailbox.server import USER
from tests.fixtures.mailbox import PASSWORD, running_mailbox

SENT_AT = datetime(2026, 10, 12, 1, 30, tzinfo=UTC)


def test_a_report_arrives_as_the_office_sent_it(tmp_path: Path) -> None:
    mail = report_mail(
        "Sở Nội vụ <cchc.snv@sonla.example>", {"Báo cáo quý III.xlsx": b"PK"}, SENT_AT
    )
    by_hand = tmp_path / "bao-cao.xlsx"
    by_hand.write_bytes(b"PK tay")
    with running_mailbox() as running:
        running.put(mail)
        sent = CliRunner().invoke(
            send_report_command,
            [
                str(by_hand),
                "--from=a@b.example",
                f"--port={running.port}",
                f"--password={PASSWORD}",
            ],
            catch_exceptions=False,
        )
        assert sent.exit_code == 0
        with MailBoxUnencrypted("127.0.0.1", running.port, timeout=30) as mailbox:
            mailbox.login_utf8(USER, PASSWORD)
            first, second = mailbox.fetch()
            answer = mailbox.client.uid("fetch", "1:*", "(INTERNALDATE)")
    assert first.from_ == "cchc.snv@sonla.example"
    assert [(a.filename, a.payload) for a in first.attachments] == [("Báo cáo quý III.xlsx", b"PK")]
    assert [(a.filename, a.payload) for a in second.attachments] == [("bao-cao.xlsx", b"PK tay")]
    assert b"12-Oct-2026 01:30:00 +0000" in answer[1][0]


def test_the_same_report_is_the_same_mail() -> None:
    mails = [report_mail("a@b.example", {"a.xlsx": b"1"}, SENT_AT) for _ in range(2)]
    other = report_mail("a@b.example", {"a.xlsx": b"2"}, SENT_AT)
    ids = [m.content.lower().partition(b"message-id: ")[2].split()[0] for m in (*mails, other)]
    assert ids[0] == ids[1] != ids[2]


def test_a_wrong_password_opens_nothing() -> None:
    with running_mailbox() as running:
        with pytest.raises(imaplib.IMAP4.error, match="Invalid authentication"):
            deliver([], running.port, USER, "sandbox")
