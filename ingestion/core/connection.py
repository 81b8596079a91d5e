"""Connections to sources, read from ``AIRFLOW_CONN_<ID>`` without importing Airflow.

The forms are Airflow's own: a URI ``http://user:pass@host:port/schema?key=value`` (with the parts
percent-encoded) or a JSON object. https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ingestion.core.environment import ConfigurationError


@dataclass(frozen=True)
class Connection:
    """Where a source is and how to log in. The password never shows in ``repr``."""

    conn_type: str
    host: str
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def base_url(self) -> str:
        """``scheme://host[:port]`` without login and without a trailing slash."""
        scheme = self.conn_type if self.conn_type in ("http", "https") else "http"
        if self.schema in ("http", "https"):  # Airflow's HTTP connection keeps the scheme here
            scheme = self.schema
        host = self.host.removeprefix("http://").removeprefix("https://").rstrip("/")
        if self.host.startswith("https://"):
            scheme = "https"
        if ":" in host and not host.startswith("["):
            host = f"[{host}]" if host.count(":") > 1 else host
        return f"{scheme}://{host}" + (f":{self.port}" if self.port else "")


def read_connection(conn_id: str) -> Connection:
    """Read connection ``conn_id`` from the environment.

    Raises:
        ConfigurationError: it is not set, or is neither a URI nor a JSON object. The message
            never repeats the value, which holds a password.
    """
    variable = f"AIRFLOW_CONN_{conn_id.upper()}"
    text = os.environ.get(variable, "").strip()
    if not text:
        raise ConfigurationError(
            f"No connection {conn_id!r}: set {variable} to http://user:password@host:port/"
        )
    try:
        return _from_json(text) if text.startswith("{") else _from_uri(text)
    except (ValueError, TypeError):
        raise ConfigurationError(
            f"{variable} is neither a connection URI nor a JSON object with a host"
        ) from None


def _from_uri(text: str) -> Connection:
    parts = urlsplit(text)
    if not parts.scheme or not parts.hostname:
        raise ValueError
    extra: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "__extra__" in extra:
        extra = json.loads(extra["__extra__"])
    return Connection(
        conn_type=parts.scheme,
        host=unquote(parts.hostname),
        port=parts.port,
        login=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        schema=unquote(parts.path.lstrip("/")) or None,
        extra=extra,
    )


def _from_json(text: str) -> Connection:
    given = json.loads(text)
    extra = given.get("extra") or {}
    if isinstance(extra, str):
        extra = json.loads(extra)
    if not isinstance(extra, dict) or not given.get("host"):
        raise ValueError
    return Connection(
        conn_type=str(given.get("conn_type") or "http"),
        host=str(given["host"]),
        port=int(given["port"]) if given.get("port") else None,
        login=given.get("login"),
        password=given.get("password"),
        schema=given.get("schema"),
        extra=extra,
    )
