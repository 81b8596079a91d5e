"""``ops.ledger``: what was due for which period, and what came of it.

A cell that was accepted stays so when a later run fails: the rows it speaks of are still there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, text

from ingestion.core.errors import Cause
from ingestion.core.period import Period

PROVINCE_KEY = 1
"""``agency_key`` of the province: cells about a whole source system belong to it."""

ACCEPT = """
    insert into ops.ledger (
        source, resource, agency_key, period_type, period_start, due_on, outcome, cause, load_id,
        row_count, rejected_count
    ) values (
        :source, :resource, :agency_key, :period_type, :period_start, :due_on, 'accepted', null,
        :load_id, :row_count, :rejected_count
    )
    on conflict (source, resource, agency_key, period_type, period_start) do update set
        due_on = excluded.due_on, outcome = excluded.outcome, cause = excluded.cause,
        load_id = excluded.load_id, row_count = excluded.row_count,
        rejected_count = excluded.rejected_count, decided_at = now()"""
"""Runs inside the transaction of the load."""

_DENY = text("""
    insert into ops.ledger (
        source, resource, agency_key, period_type, period_start, due_on, outcome, cause
    ) values (
        :source, :resource, :agency_key, :period_type, :period_start, :due_on, :outcome, :cause
    )
    on conflict (source, resource, agency_key, period_type, period_start) do update set
        due_on = excluded.due_on, outcome = excluded.outcome, cause = excluded.cause,
        decided_at = now()
    where ledger.outcome in ('missing', 'failed')""")

_CELLS = text("""
    select source, resource, agency_key, period_type, period_start, due_on, outcome, cause, load_id,
        row_count, rejected_count, decided_at
    from ops.ledger
    where (cast(:first as date) is null or period_start >= :first)
        and (cast(:last as date) is null or period_start <= :last)
    order by source, resource, period_start, agency_key""")


@dataclass(frozen=True)
class Cell:
    """Address of a ledger cell and its due date."""

    source: str
    resource: str
    period: Period
    due_on: date
    agency_key: int = PROVINCE_KEY

    def parameters(self) -> dict[str, Any]:
        """As statement parameters."""
        return {
            "source": self.source,
            "resource": self.resource,
            "agency_key": self.agency_key,
            "period_type": self.period.kind,
            "period_start": self.period.start,
            "due_on": self.due_on,
        }


def deny(engine: Engine, cell: Cell, outcome: Literal["missing", "failed"], cause: Cause) -> None:
    """Note that nothing was loaded for a cell, unless it is accepted or excused already."""
    with engine.begin() as connection:
        connection.execute(_DENY, {**cell.parameters(), "outcome": outcome, "cause": cause})


def read_cells(
    engine: Engine, first: date | None = None, last: date | None = None
) -> list[dict[str, Any]]:
    """Cells with a period that starts between two days, both included, as plain dictionaries."""
    with engine.connect() as connection:
        rows = connection.execute(_CELLS, {"first": first, "last": last}).mappings()
        return [dict(row) for row in rows]


def holes(cells: list[dict[str, Any]], first: date, last: date) -> list[dict[str, Any]]:
    """Days between two dates for which a (source, resource) that has cells has none."""
    known = {(c["source"], c["resource"]) for c in cells}
    there = {
        (c["source"], c["resource"], c["period_start"]) for c in cells if c["period_type"] == "day"
    }
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        {"source": source, "resource": resource, "period_start": day, "outcome": "undecided"}
        for source, resource in sorted(known)
        for day in days
        if (source, resource, day) not in there
    ]
