"""The mailbox: reports that offices send by mail.

A mail is delivered first and moved afterwards, so a run that is killed in between reads it again;
its Message-ID and the hash of the file make it the same delivery then. Before its sender is known
as a contact of an agency, nothing but the beginning of its header is fetched.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, cast, get_args

import yaml
from sqlalchemy import Engine, text

from ingestion.catalogue.agencies import Agency
from ingestion.core.connection import Connection
from ingestion.core.environment import TIMEZONE, ConfigurationError
from ingestion.core.errors import IngestionError
from ingestion.core.log import event
from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated, Limits, Runs, run_again_if_busy
from ingestion.sources.agency_reports.doors.names import plain_name
from ingestion.sources.agency_reports.doors.postbox import Postbox, WaitingMail, opened
from ingestion.sources.agency_reports.doors.refusals import DoorRefusal
from ingestion.sources.agency_reports.doors.senders import Senders, known_senders
from ingestion.sources.agency_reports.doors.settings import (
    DoorSettings,
    MailboxSettings,
    read_door_settings,
)
from ingestion.sources.agency_reports.extractor import says_synthetic
from ingestion.sources.agency_reports.intake.delivery import Delivery, ReplyBy
from ingestion.sources.agency_reports.intake.receipt import Receipt

logger = logging.getLogger(__name__)

_JOBS = "ingestion.sources.agency_reports.doors.mail_parts"
_AUTOMATIC = Path(__file__).with_name("automatic_mail.yml")
_SET_ASIDE = ("bounce", "absence", "ours")
_STRANGERS_MAIL = "thư từ địa chỉ chưa đăng ký"
_BARE_MAIL = "thư không có tệp dùng được"

_ANSWERS = text("""
    select count(*) from ops.submission
    where
        door = 'mailbox' and reply_by = 'mail' and lower(reply_to) = lower(:address)
        and registered_at > :since
""")
_STRANGERS = text("""
    select count(*) from ops.submission
    where door = 'mailbox' and reason_code = 'unknown_sender' and registered_at > :since
