"""What agencies owed in reports, decided from ``marts.fct_report``.

The mart knows every delivery, which one stands for its report, and which are hollow; here it only
becomes cells. Nothing that we failed to do is held against an agency: a report is looked for once
the door has a decision for a day after the due day; days on which the door failed before it leave
the cell with their cause; and a due day on which the door was shut moves on to the next working day
on which it was open, for good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from typing import Final

from sqlalchemy import Connection, text

from ingestion.core.period import Period
from ingestion.core.working_days import WorkingDays, working_days
from ingestion.ledger.cells import PROVINCE_KEY, Address, Cell, Decision
from ingestion.ledger.due import all_agencies, due_cells
from ingestion.ledger.excuses import Excuses
from ingestion.ledger.judging import judge_system
from ingestion.ledger.obligations import Obligation, read_obligations
from ingestion.ledger.wording import (
    HOLLOW_REPORTS,
    NOT_LOADED,
    NOT_OWED,
    REPORT_NOT_SENT,
    report_partial,
    report_refused,
    shadowed,
)

SOURCE: Final = "agency_reports"
DOOR: Final = "submissions"
"""The resource whose cells say of each day whether the door was open and everything was loaded."""

_BEFORE_THE_END: Final = timedelta(days=31)
"""How long before a period ends its report may come: an office that is dissolved sends early."""

_LONGEST_TERM: Final = timedelta(days=400)
"""No report is due longer after its period."""

_IS_BUILT = text("select to_regclass('marts.fct_report') is not null")
_DELIVERED = text("""
    select
        submission_id, agency_key, resource, period_type, period_start, received_on, state,
        hollow_kind, reason_vi, accepted_count, problem_count, completeness, is_current
    from marts.fct_report
    where agency_key is not null and resource is not null and period_start is not null
    order by received_at, receipt_no""")
_REGISTERED = text("""
    select submission_id, agency_key, claimed_agency_code, period_type, period_start, received_on
    from ops.submission
    where received_on >= :first and state <> 'refused'""")
_STORED = text("""
    select resource, agency_key, period_type, period_start, due_on, outcome, cause, reason
    from ops.ledger
    where source = :source""")


@dataclass(frozen=True)
class Delivery:
    """One delivery of a report, as ``marts.fct_report`` tells it."""

    received_on: date
    state: str
    hollow_kind: str | None
    reason_vi: str | None
    accepted_count: int
    problem_count: int
    completeness: Decimal | None
    is_current: bool

    @property
    def is_report(self) -> bool:
        """Whether a report came at all: an empty one did, a file of another form is none."""
        return self.state != "refused" or self.hollow_kind is not None

    @property
    def is_good(self) -> bool:
        """Whether it is a whole report that says something."""
        return self.state == "accepted" and self.hollow_kind is None


class Door:
    """Whether the door was open and its deliveries loaded, day by day.

    Args:
        cells: the cells of the door and what came of each, None while nobody decided.
        calendar: working days.
    """

    def __init__(self, cells: Mapping[Cell, Decision | None], calendar: WorkingDays) -> None:
        self._calendar = calendar
        ordered = sorted(cells.items(), key=lambda entry: entry[0].period.start)
        self._cells = [(cell.period, decision) for cell, decision in ordered]
        self._by_day = {
            day.start: decision for period, decision in self._cells for day in period.days()
        }
        ends = [period.end for period, decision in self._cells if decision is not None]
        self._decided_to = max(ends, default=date.min)

    def has_closed(self, day: date) -> bool:
        """Whether there is a decision for a day after this one."""
        return self._decided_to > day + timedelta(days=1)

    def put_off(self, due_on: date) -> date:
        """The due day, or the first working day after it on which the door was open."""
        day = due_on
        while day < self._decided_to and not self._was_open(day):
            day = self._calendar.shift(day, 1)
        return day

    def silence(self, first: date, last: date) -> Decision | None:
        """Why nothing can be said about what came between two days; None where all was open.

        Days in the wrong order are none.
        """
        shut = [
            (period, decision)
            for period, decision in self._cells
            if first <= last
            and period.start <= last
            and first < period.end
            and (decision is None or decision.outcome in ("failed", "missing"))
        ]
        known = [(period, decision) for period, decision in shut if decision is not None]
        if known:
            period, worst = known[0]
            return Decision(
                worst.outcome, worst.cause, shadowed(len(known), str(period), worst.reason)
            )
        if shut:
            return Decision("missing", "ours", shadowed(len(shut), str(shut[0][0]), None))
        return None

    def _was_open(self, day: date) -> bool:
        decision = self._by_day.get(day)
        # Days before the door's first obligation are no outage.
        return day not in self._by_day or (
            decision is not None and decision.outcome in ("accepted", "excused")
        )


@dataclass(frozen=True)
class Reported:
    """What was found about reports.

    Attributes:
        due: how many cells fell due in the span, or got something in it.
        undecided: how many of them cannot be decided yet.
        decided: the others, and cells that nobody owes any more.
    """

    due: int
    undecided: int
    decided: dict[Cell, Decision]


def report_decisions(connection: Connection, first: date, last: date, excuses: Excuses) -> Reported:
    """Cells of reports that fell due, or of which something came, between two days.

    Nothing is said before there is a mart.

    Args:
        connection: to the warehouse.
        first: first day.
        last: last day, included.
        excuses: what is excused by document.
    """
    if not connection.scalar(_IS_BUILT):
        return Reported(0, 0, {})
    obligations = [item for item in read_obligations() if item.source == SOURCE]
    owed = [item for item in obligations if item.party == "agency"]
    delivered, loaded = _delivered(connection)
    touched = {
        address
        for address, found in delivered.items()
        if any(first <= delivery.received_on <= last for delivery in found)
    }
    begin = min(chain([first - _LONGEST_TERM], (start for *_, start in touched)))
    cells = due_cells(owed, all_agencies(), begin, last, begun=True)
    chosen = [cell for cell in cells if first <= cell.due_on <= last or cell.address in touched]

    stored = connection.execute(_STORED, {"source": SOURCE}).all()
    known = {
        (SOURCE, row.resource, row.agency_key, row.period_type, row.period_start): (
            Decision(row.outcome, row.cause, row.reason),
            row.due_on,
        )
        for row in stored
    }
    calendar = working_days()
    door = _door(obligations, known, begin, excuses, calendar)
    pending = _Pending(connection, begin, loaded)
    decided: dict[Cell, Decision] = {}
    for cell in chosen:
        due_on = door.put_off(cell.due_on)
        if cell.address in known:
            # An outage of the due day stays one, even when that day is loaded later.
            due_on = max(due_on, known[cell.address][1])
        found = delivered.get(cell.address, ())
        decision = judge_report(cell, due_on, found, door, excuses)
        if decision is not None and decision.cause == "agency" and pending.holds(cell):
            decision = Decision("missing", "ours", NOT_LOADED)
        if decision is not None:
            decided[replace(cell, due_on=due_on)] = decision
    undecided = len(chosen) - len(decided)
    let_go = _no_longer_owed(known, cells, begin, last)
    return Reported(len(chosen), undecided, decided | let_go)


def judge_report(
    cell: Cell, due_on: date, delivered: Sequence[Delivery], door: Door, excuses: Excuses
) -> Decision | None:
    """What came of one report; None while it cannot be said.

    Args:
        cell: a cell that an agency owes.
        due_on: its due day, put off past days on which the door was shut.
        delivered: what came for it, in the order of receipt.
        door: the door's days.
        excuses: what is excused by document.
    """
    standing = _standing(delivered)
    good = next((delivery for delivery in delivered if delivery.is_good), None)
    if good is not None:
        shown = standing if standing is not None and standing.is_good else good
        # On time or late by the first whole report: mending one later makes nobody late.
        return Decision(
            "accepted",
            row_count=shown.accepted_count,
            received_on=good.received_on,
            completeness=shown.completeness,
        )
    if not door.has_closed(due_on):
        return door.silence(cell.due_on, cell.due_on) if door.has_closed(cell.due_on) else None
    if excuse := excuses.of(cell):
        return excuse.decision()
    since = standing.received_on if standing else cell.period.end - _BEFORE_THE_END
    if silence := door.silence(since, cell.due_on - timedelta(days=1)):
        return silence
    if standing is None:
        return Decision("missing", "agency", REPORT_NOT_SENT, row_count=0)
    return Decision(
        "missing",
        "agency",
        _lack(standing),
        row_count=standing.accepted_count,
        received_on=standing.received_on if standing.is_report else None,
        completeness=standing.completeness,
    )


def _no_longer_owed(
    known: Mapping[Address, tuple[Decision, date]], due: Collection[Cell], first: date, last: date
) -> dict[Cell, Decision]:
    """Cells held against an agency that, by today's obligations, owes nothing there."""
    asked = {cell.address for cell in due}
    found: dict[Cell, Decision] = {}
    for address, (decision, due_on) in known.items():
        _, resource, agency_key, kind, start = address
        if agency_key == PROVINCE_KEY or address in asked or not first <= start <= last:
            continue
        if decision.outcome != "accepted":
            cell = Cell(SOURCE, resource, Period(start, kind), due_on, agency_key)
            found[cell] = Decision("excused", "ours", NOT_OWED)
    return found


