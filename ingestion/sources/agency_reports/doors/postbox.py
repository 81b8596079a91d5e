"""The mailbox as its IMAP server shows it: what waits, headers, contents, moving to a folder."""

from __future__ import annotations

import imaplib
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from imap_tools import (
    BaseMailBox,
    ImapToolsError,
    MailBox,
    MailBoxStartTls,
    MailBoxUnencrypted,
)

from ingestion.core.connection import Connection
from ingestion.core.environment import ConfigurationError
from ingestion.core.errors import SourceUnavailable
from ingestion.core.log import keep_secret
from ingestion.sources.agency_reports.doors.settings import MailboxSettings

_PORT = 143
_TLS_PORT = 993
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")


@dataclass(frozen=True)
class WaitingMail:
    """A mail in the inbox, not fetched yet.

    Attributes:
        uid: its number in the inbox.
        size: bytes, as the server says.
        arrived_at: when the server took it; what its sender wrote as date says nothing.
    """

    uid: str
    size: int
    arrived_at: datetime


class Postbox:
    """One opened mailbox. Made by `opened`."""

    def __init__(self, mailbox: BaseMailBox, settings: MailboxSettings) -> None:
        self._mailbox = mailbox
        self._settings = settings
        self._made: set[str] = set()

    def waiting(self) -> tuple[list[WaitingMail], int]:
        """The oldest mails of the inbox, as many as one run takes, and how many wait behind them.

        Raises:
            SourceUnavailable: the mail server does not answer as it should.
        """
        with _asked():
            uids = self._mailbox.uids("ALL")
            taken = uids[: self._settings.mails_a_run]
            if not taken:
                return [], 0
            answer = self._mailbox.client.uid(
                "FETCH", ",".join(taken), "(UID RFC822.SIZE INTERNALDATE)"
            )
        mails = [mail for line in answer[1] or [] if (mail := _waiting(line))]
        return sorted(mails, key=lambda mail: int(mail.uid)), len(uids) - len(taken)

    def header(self, uid: str) -> bytes:
        """The header of a mail, or its beginning; the mail stays unseen."""
        return self._part(uid, f"BODY.PEEK[HEADER]<0.{self._settings.header_bytes}>")

    def content(self, uid: str) -> bytes:
        """A mail as a whole; the mail stays unseen."""
        return self._part(uid, "BODY.PEEK[]")

    def move(self, uid: str, folder: str) -> None:
        """Move a mail; between the copy and its removal it may be seen twice, never not at all."""
        with _asked():
            if folder not in self._made and not self._mailbox.folder.exists(folder):
                self._mailbox.folder.create(folder)
            self._made.add(folder)
            self._mailbox.move([uid], folder)

    def _part(self, uid: str, part: str) -> bytes:
        with _asked():
            answer = self._mailbox.client.uid("FETCH", uid, f"({part})")
        for item in answer[1] or []:
            if isinstance(item, tuple) and isinstance(item[1], bytes):
                return item[1]
        raise SourceUnavailable("mailbox: a mail that was listed is gone")


@contextmanager
def opened(connection: Connection, settings: MailboxSettings) -> Iterator[Postbox]:
    """Log in and open the inbox.

    TLS from the start on port 993 or for ``imaps://``, STARTTLS elsewhere; without encryption only
    on this machine.

    Raises:
        SourceUnavailable: the mail server cannot be reached or refuses us.
        ConfigurationError: the connection has no login.
    """
    if not connection.login or not connection.password:
        raise ConfigurationError(
            "connection agency_reports has no login: set AIRFLOW_CONN_AGENCY_REPORTS to "
            "imaps://user:password@host:993/"
        )
    keep_secret(connection.password)
    with _asked():
        mailbox = _connected(connection, settings.seconds)
    try:
        with _asked():
            if (connection.login + connection.password).isascii():
                mailbox.login(connection.login, connection.password, settings.inbox)
            else:
                mailbox.login_utf8(connection.login, connection.password, settings.inbox)
        yield Postbox(mailbox, settings)
    finally:
        # Not logout(): everything is done, a lost goodbye is no failure.
        mailbox.client.shutdown()


def _connected(connection: Connection, seconds: float) -> BaseMailBox:
    host, port = connection.host, connection.port
    if connection.conn_type == "imaps" or port == _TLS_PORT:
        return MailBox(
            host, port or _TLS_PORT, timeout=seconds, ssl_context=ssl.create_default_context()
        )
    if host in _LOOPBACK:
        return MailBoxUnencrypted(host, port or _PORT, timeout=seconds)
    return MailBoxStartTls(
        host,
        port or _PORT,
        timeout=seconds,
        ssl_context=ssl.create_default_context(),
    )


@contextmanager
def _asked() -> Iterator[None]:
    """While the server is asked: what goes wrong is its fault, told without its words."""
    try:
        yield
    except (imaplib.IMAP4.error, ImapToolsError, OSError, UnicodeError) as error:
        raise SourceUnavailable(
            f"mailbox: the mail server failed: {type(error).__name__}"
        ) from None


def _waiting(line: object) -> WaitingMail | None:
    if not isinstance(line, bytes):
        return None
    uid, size, arrived = _UID.search(line), _SIZE.search(line), imaplib.Internaldate2tuple(line)
    if not (uid and size and arrived):
        return None
    arrived_at = datetime.fromtimestamp(time.mktime(arrived), UTC)
    return WaitingMail(uid[1].decode(), int(size[1]), arrived_at)
