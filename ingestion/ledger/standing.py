"""Where everything that is due stands: the cells due, each with its decision or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import Engine

from ingestion.core.period import Period
from ingestion.ledger.cells import CauseOf, Cell, Decision, OutcomeOf, stored_decisions
from ingestion.ledger.due import all_agencies, due_cells
from ingestion.ledger.obligations import Party, read_obligations

Group = TypeVar("Group", bound=Hashable)
UNDECIDED = "undecided"


@dataclass(frozen=True)
class CellState:
    """A cell that is due and what came of it.

    Attributes:
        source: name of a source.
        resource: name of a resource of it.
        party: ``system`` or ``agency``.
        agency_key: who owes it; the province's key for a whole source.
        period: what for.
        due_on: by when.
        outcome: None while nobody decided.
        cause: on whose side the reason lies; None when accepted or undecided.
        reason: a Vietnamese sentence; None when accepted or undecided.
        row_count: rows loaded, or dossiers counted for an agency.
        rejected_count: records held back.
        received_on: the day on which an agency's report came; None for other data.
        completeness: weight of what it answered by the weight of what it was asked, 0 … 1.
        decided_at: when.
    """

    source: str
    resource: str
    party: Party
    agency_key: int
    period: Period
    due_on: date
    outcome: OutcomeOf | None = None
    cause: CauseOf | None = None
    reason: str | None = None
    row_count: int | None = None
    rejected_count: int | None = None
    received_on: date | None = None
    completeness: Decimal | None = None
    decided_at: datetime | None = None

    @property
    def verdict(self) -> str:
        """The outcome, or ``undecided``."""
        return self.outcome or UNDECIDED


@dataclass(frozen=True)
class Tally:
    """How many cells of a group stand how.

    Attributes:
        due: cells that are due.
        verdicts: number of cells by outcome, ``undecided`` among them.
    """

    due: int
    verdicts: dict[str, int]

    @property
    def accepted(self) -> int:
        """Cells accepted."""
        return self.verdicts.get("accepted", 0)

    @property
    def share(self) -> float | None:
        """Accepted cells as a part of all that are due, 0 … 1; None when nothing is due."""
        return self.accepted / self.due if self.due else None

    def percent(self) -> str:
        """The share in Vietnamese notation; cut, not rounded: 100,00 only when nothing lacks."""
        hundredths = self.accepted * 10_000 // self.due if self.due else 0
        return f"{hundredths // 100},{hundredths % 100:02} %"


def standing(
    engine: Engine,
    first: date,
    last: date,
    sources: Collection[str] | None = None,
    *,
    parties: Collection[Party] = ("system", "agency"),
) -> list[CellState]:
    """Every cell due in a span of days, by source, resource, agency and period.

    Args:
        engine: the warehouse.
        first: first day; a period belongs to the span in which it ends.
        last: last day, included.
        sources: only these sources.
        parties: only what these owe.
    """
    obligations = [
        item
        for item in read_obligations()
        if (sources is None or item.source in sources) and item.party in parties
    ]
    cells = due_cells(obligations, all_agencies(), first, last)
    if not cells:
        return []
    earliest = min(cell.period.start for cell in cells)
    with engine.connect() as connection:
        stored = stored_decisions(connection, earliest, last)
    return [_state(cell, stored.get(cell.address)) for cell in cells]


def tally(states: Iterable[CellState], group: Callable[[CellState], Group]) -> dict[Group, Tally]:
    """Cells counted by any grouping; each stands in exactly one group, so no share exceeds 1."""
    counted: dict[Group, Counter[str]] = {}
    for state in states:
        counted.setdefault(group(state), Counter())[state.verdict] += 1
    return {key: Tally(verdicts.total(), dict(verdicts)) for key, verdicts in counted.items()}


def alike(states: Iterable[CellState]) -> list[list[CellState]]:
    """Neighbouring cells in runs: periods of one party that follow each other and stand alike."""
    runs: list[list[CellState]] = []
    for state in states:
        before = runs[-1][-1] if runs else None
        if (
            before is not None
            and before.period.end == state.period.start
            and _manner(before) == _manner(state)
        ):
            runs[-1].append(state)
        else:
            runs.append([state])
    return runs


def _manner(state: CellState) -> tuple[object, ...]:
    owner = (state.source, state.resource, state.agency_key, state.period.kind)
    return (*owner, state.verdict, state.cause, state.reason)


def _state(cell: Cell, decision: Decision | None) -> CellState:
    due = CellState(
        cell.source, cell.resource, cell.party, cell.agency_key, cell.period, cell.due_on
    )
    return due if decision is None else replace(due, **vars(decision))