def _standing(delivered: Sequence[Delivery]) -> Delivery | None:
    """The delivery that stands for a report: the current one, else the last one refused."""
    current = next((delivery for delivery in delivered if delivery.is_current), None)
    return current or (delivered[-1] if delivered else None)


def _lack(delivery: Delivery) -> str:
    """Why a delivery is no whole report."""
    if delivery.hollow_kind is not None:
        return HOLLOW_REPORTS[delivery.hollow_kind].format(on=f"{delivery.received_on:%d/%m/%Y}")
    if delivery.state == "partial":
        return report_partial(delivery.received_on, delivery.problem_count)
    return report_refused(delivery.received_on, delivery.reason_vi)


def _delivered(connection: Connection) -> tuple[dict[Address, list[Delivery]], set[str]]:
    """Deliveries by the cell they are about, in the order of receipt; and the ids of all."""
    found: dict[Address, list[Delivery]] = defaultdict(list)
    loaded: set[str] = set()
    for row in connection.execute(_DELIVERED):
        loaded.add(row.submission_id)
        found[SOURCE, row.resource, row.agency_key, row.period_type, row.period_start].append(
            Delivery(
                row.received_on,
                row.state,
                row.hollow_kind,
                row.reason_vi,
                row.accepted_count,
                row.problem_count,
                row.completeness,
                row.is_current,
            )
        )
    return found, loaded


