"""Leave a row in ``ops.outcome`` for a check or a notice run, good or bad."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, text

ROLE = "cchc_alert"
"""The database role of this package: reads the marts, writes findings, notices and outcomes."""

_INSERT = text("""
    insert into ops.outcome (
        source, resource, period, step, state, cause, message, details, started_at
    ) values (
        'tthc', 'dossiers', :period, :step, :state, :cause, :message, :details, :started_at
    )
""")


def record_outcome(
    warehouse: Engine,
    step: Literal["check", "notify"],
    state: Literal["ok", "failed", "skipped"],
    period: str,
    started_at: datetime,
    *,
    message: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one outcome. A failed one is ours: what agencies do wrong is a finding instead."""
    with warehouse.begin() as connection:
        connection.execute(
            _INSERT,
            {
                "period": period,
                "step": step,
                "state": state,
                "cause": "ours" if state == "failed" else None,
                "message": message[:2000] if message else None,
                "details": json.dumps(details, ensure_ascii=False) if details else None,
                "started_at": started_at,
            },
        )