""")


class Takes(Protocol):
    """What the mailbox needs of `Intake`."""

    def take(self, delivery: Delivery) -> Receipt:
        """Take a delivery in."""
        ...


@dataclass
class Collected:
    """What a run did, in mails but for ``taken``.

    Attributes:
        taken: deliveries, those that the door itself refused included.
        strangers: senders that nobody knows.
        automatic: bounces, absence notes, mails of our own.
        without_file: letters.
        failed: mails that we could not take in; they stay in the inbox.
        left: mails that wait for the next run.
        receipts: numbers of the receipts made.
    """

    taken: int = 0
    strangers: int = 0
    automatic: int = 0
    without_file: int = 0
    failed: int = 0
    left: int = 0
    receipts: list[str] = field(default_factory=list)


def collect(
    connection: Connection,
    intake: Takes,
    engine: Engine,
    *,
    own: Iterable[str] = (),
    senders: Senders | None = None,
    settings: DoorSettings | None = None,
    pool: Runs | None = None,
) -> Collected:
    """Take in what waits in the mailbox.

    Args:
        connection: ``agency_reports``: ``imaps://user:password@host/``; its extra ``synthetic``
            says that what comes is simulated.
        intake: takes the files.
        engine: the warehouse, as ``cchc_ingest``.
        own: addresses that we send from besides the mailbox's login; mails from there are ours.
        senders: the contact book; None: the seed's.
        settings: bounds; None: those of ``source.yml``.
        pool: where mails are taken apart; None: a process of the run's own.

    Raises:
        SourceUnavailable: the mail server cannot be reached, refuses us or fails; what was
            delivered until then stays delivered.
        IngestionError: our own fault; the mail stays in the inbox.
        ConfigurationError: the connection has no login, or no form key.
    """
    bounds = settings or read_door_settings()
    with ExitStack() as stack:
        postbox = stack.enter_context(opened(connection, bounds.mailbox))
        collection = _Collection(
            postbox=postbox,
            pool=pool or stack.enter_context(Isolated(limits=mail_limits(bounds.mailbox))),
            intake=intake,
            engine=engine,
            senders=senders or known_senders(),
            settings=bounds,
            own=[address.lower() for address in (connection.login or "", *own)],
            is_synthetic=says_synthetic(connection),
        )
        return collection.run()


@dataclass(frozen=True)
class _Letter:
    """A mail as far as its header tells."""

    waiting: WaitingMail
    sender: str
    agency: Agency | None
    message_id: str
    identity: str
    automatic: str
    answers: bool


@dataclass
class _Collection:
    """One run over the inbox; the fields are those of `collect`."""

    postbox: Postbox
    pool: Runs
    intake: Takes
    engine: Engine
    senders: Senders
    settings: DoorSettings
    own: list[str]
    is_synthetic: bool
    done: Collected = field(default_factory=Collected)

    def run(self) -> Collected:
        waiting, self.done.left = self.postbox.waiting()
        for mail in waiting:
            try:
                folder = self._take(self._letter(mail))
            except (IngestionError, ConfigurationError):
                raise
            except Exception:
                # A mail that trips us must not keep the others waiting; it stays where it is.
                self.done.failed += 1
                logger.exception(
                    "a mail could not be taken in", extra={"fields": {"uid": mail.uid}}
                )
                continue
            self.postbox.move(mail.uid, folder)
        counts = {key: n for key, n in vars(self.done).items() if isinstance(n, int)}
        event(logger, "mailbox read", **counts)
        if self.done.failed:
            raise IngestionError(
                f"{self.done.failed} mails could not be taken in and stay in the inbox; the others "
                "were; the log says why"
            )
        return self.done

    def _letter(self, mail: WaitingMail) -> _Letter:
        header = self.postbox.header(mail.uid)
        bounds = self.settings.mailbox
        told: dict[str, Any] = {"sender": "", "message_id": "", "automatic": "", "answers": False}
        options = {
            "automatic": automatic_rules(),
            "authserv_id": bounds.authserv_id,
            "own": self.own,
        }
        try:
            told = run_again_if_busy(self.pool, f"{_JOBS}:read_header", header, "", options)
        except FileRefused as refusal:
            event(logger, "header of a mail not read", level=logging.WARNING, reason=refusal.code)
        day = mail.arrived_at.astimezone(TIMEZONE).date()
        return _Letter(
            waiting=mail,
            agency=self.senders.agency(told["sender"], day),
            identity=told["message_id"] or f"sha256:{hashlib.sha256(header).hexdigest()}",
            **told,
        )

    def _take(self, letter: _Letter) -> str:
        """Deliver what a mail holds; returns the folder that it goes to."""
        folders = self.settings.mailbox.folders
        if letter.automatic in _SET_ASIDE:
            self.done.automatic += 1
            return folders.automatic
        if letter.agency is None:
            self.done.strangers += 1
            self._register_stranger(letter)
            return folders.to_look_at
        if letter.waiting.size > self.settings.mailbox.mail_bytes:
            self._deliver(letter, _BARE_MAIL, b"", "mail_too_large", letter.waiting.size)
            return folders.to_look_at
        content = self.postbox.content(letter.waiting.uid)
        try:
            attachments = self._attachments(content)
        except FileRefused as refusal:
            self._deliver(letter, _BARE_MAIL, b"", _mail_refusal(refusal.code))
            return folders.to_look_at
        if not attachments:
            self.done.without_file += 1
            # A letter of thanks is no report that was forgotten.
            if not letter.answers and not letter.automatic:
                self._deliver(letter, _BARE_MAIL, b"", "no_attachment")
            return folders.without_file
        for attachment in attachments:
            self._deliver_attachment(letter, attachment)
        return folders.taken

    def _attachments(self, content: bytes) -> list[dict[str, Any]]:
        """What may be a report.

        Raises:
            FileRefused: the mail cannot be taken apart.
        """
        bounds = self.settings.mailbox
        if len(content) > bounds.mail_bytes:
            raise FileRefused("mail_too_large", "")
        options = {"attachments": bounds.attachments, "nesting": bounds.nesting}
        taken = run_again_if_busy(self.pool, f"{_JOBS}:take_apart", content, "", options)
        found: list[dict[str, Any]] = taken["attachments"]
        return without_companions(found, bounds.companions)

    def _deliver_attachment(self, letter: _Letter, attachment: dict[str, Any]) -> None:
        content = base64.b64decode(attachment["content"])
        refusal: DoorRefusal | None = "outlook_envelope" if attachment["is_outlook"] else None
        if len(content) > self.settings.file_bytes:
            refusal = "file_too_large"
        self._deliver(letter, plain_name(attachment["name"]), content, refusal)

    def _deliver(
        self,
        letter: _Letter,
        name: str,
        content: bytes,
        refusal: DoorRefusal | None,
        stated_bytes: int | None = None,
    ) -> None:
        agency = cast("Agency", letter.agency)
        reply_by: ReplyBy = "mail" if self._may_answer(letter) else "none"
        receipt = self.intake.take(
            Delivery(
                content=content,
                file_name=name,
                door="mailbox",
                received_at=letter.waiting.arrived_at,
                key=f"{agency.code}:{letter.identity}",
                claimed_agency_code=agency.code,
                reply_by=reply_by,
                reply_to=letter.sender if reply_by == "mail" else None,
                reply_thread=letter.message_id or None,
                is_synthetic=self.is_synthetic,
                refused_with=refusal,
                stated_bytes=stated_bytes,
            )
        )
        self.done.taken += 1
        self.done.receipts.append(receipt.receipt_no)

    def _may_answer(self, letter: _Letter) -> bool:
        """Nobody where a machine wrote, and nobody for ever."""
        if letter.automatic:
            return False
        asked = {"address": letter.sender, "since": _a_day_ago()}
        with self.engine.connect() as connection:
            answered: int = connection.execute(_ANSWERS, asked).scalar_one()
        return answered < self.settings.mailbox.answers_a_day

    def _register_stranger(self, letter: _Letter) -> None:
        """Note that somebody wrote whom nobody knows: a matter for operators, never answered.

        Nothing of the mail is kept, for it may be about anybody; it stays in its folder.
        """
        with self.engine.connect() as connection:
            strangers: int = connection.execute(_STRANGERS, {"since": _a_day_ago()}).scalar_one()
        if strangers >= self.settings.mailbox.strangers_a_day:
            return
        receipt = self.intake.take(
            Delivery(
                content=b"",
                file_name=_STRANGERS_MAIL,
                door="mailbox",
                received_at=letter.waiting.arrived_at,
                key=f"?:{letter.identity}",
                is_synthetic=self.is_synthetic,
                refused_with="unknown_sender",
            )
        )
        self.done.receipts.append(receipt.receipt_no)


def mail_limits(settings: MailboxSettings) -> Limits:
    """What taking one mail apart may cost."""
    size = 2 * settings.mail_bytes
    return Limits(seconds=settings.parse_seconds, content_bytes=size, result_bytes=size)


@cache
def automatic_rules() -> list[dict[str, str]]:
    """Headers by which mails of machines are told, from automatic_mail.yml."""
    rules: list[dict[str, str]] = yaml.safe_load(_AUTOMATIC.read_text(encoding="utf-8"))
    return rules


def without_companions(
    attachments: list[dict[str, Any]], companions: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The attachments that are reports: scans and letters only where nothing else is there."""
    reports = [
        attachment
        for attachment in attachments
        if PurePosixPath(plain_name(attachment["name"])).suffix.lower() not in companions
    ]
    return reports or attachments


def _mail_refusal(code: str) -> DoorRefusal:
    """The door's own codes; what stopped the isolated process otherwise is a broken mail."""
    return cast("DoorRefusal", code) if code in get_args(DoorRefusal) else "unreadable_mail"


def _a_day_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)
