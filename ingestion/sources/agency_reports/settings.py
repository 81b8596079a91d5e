"""What ``source.yml`` says of taking in; bounds of the doors: ``doors/settings.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ingestion.core.source import settings_named, source_yml
from ingestion.sources.agency_reports.forms import SOURCE


@dataclass(frozen=True)
class InboxSettings:
    """How the inbox folder is looked at; what each setting is for stands in ``source.yml``."""

    settle_seconds: float
    files_a_run: int
    unfinished: Sequence[str]


@dataclass(frozen=True)
class IntakeSettings:
    """How what was delivered is taken in; what each setting is for stands in ``source.yml``."""

    workers: int
    archive_files_a_day: int
    look_back_days: int


@cache
def read_inbox_settings() -> InboxSettings:
    """The settings of the inbox.

    Raises:
        ContractError: something is missing or misspelt; the message names it.
    """
    with settings_named(SOURCE):
        return InboxSettings(**source_yml(SOURCE)["inbox"])


@cache
def read_intake_settings() -> IntakeSettings:
    """The settings of the intake.

    Raises:
        ContractError: something is missing or misspelt; the message names it.
    """
    with settings_named(SOURCE):
        return IntakeSettings(**source_yml(SOURCE)["intake"])
