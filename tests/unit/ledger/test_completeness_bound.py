"""Completeness never lies: random histories of mergers, splits and renames, random evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.catalogue.agencies import Agency
from ingestion.core.period import Period
from ingestion.core.working_days import working_days
from ingestion.ledger.cells import Cell, Decision
from ingestion.ledger.due import due_cells
from ingestion.ledger.excuses import Excuses
from ingestion.ledger.judging import SystemRecord, judge_agencies
from ingestion.ledger.obligations import Obligation, OwedBy
from ingestion.ledger.reports import Delivery, Door, judge_report
from ingestion.ledger.standing import CellState, Tally, tally

FIRST, LAST = date(2024, 10, 1), date(2025, 9, 30)
SPAN = (LAST - FIRST).days
OWED = Obligation(
    "tthc", "dossiers", "agency", ("commune",), (), "month", 5, date(2021, 1, 1), None, "", "open"
)
DAILY = replace(OWED, party="system", kinds=(), period_type="day", due_days=1)


@dataclass
class History:
    """A province through its reforms.

    Attributes:
        units: every unit of every era.
        heirs: what each ended unit became; one heir, or several after a split.
        districts: the district of each unit.
    """

    units: dict[int, Agency] = field(default_factory=dict)
    heirs: dict[int, list[int]] = field(default_factory=dict)
    districts: dict[int, int] = field(default_factory=dict)

    def alive(self, day: date) -> list[int]:
        return [key for key, unit in self.units.items() if unit.is_valid_on(day)]

    def begin(self, code: str, day: date, district: int) -> int:
        key = 1001 + len(self.units)
        self.units[key] = Agency(key, code, f"Xã {code}", "", "commune", "", day, None, key)
        self.districts[key] = district
        return key

    def end(self, key: int, day: date, heirs: list[int]) -> None:
        self.units[key] = replace(self.units[key], valid_to=day)
        self.heirs[key] = heirs

    def holder(self, key: int, day: date) -> int | None:
        """Who stands for a unit on a day: itself, or its only heir, or its heir's only heir."""
        while not self.units[key].is_valid_on(day):
            heirs = self.heirs.get(key, [])
            if day < self.units[key].valid_from or len(heirs) != 1:
                return None
            key = heirs[0]
        return key


@st.composite
def histories(draw: st.DrawFn) -> History:
    history = History()
    for number in range(draw(st.integers(2, 7))):
        history.begin(f"c{number}", date(2020, 1, 1), number % 3)
    days = draw(st.lists(st.integers(0, SPAN), max_size=6, unique=True))
    for offset in sorted(days):
        day = FIRST + timedelta(days=offset)
        # A unit that began today cannot end today.
        alive = [key for key in history.alive(day) if history.units[key].valid_from < day]
        if not alive:
            continue
        chosen = draw(st.lists(st.sampled_from(alive), min_size=1, max_size=4, unique=True))
        codes = [history.units[key].code for key in chosen]
        district = history.districts[chosen[0]]
        if draw(st.booleans()):
            # Merged (or renamed, when it is one) under the code of any of them: codes are re-used.
            heirs = [history.begin(draw(st.sampled_from(codes)), day, district)]
        else:
            heirs = [history.begin(codes[0], day, district), history.begin("new", day, district)]
        for key in chosen:
            history.end(key, day, heirs)
    return history


@st.composite
def evidence_of(draw: st.DrawFn) -> tuple[History, list[tuple[int, date]], set[date], set[date]]:
    """A history, dossiers as (unit whose code they carry, day), failed and undecided days."""
    history = draw(histories())
    keys = st.sampled_from(sorted(history.units))
    days = st.integers(0, SPAN).map(lambda offset: FIRST + timedelta(days=offset))
    dossiers = draw(st.lists(st.tuples(keys, days), max_size=60))
    failed, undecided = (draw(st.sets(days, max_size=4)) for _ in range(2))
    return history, dossiers, failed, undecided - failed


