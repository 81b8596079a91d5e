"""How cells are judged: pure functions of evidence, the source's own cells and excuses.

What the source or we failed to bring is never held against an agency. A period is judged only when
it is over, and it is over when the source has a decision for its last day or a later one: the data
say so, not a clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from ingestion.core.period import Period
from ingestion.ledger.cells import Cell, Decision
from ingestion.ledger.excuses import Excuses
from ingestion.ledger.wording import EXCUSE_WITHDRAWN, NOTHING_SENT, shadowed

Evidence = Mapping[tuple[str, str, int, Period], int]
"""Records received by source, resource, agency and period."""


def judge_system(cell: Cell, decided: Decision | None, excuses: Excuses) -> Decision | None:
    """What an excuse makes of a cell of a whole source; otherwise what ingestion decided."""
    if decided is not None and decided.outcome == "accepted":
        return decided
    if excuse := excuses.of(cell):
        return excuse.decision()
    if decided is not None and decided.outcome == "excused":
        return Decision("missing", "source", EXCUSE_WITHDRAWN)
    return decided


class SystemRecord:
    """What came of the cells of whole sources.

    Args:
        cells: the cells due and what came of each, None while nobody decided.
    """

    def __init__(self, cells: Mapping[Cell, Decision | None]) -> None:
        self._cells: dict[tuple[str, str], list[tuple[Period, Decision | None]]] = defaultdict(list)
        self._decided_to: dict[tuple[str, str], date] = {}
        for cell, decision in cells.items():
            stream = (cell.source, cell.resource)
            self._cells[stream].append((cell.period, decision))
            if decision is not None:
                end = cell.period.end
                self._decided_to[stream] = max(end, self._decided_to.get(stream, end))
        for found in self._cells.values():
            found.sort(key=lambda entry: entry[0].start)
        self._silence: dict[tuple[str, str, Period], Decision | None] = {}

    def is_over(self, cell: Cell) -> bool:
        """Whether the source has a decision for the last day of the cell's period, or a later."""
        decided_to = self._decided_to.get((cell.source, cell.resource))
        return decided_to is not None and decided_to >= cell.period.end

    def silence(self, cell: Cell) -> Decision | None:
        """What it means that nothing came from the agency of a cell; None while nobody knows.

        Only where the source's own periods all came is the silence the agency's.
        """
        key = (cell.source, cell.resource, cell.period)
        if key not in self._silence:
            self._silence[key] = self._judge_silence(*key)
        return self._silence[key]

    def _judge_silence(self, source: str, resource: str, whole: Period) -> Decision | None:
        around = [
            (period, decision)
            for period, decision in self._cells.get((source, resource), ())
            if period.start < whole.end and whole.start < period.end
        ]
        for outcomes in (("failed", "missing"), ("excused",)):
            absent = [(p, d) for p, d in around if d is not None and d.outcome in outcomes]
            if absent:
                period, first = absent[0]
                reason = shadowed(len(absent), str(period), first.reason)
                return Decision(first.outcome, first.cause, reason)
        if any(decision is None for _, decision in around):
            return None
        return Decision("missing", "agency", NOTHING_SENT, row_count=0)


def judge_agency(
    cell: Cell, received: int, system: SystemRecord, excuses: Excuses
) -> Decision | None:
    """What came of an agency's cell; None while it cannot be said.

    Args:
        cell: a cell that an agency owes.
        received: records that count as the agency's in that period.
        system: what came of the source as a whole.
        excuses: what is excused by document.
    """
    if not system.is_over(cell):
        return None
    if received:
        return Decision("accepted", row_count=received)
    if excuse := excuses.of(cell):
        return excuse.decision()
    return system.silence(cell)


def judge_agencies(
    cells: Iterable[Cell], evidence: Evidence, system: SystemRecord, excuses: Excuses
) -> dict[Cell, Decision]:
    """Every cell of agencies that can be decided."""
    found: dict[Cell, Decision] = {}
    for cell in cells:
        key = (cell.source, cell.resource, cell.agency_key, cell.period)
        if decision := judge_agency(cell, evidence.get(key, 0), system, excuses):
            found[cell] = decision
    return found
