"""Handing a mail to the mail server named by the connection ``smtp_default``.

The connection is Airflow's: host, port, login, password, and in its extra ``from_email``,
``disable_ssl`` and ``disable_tls``. Port 465 speaks TLS from the start; elsewhere STARTTLS is used
where the server offers it. A password is never sent over an unencrypted line to another machine.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy

from ingestion.core.connection import Connection
from ingestion.core.environment import ConfigurationError

DEFAULT_SENDER = "kho-chi-tieu.cchc@sonla.example"
"""The sender where the connection names none; the demonstration's."""

_TIMEOUT_SECONDS = 20
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class MailPolicy(EmailPolicy):
    """Folds a long subject without losing spaces.

    Python's own folding of a header drops the space between two words where an encoded line
    ends ("Sở Giáo dụcvà Đào tạo"); the older `Header` does not.
    """

    def fold(self, name: str, value: str) -> str:
        """The header as lines of text."""
        if name.lower() != "subject":
            folded: str = super().fold(name, value)
            return folded
        encoded: str = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {encoded}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header as bytes."""
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii")


class MailServerUnavailable(RuntimeError):
    """The mail server cannot be reached or refuses us: a matter for operators."""


class MailRefused(RuntimeError):
    """The server refuses this mail.

    Attributes:
        is_permanent: a 5xx answer; another address may do, the same one will not.
    """

    def __init__(self, answer: str, is_permanent: bool) -> None:
        super().__init__(answer)
        self.is_permanent = is_permanent


@dataclass(frozen=True)
class MailServer:
    """Sends mails through one SMTP server, a session per mail."""

    connection: Connection

    @property
    def sender(self) -> str:
        """The address that mails come from."""
        return str(self.connection.extra.get("from_email") or DEFAULT_SENDER)

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Send one mail.

        Raises:
            MailServerUnavailable: no session could be opened.
            MailRefused: the server did not take the mail.
            ConfigurationError: a password would have to travel unencrypted.
        """
        with self._session() as session:
            try:
                session.send_message(message, from_addr=self.sender, to_addrs=[recipient])
            except smtplib.SMTPRecipientsRefused as error:
                code, reply = next(iter(error.recipients.values()))
                raise MailRefused(_quoted(code, reply), code >= 500) from error
            except smtplib.SMTPResponseException as error:
                answer = _quoted(error.smtp_code, error.smtp_error)
                raise MailRefused(answer, error.smtp_code >= 500) from error
            except (smtplib.SMTPException, OSError) as error:
                raise MailRefused(str(error), is_permanent=False) from error

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        try:
            session = self._open()
        except (smtplib.SMTPException, OSError) as error:
            host = f"{self.connection.host}:{self.connection.port or ''}"
            raise MailServerUnavailable(f"mail server {host}: {type(error).__name__}") from error
        try:
            yield session
        finally:
            # Not quit(): after DATA was accepted, a lost goodbye is no failure.
            session.close()

    def _open(self) -> smtplib.SMTP:
        given = self.connection
        port = given.port or 25
        encrypted = port == 465 and not _is_true(given.extra.get("disable_ssl"))
        session: smtplib.SMTP
        if encrypted:
            session = smtplib.SMTP_SSL(
                given.host, port, timeout=_TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            session = smtplib.SMTP(given.host, port, timeout=_TIMEOUT_SECONDS)
            session.ehlo()
            if session.has_extn("starttls") and not _is_true(given.extra.get("disable_tls")):
                session.starttls(context=ssl.create_default_context())
                session.ehlo()
                encrypted = True
        if given.login and given.password:
            if not encrypted and given.host not in _LOOPBACK:
                session.close()
                raise ConfigurationError(
                    "smtp_default has a password but the server offers no encryption"
                )
            session.login(given.login, given.password)
        return session


def _is_true(value: object) -> bool:
    return str(value).lower() in ("true", "1", "yes")


def _quoted(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(text.split())}"[:500]
