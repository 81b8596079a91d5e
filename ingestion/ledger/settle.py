"""Deciding what each agency owed, after the marts were built.

Running it again over the same data changes nothing, not even the time of a decision.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, text

from ingestion.core.errors import IngestionError
from ingestion.core.outcome import Outcome, recorded_step
from ingestion.core.period import Period
from ingestion.ledger.cells import (
    PROVINCE_KEY,
    Address,
    Cell,
    Decision,
    ledger_span,
    stored_decisions,
    write_decisions,
)
from ingestion.ledger.due import all_agencies, due_cells
from ingestion.ledger.excuses import read_excuses
from ingestion.ledger.judging import Evidence, SystemRecord, judge_agencies, judge_system
from ingestion.ledger.obligations import Obligation, ObligationError, read_obligations
from ingestion.ledger.publications import SOURCE as PUBLICATIONS
from ingestion.ledger.publications import publication_decisions
from ingestion.ledger.reports import SOURCE as REPORTS
from ingestion.ledger.reports import report_decisions
from ingestion.ledger.wording import NOT_OWED

_EVIDENCE: Mapping[tuple[str, str], str] = {
    ("tthc", "dossiers"): """
        select month_start, agency_key, received_count
        from intermediate.int_dossier_parts__monthly
        where received_count > 0 and month_start >= :first and month_start < :end""",
}
"""What counts as received from an agency, by month; each record counts for one agency only."""

_IS_BUILT = text("select to_regclass('intermediate.int_dossier_parts__monthly') is not null")


class MartsNotBuilt(IngestionError):
    """The marts in which records are counted are not there yet."""


@dataclass(frozen=True)
class Settlement:
    """What `settle` did.

    Attributes:
        due: agencies' cells due.
        decided: cells decided, by outcome and cause (``missing agency``).
        undecided: cells of which nothing can be said yet.
        changed: rows of the ledger that are new or different.
    """

    due: int
    decided: dict[str, int]
    undecided: int
    changed: int


def settle(engine: Engine, first: date, last: date) -> Settlement:
    """Decide the agencies' cells of every period that has a day between two days.

    Dossiers are counted in the marts, so these must have been built. Of budget publications and
    agency reports, those that fell due between the two days are decided, and reports of which
    something came between them.

    Args:
        engine: the warehouse, in the role that writes the ledger.
        first: first day.
        last: last day, included.

    Raises:
        MartsNotBuilt: there is nothing to count in.
        ObligationError: agencies owe something for which nothing can be counted.
    """
    with recorded_step(engine, Outcome("check", period=f"{first}..{last}")) as outcome:
        with engine.begin() as connection:
            settlement = _settle(connection, first, last)
        outcome.details["ledger"] = vars(settlement)
    return settlement


def _settle(connection: Connection, first: date, last: date) -> Settlement:
    obligations = read_obligations()
    owed = [item for item in obligations if item.party == "agency" and item.source != REPORTS]
    cells = due_cells(owed, all_agencies(), first, last, begun=True)
    start = min((cell.period.start for cell in cells), default=first)
    end = max((cell.period.end for cell in cells), default=last)
    known = ledger_span(connection)
    horizon = max(end, known[1]) if known else end
    stored = stored_decisions(connection, start, horizon)
    excuses = read_excuses()

    system = {
        cell: judge_system(cell, stored.get(cell.address), excuses)
        for cell in due_cells(
            [item for item in obligations if item.party == "system"], (), start, horizon
        )
    }
    evidence = _evidence(connection, owed, cells, start, end)
    judged = judge_agencies(cells, evidence, SystemRecord(system), excuses)
    rewritten = {
        cell: decision
        for cell, decision in system.items()
        if decision is not None and decision != stored.get(cell.address)
    }
    let_go = _no_longer_owed(stored, cells, start, end)
    published = publication_decisions(connection, first, last)
    excused = {cell: excuse.decision() for cell in published if (excuse := excuses.of(cell))}
    came = {cell: item for cell, item in published.items() if item.outcome == "accepted"}
    reported = report_decisions(connection, first, last, excuses)
    decided = judged | published | excused | came | reported.decided
    changed = write_decisions(connection, {**rewritten, **decided, **let_go})
    kinds = Counter(f"{d.outcome} {d.cause or ''}".strip() for d in decided.values())
    due = len(cells) + len(published) + reported.due
    undecided = len(cells) - len(judged) + reported.undecided
    return Settlement(due, dict(sorted(kinds.items())), undecided, changed)


def _evidence(
    connection: Connection,
    owed: Collection[Obligation],
    cells: Collection[Cell],
    start: date,
    end: date,
) -> Evidence:
    """Records received, one query per resource that agencies owe."""
    periods: dict[tuple[str, str], dict[date, Period]] = defaultdict(dict)
    for source, resource, period in {(cell.source, cell.resource, cell.period) for cell in cells}:
        for day in period.days():
            if day.start.day == 1:
                periods[source, resource][day.start] = period
    if not connection.scalar(_IS_BUILT):
        raise MartsNotBuilt("the marts are not built yet: run `cchc marts build` first")
    found: dict[tuple[str, str, int, Period], int] = Counter()
    for source, resource in sorted({(item.source, item.resource) for item in owed}):
        query = _EVIDENCE.get((source, resource))
        if query is None or any(item.period_type == "day" for item in owed):
            raise ObligationError(f"nothing counts by day what agencies send: {source} {resource}")
        for row in connection.execute(text(query), {"first": start, "end": end}):
            whole = periods[source, resource].get(row.month_start)
            if whole is not None:
                found[source, resource, row.agency_key, whole] += row.received_count
    return found


def _no_longer_owed(
    stored: Mapping[Address, Decision], cells: Collection[Cell], start: date, end: date
) -> dict[Cell, Decision]:
    """Cells held against an agency that, by today's obligations, owes nothing there."""
    due = {cell.address for cell in cells}
    return {
        Cell(source, resource, Period(day, kind), Period(day, kind).end, agency_key): Decision(
            "excused", "ours", NOT_OWED
        )
        for (source, resource, agency_key, kind, day), decision in stored.items()
        if agency_key != PROVINCE_KEY
        and source not in (PUBLICATIONS, REPORTS)  # these are decided by rules of their own
        and decision.outcome != "accepted"
        and start <= day < end
        and (source, resource, agency_key, kind, day) not in due
    }