class _Pending:
    """Deliveries that came through the door and are not in the marts yet."""

    def __init__(self, connection: Connection, since: date, loaded: Collection[str]) -> None:
        codes = {agency.key: agency.code for agency in all_agencies()}
        self._codes = codes
        self._reports: set[tuple[int, str, date]] = set()
        self._senders: dict[str, list[date]] = defaultdict(list)
        for row in connection.execute(_REGISTERED, {"first": since}):
            if row.submission_id in loaded:
                continue
            if row.agency_key is not None and row.period_start is not None:
                self._reports.add((row.agency_key, row.period_type, row.period_start))
            elif row.claimed_agency_code:
                self._senders[row.claimed_agency_code].append(row.received_on)

    def holds(self, cell: Cell) -> bool:
        """Whether something waits that may be the report of a cell."""
        if (cell.agency_key, cell.period.kind, cell.period.start) in self._reports:
            return True
        earliest = cell.period.end - _BEFORE_THE_END
        sent = self._senders.get(self._codes.get(cell.agency_key, ""), ())
        return any(day >= earliest for day in sent)


def _door(
    obligations: Sequence[Obligation],
    known: Mapping[Address, tuple[Decision, date]],
    begin: date,
    excuses: Excuses,
    calendar: WorkingDays,
) -> Door:
    """The door's days from ``begin`` to the last one decided."""
    system = [item for item in obligations if item.party == "system" and item.resource == DOOR]
    ends = [
        Period(start, kind).end
        for _, resource, agency_key, kind, start in known
        if resource == DOOR and agency_key == PROVINCE_KEY
    ]
    cells = due_cells(system, (), begin, max(ends, default=begin) - timedelta(days=1))
    decided: dict[Cell, Decision | None] = {}
    for cell in cells:
        stored = known.get(cell.address)
        decided[cell] = judge_system(cell, stored[0] if stored else None, excuses)
    return Door(decided, calendar)
