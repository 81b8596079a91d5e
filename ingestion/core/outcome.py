"""``ops.outcome``: one row per step, good or bad, written apart so that it survives a rollback."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from ingestion.core.errors import Cause, IngestionError
from ingestion.core.log import event, mask

logger = logging.getLogger(__name__)

Step = Literal["fetch", "land", "parse", "load", "build", "check", "notify", "publish"]
State = Literal["ok", "failed", "skipped"]

_INSERT = text("""
    insert into ops.outcome (
        source, resource, period, step, state, cause, extract_id, load_id, message, details,
        started_at, finished_at
    ) values (
        :source, :resource, :period, :step, :state, :cause, :extract_id, :load_id, :message,
        :details,        :started_at, :finished_at
    )""")


@dataclass
class Outcome:
    """One step's result; ``details`` must be JSON-serialisable and free of personal data."""

    step: Step
    source: str | None = None
    resource: str | None = None
    period: str | None = None
    state: State = "ok"
    cause: Cause | Literal["agency"] | None = None
    extract_id: uuid.UUID | None = None
    load_id: int | None = None
    message: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))


def write_outcome(engine: Engine, outcome: Outcome) -> None:
    """Write one outcome in its own transaction."""
    with engine.begin() as connection:
        connection.execute(
            _INSERT,
            {
                "source": outcome.source,
                "resource": outcome.resource,
                "period": outcome.period,
                "step": outcome.step,
                "state": outcome.state,
                "cause": outcome.cause,
                "extract_id": outcome.extract_id,
                "load_id": outcome.load_id,
                "message": mask(outcome.message) if outcome.message else None,
                "details": mask(json.dumps(outcome.details, ensure_ascii=False)),
                "started_at": outcome.started_at,
                "finished_at": datetime.now(UTC),
            },
        )


@contextmanager
def recorded_step(engine: Engine, outcome: Outcome) -> Iterator[Outcome]:
    """Run a step and write how it ended; an error goes on after it has been written.

    Example:
        >>> with recorded_step(engine, Outcome("build", source="tthc")) as outcome:
        ...     outcome.details["models"] = 12
    """
    try:
        yield outcome
    except Exception as error:
        outcome.state = "failed"
        outcome.cause = error.cause if isinstance(error, IngestionError) else "ours"
        outcome.message = str(error) or type(error).__name__
        try:
            write_outcome(engine, outcome)
        except SQLAlchemyError:
            # The step's own error matters more; the warehouse may be what failed.
            event(logger, "outcome not written", level=logging.ERROR, step=outcome.step)
        raise
    write_outcome(engine, outcome)