def states_of(
    history: History, dossiers: list[tuple[int, date]], failed: set[date], undecided: set[date]
) -> tuple[list[CellState], Counter[tuple[str, str, int, Period]]]:
    """The agencies' cells as settled, and the evidence by agency of the day."""
    evidence: Counter[tuple[str, str, int, Period]] = Counter()
    for key, day in dossiers:
        holder = history.holder(key, day)
        month = Period(day.replace(day=1), "month")
        evidence["tthc", "dossiers", -1 if holder is None else holder, month] += 1
    system = {
        cell: None
        if cell.period.start in undecided
        else Decision("failed", "source", "Nguồn ngừng.")
        if cell.period.start in failed
        else Decision("accepted")
        for cell in due_cells([DAILY], (), FIRST, LAST)
    }
    cells = due_cells([OWED], list(history.units.values()), FIRST, LAST)
    judged = judge_agencies(cells, evidence, SystemRecord(system), Excuses([]))
    return [state(cell, judged.get(cell)) for cell in cells], evidence


def state(cell: Cell, decision: Decision | None) -> CellState:
    due = CellState(
        cell.source, cell.resource, cell.party, cell.agency_key, cell.period, cell.due_on
    )
    return due if decision is None else replace(due, **vars(decision))


@given(evidence_of())
@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
def test_never_above_one_by_any_grouping(
    drawn: tuple[History, list[tuple[int, date]], set[date], set[date]],
) -> None:
    history, dossiers, failed, undecided = drawn
    states, evidence = states_of(history, dossiers, failed, undecided)

    cells = [(s.source, s.resource, s.agency_key, s.period) for s in states]
    assert len(set(cells)) == len(cells)

    def heir(cell: CellState) -> Hashable:
        return history.holder(cell.agency_key, date(2030, 1, 1))

    groupings = {
        "agency": lambda s: s.agency_key,
        "code": lambda s: history.units[s.agency_key].code,
        "district": lambda s: history.districts[s.agency_key],
        "heir": heir,
        "heir and month": lambda s: (heir(s), s.period),
        "month": lambda s: s.period,
        "source": lambda s: s.source,
    }
    for name, group in groupings.items():
        tallies = tally(states, group)
        assert sum(t.due for t in tallies.values()) == len(states), name
        assert all(t.share is not None and 0 <= t.share <= 1 for t in tallies.values()), name
        assert all(sum(t.verdicts.values()) == t.due for t in tallies.values()), name

    # Every dossier of a unit that existed on its day counts, once, in a month that is over.
    over_to = max(
        d for d in (FIRST + timedelta(days=n) for n in range(SPAN + 1)) if d not in undecided
    )
    counted = sum(s.row_count or 0 for s in states if s.outcome == "accepted")
    assert counted == sum(
        count
        for (_, _, key, month), count in evidence.items()
        if key > 0 and month.end - timedelta(days=1) <= over_to
    )


@given(evidence_of())
@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
def test_a_failed_day_is_never_held_against_an_agency(
    drawn: tuple[History, list[tuple[int, date]], set[date], set[date]],
) -> None:
    states, _ = states_of(*drawn)
    *_, failed, undecided = drawn
    touched = {Period(day.replace(day=1), "month") for day in failed | undecided}
    for found in states:
        if found.cause == "agency":
            assert found.outcome == "missing"
            assert found.period not in touched


@given(evidence_of(), st.data())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_mending_takes_no_accepted_cell_away_and_in_the_end_decides_all(
    drawn: tuple[History, list[tuple[int, date]], set[date], set[date]], data: st.DataObject
) -> None:
    history, dossiers, failed, undecided = drawn
    before, _ = states_of(history, dossiers, failed, undecided)
    mended = data.draw(st.sets(st.sampled_from(sorted(failed | undecided | {FIRST}))))
    after, _ = states_of(history, dossiers, failed - mended, undecided - mended)
    for one, other in zip(before, after, strict=True):
        assert (one.outcome == "accepted") <= (other.outcome == "accepted")
    whole, _ = states_of(history, dossiers, set(), set())
    assert {(state.outcome, state.cause) for state in whole} <= {
        ("accepted", None),
        ("missing", "agency"),
    }


