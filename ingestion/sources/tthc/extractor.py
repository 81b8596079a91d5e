"""The one-stop system's HTTP interface: login, envelope and error codes."""

from __future__ import annotations

from typing import Any

from ingestion.core.connection import Connection
from ingestion.core.door import decode
from ingestion.core.errors import DataRefused, SourceUnavailable
from ingestion.core.extractor import (
    Extractor,
    Page,
    Progress,
    SnapshotPages,
    WindowedPages,
    Workplace,
)
from ingestion.core.http import Answer, SourceClient
from ingestion.core.log import keep_secret, quote_foreign
from ingestion.core.source import Source

_SUCCESS = ("0", "00")


def _check_envelope(payload: object, what: str) -> dict[str, Any]:
    """An answer is an object whose ``error_code`` says success ("0", "00" or the number 0)."""
    if not isinstance(payload, dict) or type(payload) is not dict:
        raise DataRefused(f"{what}: the answer is not one plain JSON object")
    code = str(payload.get("error_code", ""))
    if code not in _SUCCESS:
        message = quote_foreign(str(payload.get("message", "")))
        raise DataRefused(
            f"{what}: error_code {quote_foreign(code) or 'missing'} {message}".strip()
        )
    return payload


class _TthcPages(Extractor):
    """What all resources of the system have in common."""

    def read_page(self, payload: object, answer: Answer, what: str) -> Page:
        """Take ``{"error_code", "total", "data": […]}`` apart."""
        envelope = _check_envelope(payload, what)
        records, total = envelope.get("data"), envelope.get("total")
        if isinstance(total, str) and total.isascii() and total.isdigit():
            total = int(total[:12])
        if not isinstance(records, list):
            raise DataRefused(f"{what}: 'data' is not a list")
        if not isinstance(total, int) or isinstance(total, bool) or total < 0:
            raise DataRefused(f"{what}: 'total' is not a count")
        synthetic = answer.headers.get("X-Data-Origin", "").strip().lower() == "synthetic"
        return Page(records, total, synthetic)


class TthcWindow(_TthcPages, WindowedPages):
    """Dossiers and ratings."""


class TthcSnapshot(_TthcPages, SnapshotPages):
    """Procedures."""


def make_extractor(
    source: Source,
    resource: str,
    client: SourceClient,
    progress: Progress | None = None,
    workplace: Workplace | None = None,
) -> Extractor:
    """The extractor for a resource, by the access pattern in ``source.yml``."""
    windowed = source.resources[resource].access == "windowed"
    return (TthcWindow if windowed else TthcSnapshot)(source, resource, client, progress)


def make_client(source: Source, connection: Connection, base_url: str | None) -> SourceClient:
    """A session with the system at the connection's address, or at ``base_url``."""
    keep_secret(connection.password)

    async def log_in(client: SourceClient) -> str:
        answer = await client.post_login(
            source.login_path,
            {"username": connection.login or "", "password": connection.password or ""},
        )
        payload = decode(answer.body, "login")
        envelope = payload if isinstance(payload, dict) else {}
        code = str(envelope.get("error_code", ""))
        session = envelope.get("session") if code in _SUCCESS else None
        if not isinstance(session, str) or not session:
            raise SourceUnavailable("login: the answer holds no session")
        keep_secret(session)
        return session

    return SourceClient(base_url or connection.base_url, source.http, log_in)
