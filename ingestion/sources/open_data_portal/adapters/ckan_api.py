"""CKAN's Action API: how an action is asked, and its envelope. field.md 4.3."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from ingestion.core.addresses import joined
from ingestion.core.door import decode
from ingestion.core.errors import DataRefused, SourceUnavailable, StatusRefused
from ingestion.core.log import quote_foreign
from ingestion.core.web import WebClient

Why = Literal["not_found", "not_allowed", "failed"]
_JSON = ("application/json",)
_STATUS: Mapping[int, Why] = {401: "not_allowed", 403: "not_allowed", 404: "not_found"}
_STATUS_GONE = 410


class ActionRefused(SourceUnavailable):
    """CKAN answered that it will not do what it was asked."""

    def __init__(self, message: str, why: Why) -> None:
        super().__init__(message)
        self.why: Why = why


class ActionApi:
    """Asks a portal's actions.

    Attributes:
        is_synthetic: an answer said that its data is simulated.
    """

    def __init__(self, client: WebClient, path: str) -> None:
        """Prepare; nothing is asked yet.

        Args:
            client: asks.
            path: of the interface on the portal's site.
        """
        self.is_synthetic = False
        self._client = client
        self._path = path.rstrip("/")

    async def ask(self, action: str, **parameters: object) -> Any:  # noqa: ANN401 - any JSON
        """The result of an action.

        Raises:
            ActionRefused: CKAN will not do it.
            SourceUnavailable: no answer.
            DataRefused: an answer that is not one of CKAN's.
        """
        url = joined(self._client.base_url + "/", f"{self._path}/{action}")
        if parameters:
            url = f"{url}?{urlencode(parameters)}"
        try:
            page = await self._client.document(url, _JSON)
        except StatusRefused as refused:
            status = 404 if refused.status == _STATUS_GONE else refused.status
            raise ActionRefused(str(refused), _STATUS.get(status, "failed")) from None
        self.is_synthetic |= page.is_synthetic
        return result_of(await asyncio.to_thread(decode, page.body, action), action)


def result_of(payload: object, action: str) -> Any:  # noqa: ANN401 - any JSON
    """What stands in CKAN's envelope.

    Raises:
        ActionRefused: it holds an error, also where HTTP said that all is well.
        DataRefused: it is no envelope of CKAN's.
    """
    if not isinstance(payload, dict) or "success" not in payload:
        raise DataRefused(f"{action}: the answer is not CKAN's: it lacks 'success'")
    if payload["success"] is True and "result" in payload:
        return payload["result"]
    error = payload.get("error")
    kind = error.get("__type") if isinstance(error, dict) else None
    words = quote_foreign(kind, 60) if isinstance(kind, str) else "no kind of error"
    why: Why = "failed"
    if words.startswith("Not Found"):
        why = "not_found"
    elif words.startswith("Authorization"):
        why = "not_allowed"
    raise ActionRefused(f"{action}: CKAN says {words}", why)


def search_result(result: object) -> tuple[list[Any], int]:
    """Records and count of a result of ``package_search``.

    Raises:
        DataRefused: it has another shape.
    """
    if isinstance(result, dict):
        records, count = result.get("results"), result.get("count")
        if isinstance(records, list) and type(count) is int and count >= 0:
            return records, count
    raise DataRefused("package_search: the answer holds no count and list of datasets")