@given(st.integers(1, 100_000), st.data())
def test_hundred_percent_is_said_only_when_nothing_lacks(due: int, data: st.DataObject) -> None:
    accepted = data.draw(st.integers(0, due))
    said = Tally(due, {"accepted": accepted, "failed": due - accepted}).percent()
    assert (said == "100,00 %") == (accepted == due)
    cut = int(said.removesuffix(" %").replace(",", ""))
    assert cut * due <= accepted * 10_000 < (cut + 1) * due


@st.composite
def reports_of(
    draw: st.DrawFn,
) -> tuple[History, Obligation, dict[tuple[int, Period], list[Delivery]], set[date]]:
    """A history, who owes a quarterly report, what came, and days the door was shut."""
    history = draw(histories())
    owed = replace(
        OWED,
        source="agency_reports",
        resource="reform_quarter",
        period_type="quarter",
        due_days=15,
        owed_by=draw(st.sampled_from(get_args(OwedBy))),
        if_day_off="next_working_day",
    )
    quarters = [Period(date(2024 + n // 4, n % 4 * 3 + 1, 1), "quarter") for n in range(3, 7)]
    came: dict[tuple[int, Period], list[Delivery]] = {}
    for _ in range(draw(st.integers(0, 25))):
        key = draw(st.sampled_from(sorted(history.units))), draw(st.sampled_from(quarters))
        delivery = Delivery(
            key[1].end + timedelta(days=draw(st.integers(-20, 60))),
            draw(st.sampled_from(["accepted", "partial", "refused"])),
            draw(st.sampled_from([None, None, "zero", "copied"])),
            None,
            10,
            0,
            draw(st.decimals(0, 1, places=2)),
            False,
        )
        came.setdefault(key, []).append(delivery)
    for found in came.values():
        found.sort(key=lambda delivery: delivery.received_on)
        found[-1] = replace(found[-1], is_current=found[-1].state != "refused")
    shut = draw(st.sets(st.integers(0, SPAN).map(lambda n: FIRST + timedelta(days=n)), max_size=6))
    return history, owed, came, shut


@given(reports_of())
@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
def test_reports_are_due_once_and_never_more_than_whole(
    drawn: tuple[History, Obligation, dict[tuple[int, Period], list[Delivery]], set[date]],
) -> None:
    history, owed, came, shut = drawn
    down = Decision("failed", "source", "Hộp nhận không mở.")
    daily = replace(DAILY, source="agency_reports", resource="submissions")
    door = Door(
        {
            cell: down if cell.period.start in shut else Decision("accepted")
            for cell in due_cells([daily], (), FIRST, LAST)
        },
        working_days(),
    )
    cells = due_cells([owed], list(history.units.values()), FIRST, LAST)
    assert len({cell.address for cell in cells}) == len(cells)
    states = []
    for cell in cells:
        unit = history.units[cell.agency_key]
        days = {
            "any_day": [day.start for day in cell.period.days()],
            "last_day": [cell.period.end - timedelta(days=1)],
            "due_day": [cell.due_on],
        }[owed.owed_by]
        assert any(unit.is_valid_on(day) for day in days)
        found = came.get((cell.agency_key, cell.period), [])
        due_on = door.put_off(cell.due_on)
        decision = judge_report(cell, due_on, found, door, Excuses([]))
        if decision is not None and decision.cause == "agency":
            assert due_on not in shut
            assert not any(one.is_good for one in found)
        states.append(state(cell, decision))

    for group in (
        lambda s: s.agency_key,
        lambda s: history.holder(s.agency_key, date(2030, 1, 1)),
        lambda s: s.period,
        lambda s: history.districts[s.agency_key],
    ):
        tallies = tally(states, group)
        assert sum(one.due for one in tallies.values()) == len(cells)
        assert all(one.share is not None and one.share <= 1 for one in tallies.values())
    assert all(s.completeness is None or 0 <= s.completeness <= Decimal(1) for s in states)
