"""Writing mails as an office does, and putting them into the simulated mailbox."""

from __future__ import annotations

import datetime as dt
import mimetypes
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import click
from imap_tools import MailBoxUnencrypted

from sandbox.listening import LOOPBACK
from sandbox.mailbox.server import USER

_SECONDS = 60.0


@dataclass(frozen=True)
class ArrivedMail:
    """A mail as the mail server of the mailbox took it.

    Attributes:
        content: headers and body, RFC 5322.
        arrived_at: when, with a time zone: the server's own date of it.
    """

    content: bytes
    arrived_at: dt.datetime


def report_mail(
    sender: str,
    files: Mapping[str, bytes],
    sent_at: dt.datetime,
    *,
    subject: str = "Báo cáo cải cách hành chính",
    text: str = "Kính gửi Văn phòng, đơn vị gửi báo cáo theo tệp đính kèm.",
    headers: Mapping[str, str] | None = None,
) -> ArrivedMail:
    """Write the mail of an office with its report attached.

    Args:
        sender: address it comes from, with or without a name.
        files: attachments by file name.
        sent_at: when it is sent, and arrives.
        subject: subject line.
        text: the letter.
        headers: more of them, or others than the usual ones; an empty value leaves one out.
    """
    mail = EmailMessage()
    domain = sender.rstrip(">").rpartition("@")[2]
    usual = {
        "From": sender,
        "To": USER,
        "Subject": subject,
        "Date": format_datetime(sent_at),
        "Message-ID": f"<{sent_at:%Y%m%d%H%M%S%f}.{_checksum(files):08x}@{domain}>",
    }
    for name, value in {**usual, **(headers or {})}.items():
        if value:
            mail[name] = value
    mail.set_content(text)
    for name, content in files.items():
        kind, _ = mimetypes.guess_type(name)
        main, _, sub = (kind or "application/octet-stream").partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return ArrivedMail(mail.as_bytes(), sent_at)


def deliver(mails: Iterable[ArrivedMail], port: int, user: str, password: str) -> int:
    """Put mails into the inbox of a running mailbox; return how many.

    Raises:
        imaplib.IMAP4.error: the server refuses the login or a mail.
    """
    count = 0
    opened = MailBoxUnencrypted(LOOPBACK, port, timeout=_SECONDS)
    with opened.login_utf8(user, password) as mailbox:
        for mail in mails:
            mailbox.append(mail.content, "INBOX", dt=mail.arrived_at)
            count += 1
    return count


@click.command(name="send-report")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--from", "sender", required=True, help="Address of the office that sends.")
@click.option("--port", default=8143, show_default=True, help="Of the running mailbox.")
@click.option("--user", default=USER, show_default=True)
@click.option("--password", default="sandbox", envvar="CCHC_SANDBOX_PASSWORD")
def send_report_command(
    files: tuple[Path, ...], sender: str, port: int, user: str, password: str
) -> None:
    """Send files as an office does: one mail into the simulated mailbox."""
    attached = {path.name: path.read_bytes() for path in files}
    mail = report_mail(sender, attached, dt.datetime.now(dt.UTC))
    deliver([mail], port, user, password)
    click.echo(f"{len(attached)} files sent from {sender}.")


def _checksum(files: Mapping[str, bytes]) -> int:
    """Tell attachments apart, alike in every run."""
    return zlib.crc32(b"\0".join(name.encode() + content for name, content in files.items()))
