"""Bounds of the doors, read from section ``doors`` of ``source.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ingestion.core.source import settings_named, source_yml

SOURCE = "agency_reports"
_KIB = 1024
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Folders:
    """Folders of the mailbox that mails are moved to."""

    taken: str
    to_look_at: str
    automatic: str
    without_file: str


@dataclass(frozen=True)
class MailboxSettings:
    """How the mailbox is read; what each setting is for stands beside it in ``source.yml``."""

    inbox: str
    folders: Folders
    mail_mib: int
    header_kib: int
    attachments: int
    nesting: int
    mails_a_run: int
    answers_a_day: int
    strangers_a_day: int
    seconds: float
    parse_seconds: float
    authserv_id: str
    companions: tuple[str, ...]

    @property
    def mail_bytes(self) -> int:
        """Size of the largest mail that is fetched."""
        return self.mail_mib * _MIB

    @property
    def header_bytes(self) -> int:
        """Length of the longest header that is fetched."""
        return self.header_kib * _KIB


@dataclass(frozen=True)
class Rate:
    """A bucket of tries: ``burst`` at once, then ``per_minute``."""

    per_minute: float
    burst: int


@dataclass(frozen=True)
class UploadSettings:
    """How uploads are taken; what each setting is for stands beside it in ``source.yml``."""

    at_once: int
    readings_at_once: int
    body_seconds: float
    header_seconds: float
    connections: int
    form_kib: int
    by_address: Rate
    by_token: Rate
    wrong_tokens: Rate
    addresses_remembered: int

    @property
    def form_bytes(self) -> int:
        """What a request may hold besides the file."""
        return self.form_kib * _KIB


@dataclass(frozen=True)
class DoorSettings:
    """All bounds of the doors.

    Attributes:
        token_days: how long an upload token serves.
    """

    file_mib: int
    mailbox: MailboxSettings
    upload: UploadSettings
    token_days: int

    @property
    def file_bytes(self) -> int:
        """Size of the largest file that a door takes."""
        return self.file_mib * _MIB


@cache
def read_door_settings() -> DoorSettings:
    """The bounds in ``source.yml``.

    Raises:
        ContractError: something is missing or misspelt; the message names it.
    """
    return door_settings_from(source_yml(SOURCE))


def door_settings_from(given: Mapping[str, Any]) -> DoorSettings:
    """The bounds in a decoded ``source.yml``.

    Raises:
        ContractError: something is missing or misspelt; the message names it.
    """
    with settings_named(SOURCE):
        doors = given["doors"]
        mailbox, upload = dict(doors["mailbox"]), dict(doors["upload"])
        folders, companions = mailbox.pop("folders"), mailbox.pop("companions")
        per_minute, burst = upload.pop("per_minute"), upload.pop("burst")
        wrong_tokens = upload.pop("wrong_tokens")
        return DoorSettings(
            file_mib=doors["file_mib"],
            mailbox=MailboxSettings(
                folders=Folders(**folders), companions=tuple(companions), **mailbox
            ),
            upload=UploadSettings(
                by_address=Rate(per_minute["address"], burst["address"]),
                by_token=Rate(per_minute["token"], burst["token"]),
                wrong_tokens=Rate(**wrong_tokens),
                **upload,
            ),
            token_days=doors["token"]["days"],
        )
