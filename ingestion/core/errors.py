"""What can go wrong on the way from a source to raw, told apart by whose fault it is.

``cause`` goes into ``ops.outcome`` and ``ops.ledger``; ``exit_code`` is what ``cchc`` ends with.
Messages are written for the data team and never hold a secret or a personal value.
"""

from __future__ import annotations

from typing import Literal

Cause = Literal["source", "ours"]


class IngestionError(RuntimeError):
    """Our own fault unless a subclass says otherwise: disk, database, configuration, a bug."""

    cause: Cause = "ours"
    exit_code = 1


class SourceUnavailable(IngestionError):
    """The source does not answer, or answers with errors, although we asked politely again."""

    cause: Cause = "source"
    exit_code = 3


class StatusRefused(SourceUnavailable):
    """The source answered a request with an HTTP status that asking again does not change."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class DataRefused(IngestionError):
    """The source answered with something that must not be loaded (shape, size, completeness)."""

    cause: Cause = "source"
    exit_code = 4


class PagesDrifted(DataRefused):
    """The pages of one window do not belong together; fetching the window again may help."""


class LandingCorrupted(IngestionError):
    """A landed file is missing or no longer has the content its name promises."""
