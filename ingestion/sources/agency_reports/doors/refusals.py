"""Why a door itself does not take a file, in a sentence its sender can act on."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, get_args

import yaml

from ingestion.core.contract import ContractError
from ingestion.sources.agency_reports.doors.settings import read_door_settings

DoorRefusal = Literal[
    "unknown_sender",
    "no_attachment",
    "outlook_envelope",
    "mail_too_large",
    "file_too_large",
    "too_many_attachments",
    "unreadable_mail",
]
"""Reason codes of the doors; readers and the judge have their own."""

_SENTENCES = Path(__file__).with_name("refusals.yml")


@cache
def door_sentences() -> dict[str, str]:
    """The Vietnamese sentence of every code, bounds filled in.

    Raises:
        ContractError: the file does not hold exactly the known codes.
    """
    given: dict[str, str] = yaml.safe_load(_SENTENCES.read_text(encoding="utf-8"))
    if set(given) != set(get_args(DoorRefusal)):
        raise ContractError(f"{_SENTENCES.name}: its codes are not those of DoorRefusal")
    settings = read_door_settings()
    bounds = {
        "file_mib": settings.file_mib,
        "mail_mib": settings.mailbox.mail_mib,
        "attachments": settings.mailbox.attachments,
    }
    return {code: sentence.format(**bounds) for code, sentence in given.items()}
