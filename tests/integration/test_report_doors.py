"""A filled template through the mailbox and the upload door, to the receipt that comes back."""

from __future__ import annotations

import email
import email.policy
import io
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest

from ingestion.core.connection import Connection
from ingestion.core.mail import MailServer
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.doors.mailbox import collect
from ingestion.sources.agency_reports.doors.postbox import Postbox
from ingestion.sources.agency_reports.doors.senders import Contact, Senders
from ingestion.sources.agency_reports.doors.tokens import Tokens
from ingestion.sources.agency_reports.receipts.sending import send_receipts
from sandbox.mailbox.delivery import ArrivedMail, report_mail
from tests.fixtures.mailbox import ROOT, RunningMailbox, running_mailbox
from tests.fixtures.reports.clerk import agency_of, filled
from tests.fixtures.reports.plugin import MORNING, Desk

SNV = "cchc.snv@sonla.example"
SENDER = "kho-chi-tieu@sonla.example"
COMMAND = "ingestion.sources.agency_reports.doors.serve_command"
WHOLE = "CV-01.approved_in_force.denominator"


def _collect(desk: Desk, running: RunningMailbox) -> list[str]:
    contact = Contact(agency_of("SNV").key, SNV, date(2025, 7, 1), None)
    senders = Senders([contact], all_agencies())
    done = collect(running.connection, desk.intake, desk.engine, own=[SENDER], senders=senders)
    return done.receipts


@contextmanager
def _process(*arguments: str) -> Iterator[int]:
    """A server of ours in a process; gives the port that it says."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        found = re.fullmatch(r"ready http://127\.0\.0\.1:(\d+)\n", process.stdout.readline())
        assert found
        yield int(found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def test_a_mailed_report_is_answered_by_mail_and_the_answer_is_no_report(
    report_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = filled(changes={WHOLE: "khoảng 60"})
    mail = report_mail(f"Sở Nội vụ <{SNV}>", {"Quý III.xlsx": content}, MORNING)
    mails = tmp_path / "mails"
    with running_mailbox() as running:
        running.put(mail)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Postbox, "move", _killed)
            _collect(report_desk, running)
        [number] = _collect(report_desk, running)  # what was read before the crash, read again

        with _process("sandbox.mail", "--port", "0", "--folder", str(mails)) as port:
            server = MailServer(Connection("smtp", "127.0.0.1", port, extra={"from_email": SENDER}))
            sent = send_receipts(report_desk.engine, report_desk.intake.receipt, server)
            assert sent.told == [number]
            assert send_receipts(report_desk.engine, report_desk.intake.receipt, server).told == []

        [path] = mails.iterdir()
        answer = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert answer["X-Envelope-To"] == SNV
        message_id = re.search(rb"Message-ID: (<[^>]+>)", mail.content)
        assert message_id and answer["In-Reply-To"] == message_id[1].decode()
        body = answer.get_body(("plain",))
        assert body is not None and "ô E9" in body.get_content()

        # Two machines must not talk: our receipt comes back, by a rule or by a bounce.
        running.put(ArrivedMail(path.read_bytes(), MORNING))
        assert _collect(report_desk, running) == []
    rows = report_desk.rows("select door, state, receipt_state, received_at from ops.submission")
    assert [tuple(row) for row in rows] == [("mailbox", "partial", "told", MORNING)]


def _killed(self: Postbox, uid: str, folder: str) -> None:
    raise KeyboardInterrupt


def test_what_the_mailbox_refuses_has_a_receipt_that_helps(report_desk: Desk) -> None:
    with running_mailbox() as running:
        running.put(
            report_mail(SNV, {"winmail.dat": b"\x78\x9f\x3e\x22"}, MORNING),
            report_mail(SNV, {"bao-cao.zip": _zip(filled())}, MORNING),
            report_mail(SNV, {}, MORNING),
            report_mail("la@khac.example", {"a.xlsx": filled()}, MORNING),
        )
        receipts = [report_desk.intake.receipt(number) for number in _collect(report_desk, running)]
    told = {r.reason_code: (r.reply_by, r.reason_vi) for r in receipts if r}
    assert {code: reply for code, (reply, _) in told.items()} == {
        "outlook_envelope": "mail",
        "nested_archive": "mail",
        "no_attachment": "mail",
        "unknown_sender": "none",
    }
    assert "winmail.dat" in told["outlook_envelope"][1]
    assert "giải nén" in told["nested_archive"][1]


def _zip(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as container:
        container.writestr("bao-cao.xlsx", content)
    return file.getvalue()


def test_an_uploaded_report_is_answered_with_its_receipt(report_desk: Desk) -> None:
    tokens = Tokens(report_desk.engine)
    mine, others = tokens.issue("SNV", 10), tokens.issue("STP", 10)
    content = filled()
    program = f"from {COMMAND} import serve; serve()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "--port", "0", "--synthetic"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        found = re.fullmatch(r"ready (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
        assert found
        with httpx.Client(base_url=found[1], timeout=60) as client:
            assert "Trang mô phỏng" in client.get("/").text
            page = client.post(
                "/bao-cao",
                data={"ma_nop": mine},
                files={"tep": ("quy-3.xlsx", filled(changes={WHOLE: "khoảng 60"}))},
            )
            mended = client.post("/bao-cao", headers=_bearer(mine), content=content).json()
            again = client.post("/bao-cao", headers=_bearer(mine), content=content).json()
            wrong = client.post("/bao-cao", headers=_bearer(others), content=content).json()
            hidden = client.get(f"/bien-nhan/{mended['receipt_no']}", headers=_bearer(others))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
    assert page.status_code == 200 and "Báo cáo, E9" in page.text
    first = re.search(r"BN-\d{4}-\d{6}", page.text)
    assert first and (mended["state"], mended["supersedes"]) == ("accepted", first[0])
    assert again["repeats"] == mended["receipt_no"]
    assert (wrong["state"], wrong["reason_code"]) == ("refused", "wrong_agency")
    assert hidden.status_code == 404
    states = report_desk.rows("select distinct receipt_state, is_synthetic from ops.submission")
    assert [tuple(row) for row in states] == [("told", True)]


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
