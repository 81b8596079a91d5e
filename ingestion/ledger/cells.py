"""``ops.ledger``: one row per cell that was decided, and how a decision may change.

A cell that was accepted stays so when a later run fails: the rows it speaks of are still there.
Reports are judged anew from all deliveries that were kept, so theirs may turn out hollow later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection, Engine, text

from ingestion.core.errors import Cause
from ingestion.core.period import Kind, Period
from ingestion.ledger.obligations import Party
from ingestion.ledger.wording import SYSTEM_REASONS

PROVINCE_KEY = 1
"""``agency_key`` of the province: cells about a whole source system belong to it."""

OutcomeOf = Literal["accepted", "missing", "excused", "failed"]
CauseOf = Literal["source", "ours", "agency"]
Address = tuple[str, str, int, Kind, date]
"""Source, resource, agency, kind and first day of the period: the key of a cell."""

ACCEPT = """
    insert into ops.ledger (
        source, resource, agency_key, period_type, period_start, due_on, outcome, cause, reason,
        load_id, row_count, rejected_count
    ) values (
        :source, :resource, :agency_key, :period_type, :period_start, :due_on, 'accepted', null,
        null, :load_id, :row_count, :rejected_count
    )
    on conflict (source, resource, agency_key, period_type, period_start) do update set
        due_on = excluded.due_on, outcome = excluded.outcome, cause = excluded.cause,
        reason = excluded.reason, load_id = excluded.load_id, row_count = excluded.row_count,
        rejected_count = excluded.rejected_count, decided_at = now()"""
"""Runs inside the transaction of the load."""

_DENY = text("""
    insert into ops.ledger (
        source, resource, agency_key, period_type, period_start, due_on, outcome, cause, reason
    ) values (
        :source, :resource, :agency_key, :period_type, :period_start, :due_on, :outcome, :cause,
        :reason
    )
    on conflict (source, resource, agency_key, period_type, period_start) do update set
        due_on = excluded.due_on, outcome = excluded.outcome, cause = excluded.cause,
        reason = excluded.reason, decided_at = now()
    where ledger.outcome in ('missing', 'failed')""")

_WRITE = text("""
    insert into ops.ledger (
        source, resource, agency_key, period_type, period_start, due_on, outcome, cause, reason,
        row_count, received_on, completeness
    )
    select *
    from unnest(
        cast(:source as text[]), cast(:resource as text[]), cast(:agency_key as integer[]),
        cast(:period_type as text[]), cast(:period_start as date[]), cast(:due_on as date[]),
        cast(:outcome as text[]), cast(:cause as text[]), cast(:reason as text[]),
        cast(:row_count as integer[]), cast(:received_on as date[]),
        cast(:completeness as numeric[])
    )
    on conflict (source, resource, agency_key, period_type, period_start) do update set
        due_on = excluded.due_on, outcome = excluded.outcome, cause = excluded.cause,
        reason = excluded.reason, row_count = excluded.row_count,
        received_on = excluded.received_on, completeness = excluded.completeness,
        decided_at = now()
    where
        (
            ledger.outcome <> 'accepted' or excluded.outcome = 'accepted'
            or ledger.received_on is not null
        )
        and (
            ledger.due_on, ledger.outcome, ledger.cause, ledger.reason, ledger.row_count,
            ledger.received_on, ledger.completeness
        )
        is distinct from (
            excluded.due_on, excluded.outcome, excluded.cause, excluded.reason, excluded.row_count,
            excluded.received_on, excluded.completeness
        )""")

_STORED = text("""
    select source, resource, agency_key, period_type, period_start, outcome, cause, reason,
        row_count, rejected_count, received_on, completeness, decided_at
    from ops.ledger
    where period_start >= :first and period_start <= :last""")

_SPAN = text("select min(period_start), max(period_start) from ops.ledger")


@dataclass(frozen=True)
class Cell:
    """Address of a ledger cell and its due date."""

    source: str
    resource: str
    period: Period
    due_on: date
    agency_key: int = PROVINCE_KEY

    @property
    def party(self) -> Party:
        """Who owes it: the source as a whole, or an agency."""
        return "system" if self.agency_key == PROVINCE_KEY else "agency"

    @property
    def address(self) -> Address:
        """The key of the cell."""
        period = self.period
        return self.source, self.resource, self.agency_key, period.kind, period.start

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


@dataclass(frozen=True)
class Decision:
    """What came of a cell.

    Attributes:
        outcome: ``accepted``, ``missing``, ``excused`` or ``failed``.
        cause: on whose side the reason lies; None when accepted.
        reason: a Vietnamese sentence; None when accepted.
        row_count: rows loaded, or dossiers counted for an agency.
        rejected_count: records held back.
        received_on: the day on which an agency's report came; None for other data.
        completeness: weight of what it answered by the weight of what it was asked, 0 … 1.
        decided_at: when the ledger was told; None for a decision that is not stored yet.
    """

    outcome: OutcomeOf
    cause: CauseOf | None = None
    reason: str | None = None
    row_count: int | None = None
    rejected_count: int | None = None
    received_on: date | None = None
    completeness: Decimal | None = None
    decided_at: datetime | None = None


def deny(engine: Engine, cell: Cell, outcome: Literal["missing", "failed"], cause: Cause) -> None:
    """Note that nothing was loaded for a cell, unless it is accepted or excused already."""
    reason = SYSTEM_REASONS[outcome, cause]
    decided = {"outcome": outcome, "cause": cause, "reason": reason}
    with engine.begin() as connection:
        connection.execute(_DENY, {**cell.parameters(), **decided})


def write_decisions(connection: Connection, decisions: dict[Cell, Decision]) -> int:
    """Store decisions in one statement; an accepted cell stays accepted, but for reports.

    Returns:
        How many cells are new or changed.
    """
    if not decisions:
        return 0
    rows = [
        {
            **cell.parameters(),
            "outcome": decision.outcome,
            "cause": decision.cause,
            "reason": decision.reason,
            "row_count": decision.row_count,
            "received_on": decision.received_on,
            "completeness": decision.completeness,
        }
        for cell, decision in decisions.items()
    ]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return connection.execute(_WRITE, columns).rowcount


def stored_decisions(connection: Connection, first: date, last: date) -> dict[Address, Decision]:
    """What the ledger holds of periods that begin between two days, both included."""
    found = connection.execute(_STORED, {"first": first, "last": last})
    return {
        (row.source, row.resource, row.agency_key, row.period_type, row.period_start): Decision(
            row.outcome,
            row.cause,
            row.reason,
            row.row_count,
            row.rejected_count,
            row.received_on,
            row.completeness,
            row.decided_at,
        )
        for row in found
    }


def ledger_span(connection: Connection) -> tuple[date, date] | None:
    """The first days of the earliest and latest periods decided; None in an empty ledger."""
    row = connection.execute(_SPAN).one()
    return None if row[0] is None else (row[0], row[1])
