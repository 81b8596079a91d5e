"""What a file holds: told by a process that can do nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from ingestion.core.web import Download
from ingestion.core.web_pages import clean
from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated, run_again_if_busy
from ingestion.sources.open_data_portal.inspecting.facts import refused
from ingestion.sources.open_data_portal.inspecting.version import JOB, LIMITS, inspector_version
from ingestion.sources.open_data_portal.known import Known, Listed, Row

FACTS = (
    "content_sha256",
    "byte_count",
    "is_sample",
    "http_validator",
    "inspector_version",
    "real_format",
    "encoding",
    "table_state",
    "table_problem_vi",
    "table_error_count",
    "header_state",
    "row_count",
    "column_count",
    "personal_kinds",
    "personal_columns",
    "personal_count",
)
"""Facts of a content that stay true for as long as it is unchanged."""
_MADE_BY_US = ("content_sha256", "byte_count", "is_sample", "http_validator", "inspector_version")
_LONGEST_TEXT = 1_000
_MOST_ENTRIES = 20_000


@dataclass(frozen=True)
class Content:
    """A file that was had.

    Attributes:
        row: facts of it as they are landed.
        entries: rows of a publisher's list of datasets.
    """

    row: Row
    entries: tuple[Row, ...] = ()


class Inspector:
    """Inspects files; thread-safe. The bytes are forgotten when it has answered."""

    def __init__(self, workers: int) -> None:
        """Prepare; processes are started when a file has to be inspected."""
        self.version = inspector_version()
        self._pool = pool_of(workers)

    def __enter__(self) -> Self:
        """Enter."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes."""
        self._pool.__exit__(kind, error, trace)

    def content(self, listed: Listed, download: Download, known: Known | None) -> Content:
        """What a download holds; one that is known already is not inspected again.

        Raises:
            LookupError, WorkerNotStarted: the installation is broken.
        """
        body = download.content or b""
        facts = {
            "content_sha256": hashlib.sha256(body).hexdigest(),
            "byte_count": str(len(body)),
            "is_sample": "true" if download.is_sample else "false",
            "inspector_version": self.version,
        }
        if download.validator:
            facts["http_validator"] = download.validator
        if known is not None and self._is_same(listed, facts, known):
            told = {name: known.row[name] for name in FACTS if name in known.row}
            told.pop("http_validator", None)
            return Content({**told, **facts}, known.entries)
        answer = self._inspect(listed, download, body)
        told = {name: _text(answer.get(name)) for name in FACTS if name not in _MADE_BY_US}
        entries = answer.get("list_entries") or ()
        return Content(
            {**{name: text for name, text in told.items() if text}, **facts},
            tuple(_entry(place, item) for place, item in enumerate(entries[:_MOST_ENTRIES], 1)),
        )

    @staticmethod
    def _is_same(listed: Listed, facts: Row, known: Known) -> bool:
        same = ("content_sha256", "is_sample", "inspector_version")
        return (
            all(known.row.get(name) == facts[name] for name in same)
            and known.listed is not None
            and known.listed.role == listed.role
        )

    def _inspect(self, listed: Listed, download: Download, body: bytes) -> Mapping[str, Any]:
        options = {
            "format_text": listed.format_text,
            "media_type": download.media_type or listed.media_type,
            "role": listed.role,
            "is_sample": download.is_sample,
        }
        name = unquote(urlsplit(listed.stated.url).path).rsplit("/", 1)[-1][:200] or listed.name
        try:
            return run_again_if_busy(self._pool, JOB, body, name, options)
        except FileRefused as refusal:
            return refused(refusal)


def pool_of(workers: int) -> Any:  # noqa: ANN401 - a context manager that is a `Runs`
    """The processes that files are inspected in."""
    return Isolated(workers=workers, limits=LIMITS)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean(value, _LONGEST_TEXT)


def _entry(place: int, given: object) -> Row:
    told = given if isinstance(given, dict) else {}
    texts = {name: _text(told.get(name)) for name in ("title", "name", "publisher_name")}
    return {"position": str(place), **{name: text for name, text in texts.items() if text}}
