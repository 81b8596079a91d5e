"""Logging as ``key=value`` lines, and the one place that knows which values are secret.

Every secret that this process learns (passwords, session tokens) is told to `keep_secret`; `mask`
takes it out of any text before that text is logged, raised or stored.
"""

from __future__ import annotations

import json
import logging
import threading
from typing import IO

from ingestion.core.guard import mask_personal

_MASK = "***"
_MOST_TOKENS = 64
_secrets: dict[str, None] = {}
_lock = threading.Lock()


def keep_secret(value: str | None) -> None:
    """Remember a value that must never be written anywhere. Very short ones are not usable."""
    if not value or len(value) < 4:
        return
    with _lock:
        _secrets[value] = None
        while len(_secrets) > _MOST_TOKENS:
            _secrets.pop(next(iter(_secrets)))


def mask(text: str) -> str:
    """The text with every known secret replaced by ``***``."""
    with _lock:
        known = sorted(_secrets, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, _MASK)
    return text


def quote_foreign(text: str, limit: int = 200) -> str:
    """Text that came from outside, made fit for a log line or an error message.

    Secrets and personal values are masked, control characters (log injection) become spaces, and
    it is cut to ``limit`` characters.
    """
    flat = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    return mask_personal(mask(flat))[0][:limit]


class KeyValueFormatter(logging.Formatter):
    """``time=… level=… logger=… event="…" key=value …``; values quoted where needed."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, secrets masked."""
        fields: dict[str, object] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return mask(" ".join(f"{key}={_quoted(value)}" for key, value in fields.items()))


def _quoted(value: object) -> str:
    text = str(value)
    plain = text and all(c.isalnum() or c in "-_.:/+" for c in text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def configure(level: int = logging.INFO, stream: IO[str] | None = None) -> None:
    """Send the project's log lines to ``stream`` (standard error). Safe to call again."""
    logger = logging.getLogger("ingestion")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(KeyValueFormatter())
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def event(
    logger: logging.Logger, message: str, /, *, level: int = logging.INFO, **fields: object
) -> None:
    """Log one event with structured fields."""
    logger.log(level, message, extra={"fields": fields})
