"""How far a back-fill is, by the ledger alone: what a scheduler believes is never asked here."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ingestion.ledger.standing import CellState

CellKey = tuple[str, str, int, date]
"""Source, resource, agency and first day of the period."""

SETTLED = frozenset({"accepted", "excused"})
"""Outcomes after which a cell is not loaded again."""

RATE_WINDOW_SECONDS = 60.0


@dataclass(frozen=True)
class Tally:
    """Cells by what became of them; every cell is counted once.

    Attributes:
        due: all cells.
        done: accepted without a quarantined record, or excused.
        held: accepted, but some of its records are in quarantine.
        failed: nothing could be loaded.
        missing: nothing came.
        undecided: nobody has said anything yet, or it failed before and was not tried again yet.
        rows: rows accepted.
        quarantined: records in quarantine.
    """

    due: int = 0
    done: int = 0
    held: int = 0
    failed: int = 0
    missing: int = 0
    undecided: int = 0
    rows: int = 0
    quarantined: int = 0

    @property
    def decided(self) -> int:
        """Cells that somebody has decided."""
        return self.due - self.undecided

    @property
    def is_complete(self) -> bool:
        """Whether every cell is decided; nothing else makes a back-fill done."""
        return self.undecided == 0

    def as_dict(self) -> dict[str, int]:
        """As plain values."""
        return asdict(self)


class Attempt:
    """One call of the back-fill: what it found in the ledger, and so what it still has to try.

    A cell that failed before this call is decided, but this call is there to try it again. So it
    counts as undecided until it was decided anew.

    Args:
        cells: the ledger when the call began.
    """

    def __init__(self, cells: Iterable[CellState] = ()) -> None:
        self._before: Mapping[CellKey, datetime | None] = {
            key_of(cell): cell.decided_at
            for cell in cells
            if cell.party == "system" and is_to_load(cell)
        }

    def is_open(self, cell: CellState) -> bool:
        """Whether this call still waits for a decision about a cell."""
        if cell.outcome is None:
            return True
        untried = key_of(cell) in self._before and self._before[key_of(cell)] == cell.decided_at
        return untried and is_to_load(cell)

    def tally(self, cells: Iterable[CellState]) -> Tally:
        """Count cells."""
        counts: Counter[str] = Counter()
        for cell in cells:
            counts["due"] += 1
            counts[self._state(cell)] += 1
            counts["rows"] += cell.row_count or 0
            counts["quarantined"] += cell.rejected_count or 0
        return Tally(**counts)

    def open_months(self, cells: Iterable[CellState]) -> list[date]:
        """First days of the months with a cell of a source system that is still open, in order."""
        return sorted({month_of(c) for c in cells if c.party == "system" and self.is_open(c)})

    def _state(self, cell: CellState) -> str:
        if self.is_open(cell):
            return "undecided"
        match cell.outcome:
            case "accepted" if cell.rejected_count:
                return "held"
            case "failed" | "missing":
                return str(cell.outcome)
            case _:
                return "done"


def key_of(cell: CellState) -> CellKey:
    """What tells a cell from all others."""
    return cell.source, cell.resource, cell.agency_key, cell.period.start


def is_to_load(cell: CellState) -> bool:
    """Whether loading the cell may still change something for the better."""
    return cell.outcome not in SETTLED


def month_of(cell: CellState) -> date:
    """First day of the month whose run loads the cell: the one in which its period ends."""
    return (cell.period.end - timedelta(days=1)).replace(day=1)


def stretches(months: Iterable[date]) -> list[tuple[date, date]]:
    """Months without a gap as (first, last), each month by its first day; in order."""
    found: list[tuple[date, date]] = []
    for month in sorted(set(months)):
        if found and (found[-1][1] + timedelta(days=31)).replace(day=1) == month:
            found[-1] = (found[-1][0], month)
        else:
            found.append((month, month))
    return found


def causes_of(cells: Iterable[CellState]) -> dict[str, int]:
    """Failed and missing cells by whose fault it was, most first."""
    bad = Counter(c.cause or "unknown" for c in cells if c.outcome in ("failed", "missing"))
    return dict(bad.most_common())


def by_year(cells: Iterable[CellState]) -> dict[int, Tally]:
    """A tally of every year, as the ledger stands."""
    years: dict[int, list[CellState]] = {}
    for cell in cells:
        years.setdefault(month_of(cell).year, []).append(cell)
    return {year: Attempt().tally(found) for year, found in sorted(years.items())}


class Rate:
    """Cells a second over the last `RATE_WINDOW_SECONDS`."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, moment: float, decided: int) -> None:
        """Note how many cells were decided at a moment (seconds of a clock that only rises)."""
        self._seen.append((moment, decided))
        while len(self._seen) > 2 and moment - self._seen[1][0] >= RATE_WINDOW_SECONDS:
            self._seen.popleft()

    @property
    def per_second(self) -> float:
        """Cells a second; 0 while nothing can be said."""
        if len(self._seen) < 2:
            return 0.0
        (start, before), (end, after) = self._seen[0], self._seen[-1]
        return max(0.0, (after - before) / (end - start)) if end > start else 0.0

    def seconds_left(self, undecided: int) -> float | None:
        """Seconds until all is decided at this rate; None while nothing can be said."""
        return undecided / self.per_second if self.per_second > 0 else None


def as_plain(tallies: Mapping[int, Tally]) -> list[dict[str, Any]]:
    """Tallies by year for JSON."""
    return [{"year": year, **tally.as_dict()} for year, tally in tallies.items()]
