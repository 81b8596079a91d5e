"""The mail catcher over real SMTP."""

from __future__ import annotations

import email
import email.policy
import re
import signal
import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_mail_becomes_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.mail", "--port", "0", "--folder", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        found = re.fullmatch(r"ready http://127\.0\.0\.1:(\d+)\n", process.stdout.readline())
        assert found
        with smtplib.SMTP("127.0.0.1", int(found[1]), timeout=10) as server:
            for number in range(2):
                mail = EmailMessage()
                mail["From"], mail["To"] = "cchc@sonla.example", "xa@sonla.example"
                mail["Subject"] = f"Thông báo số {number}"
                mail.set_content("Đề nghị bổ sung số liệu")
                server.send_message(mail)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0

    files = sorted(folder.iterdir())
    assert [path.suffix for path in files] == [".eml", ".eml"]
    mail_read = email.message_from_bytes(files[1].read_bytes(), policy=email.policy.default)
    assert mail_read["Subject"] == "Thông báo số 1"
    assert mail_read["X-Envelope-To"] == "xa@sonla.example"
