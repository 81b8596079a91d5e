"""The files of documents: fetched when new or changed, kept unchanged, told apart by their hash."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingestion.core.errors import SourceUnavailable
from ingestion.core.extractor import ExtractFile
from ingestion.core.landing import Landing, kept_path
from ingestion.core.web import LinkProblem, ProblemCode, WebClient
from ingestion.sources.budget_publications.known import KnownRow
from ingestion.sources.budget_publications.offers import Offer
from ingestion.sources.budget_publications.settings import SOURCE, Settings
from ingestion.sources.budget_publications.versions import Fetched, last_with_file

_SIGNATURES = ((b"PK\x03\x04", "xlsx"), (b"\xd0\xcf\x11\xe0", "xls"), (b"%PDF", "pdf"))


@dataclass
class Counts:
    """What happened to the files of a window."""

    fetched: int = 0
    unchanged: int = 0
    problems: dict[str, int] = field(default_factory=dict)
    is_synthetic: bool = False


class Files:
    """Fetches and keeps the files of one run."""

    def __init__(self, client: WebClient | None, settings: Settings, landing: Landing) -> None:
        """Without a client only files dropped by hand are kept."""
        self._client = client
        self._settings = settings
        self._landing = landing
        self._silent_in_a_row = 0

    async def get(
        self, offer: Offer, before: Sequence[KnownRow], kept: list[ExtractFile], counts: Counts
    ) -> tuple[Fetched | None, ProblemCode | None]:
        """The file of an offer, or why there is none.

        Args:
            offer: the document.
            before: its versions known before, oldest first.
            kept: takes in what was newly kept.
            counts: takes in what happened.

        Raises:
            SourceUnavailable: so many files in a row got no answer that the site must be down.
        """
        try:
            return await self._get(offer, before, kept, counts), None
        except LinkProblem as problem:
            counts.problems[problem.code] = counts.problems.get(problem.code, 0) + 1
            if not problem.is_passing:
                self._silent_in_a_row = 0
                return None, problem.code
            self._silent_in_a_row += 1
            if self._silent_in_a_row >= self._settings.files.down_after:
                raise SourceUnavailable(
                    f"{self._silent_in_a_row} files in a row got no answer: {problem.code}"
                ) from None
            return None, problem.code

    async def _get(
        self, offer: Offer, before: Sequence[KnownRow], kept: list[ExtractFile], counts: Counts
    ) -> Fetched | None:
        if offer.problem is not None:
            raise LinkProblem(offer.problem)
        if offer.content is not None:
            return await self._keep(
                offer.content, None, ExtractFileOrigin("manual", f"manual:{offer.file_name}"), kept
            )
        if self._client is None:
            raise LinkProblem("no_file")
        last = last_with_file(before)
        validator = self._validator(last)
        rules = self._settings.ckns if offer.door == "ckns" else self._settings.web
        download = await self._client.download(
            offer.file_url, validator, obey_robots=rules.obey_robots
        )
        self._silent_in_a_row = 0
        counts.is_synthetic |= download.is_synthetic
        if download.content is None:
            if last is None:  # nobody asked "changed since?"
                raise LinkProblem("not_answering")
            counts.unchanged += 1
            row = last.row
            return Fetched(
                row["file_sha256"], int(row["file_bytes"]), row.get("file_kind", ""), validator
            )
        counts.fetched += 1
        return await self._keep(
            download.content, download.validator, ExtractFileOrigin("api", offer.file_url), kept
        )

    def _validator(self, last: KnownRow | None) -> str | None:
        """What to ask "changed since?" with, if the version known before is still kept."""
        if last is None or not self._landing.has(kept_path(SOURCE, last.row["file_sha256"])):
            return None
        return last.row.get("http_validator")

    async def _keep(
        self,
        content: bytes,
        validator: str | None,
        origin: ExtractFileOrigin,
        kept: list[ExtractFile],
    ) -> Fetched:
        file = await asyncio.to_thread(self._landing.keep, SOURCE, content)
        kept.append(ExtractFile(file, origin.name, origin.url))
        return Fetched(file.sha256, file.byte_count, kind_of(content), validator)


@dataclass(frozen=True)
class ExtractFileOrigin:
    """How a file came: ``api`` or ``manual``, and from where."""

    name: str
    url: str


def kind_of(content: bytes) -> str:
    """What a file looks like by its first bytes; the reader decides what it is."""
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    start = content[:1024].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").lower()
    if start.startswith((b"<?xml", b"<\x00?\x00x")):
        return "xml"
    return "html" if start.startswith(b"<") else "csv"
