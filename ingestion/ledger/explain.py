"""Why a cell is not accepted: what the record of steps says, and what to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Engine, text

from ingestion.catalogue.agencies import Agency
from ingestion.core.environment import TIMEZONE
from ingestion.ledger.obligations import Party
from ingestion.ledger.reports import DOOR
from ingestion.ledger.reports import SOURCE as REPORTS
from ingestion.ledger.standing import CellState, standing
from ingestion.ledger.wording import (
    CAUSES,
    OUTCOMES,
    REMEDIES,
    REPORT_REMEDY,
    UNDECIDED_AGENCY,
    UNDECIDED_SYSTEM,
)

_MOST = 3
"""Steps shown of a cell, the newest ones."""

_STEPS = text("""
    select source, resource, period, step, state, cause, message, finished_at
    from ops.outcome
    where state = 'failed' and source = any(:sources) and resource = any(:resources)
        and period = any(:periods)
    order by finished_at desc, outcome_id desc""")


@dataclass(frozen=True)
class Story:
    """Why a run of cells that stand alike is not accepted.

    Attributes:
        first: the first cell of the run.
        last: the last one; the same where it is one cell.
        count: how many.
        name: the agency's name, or empty for a whole source.
        to_do: a Vietnamese sentence; empty where nothing is to be done.
        evidence: failed steps behind it, newest first: period, step, cause, message, finished_at.
        behind: for an agency, the source's own periods that are not accepted.
    """

    first: CellState
    last: CellState
    count: int
    name: str
    to_do: str
    evidence: list[dict[str, Any]] = field(default_factory=list)
    behind: list[CellState] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The story as an officer reads it."""
        one = self.first
        owner = f" · {self.name}" if self.name else ""
        side = f", do {CAUSES[one.cause]}" if one.cause else ""
        many = f" … {self.last.period} ({self.count} kỳ)" if self.count > 1 else ""
        told = [
            f"{one.source} {one.resource} {one.period}{many}{owner}: "
            f"{OUTCOMES[one.verdict]}{side} (hạn {self.last.due_on:%d/%m/%Y})"
        ]
        if one.reason:
            told.append(f"  Vì sao: {one.reason}")
        if self.behind:
            periods = ", ".join(f"{s.period} {OUTCOMES[s.verdict]}" for s in self.behind[:_MOST])
            more = len(self.behind) - _MOST
            told.append(f"  Kỳ của hệ thống: {periods}" + (f" và {more} kỳ nữa" * (more > 0)))
        told += [
            f"  Nhật ký: {step['finished_at']:%d/%m/%Y %H:%M} {step['period']} bước "
            f"{step['step']}, {CAUSES[step['cause']]}: {step['message'] or 'không có lời nhắn'}"
            for step in self.evidence
        ]
        if self.to_do:
            told.append(f"  Cần làm: {self.to_do}")
        return told


def explain(
    engine: Engine, lacking: Sequence[Sequence[CellState]], agencies: Mapping[int, Agency]
) -> list[Story]:
    """The story of each run of cells that are not accepted, in the given order.

    Args:
        engine: the warehouse.
        lacking: runs of cells that are not accepted and stand alike.
        agencies: units by key.
    """
    behind = _behind(engine, lacking)
    steps = _failed_steps(engine, [*chain.from_iterable(lacking), *chain.from_iterable(behind)])
    stories = []
    for run, parts in zip(lacking, behind, strict=True):
        one = run[0]
        evidence = [
            step
            for part in (parts if one.party == "agency" else run)
            for step in steps.get((part.source, part.resource, str(part.period)), ())
        ]
        evidence.sort(key=lambda step: step["finished_at"], reverse=True)
        name = agencies[one.agency_key].name_vi if one.party == "agency" else ""
        code = agencies[one.agency_key].code
        to_do = _to_report(one, run[-1], code) if _is_report(one) else _to_do(one, run[-1])
        stories.append(Story(one, run[-1], len(run), name, to_do, evidence[:_MOST], parts))
    return stories


def _behind(engine: Engine, lacking: Sequence[Sequence[CellState]]) -> list[list[CellState]]:
    """For each run of an agency's cells the source's own periods in it that are not accepted."""
    owed = [run for run in lacking if run[0].party == "agency"]
    streams: dict[tuple[str, str], list[CellState]] = defaultdict(list)
    if owed:
        first = min(run[0].period.start for run in owed)
        last = max(run[-1].period.end for run in owed)
        sources = {run[0].source for run in owed}
        system: tuple[Party, ...] = ("system",)
        for state in standing(engine, first, last, sources, parties=system):
            if state.verdict != "accepted":
                streams[state.source, state.resource].append(state)
    return [
        [
            part
            for part in streams[run[0].source, run[0].resource]
            if run[0].party == "agency"
            and part.period.start < run[-1].period.end
            and run[0].period.start < part.period.end
        ]
        for run in lacking
    ]


def _failed_steps(
    engine: Engine, states: Collection[CellState]
) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """Failed steps by source, resource and period, newest first."""
    asked = {
        "sources": sorted({state.source for state in states}),
        "resources": sorted({state.resource for state in states}),
        "periods": sorted({str(state.period) for state in states}),
    }
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    with engine.connect() as connection:
        for row in connection.execute(_STEPS, asked).mappings():
            step = dict(row)
            step["finished_at"] = step["finished_at"].astimezone(TIMEZONE)
            found[row["source"], row["resource"], row["period"]].append(step)
    return found


def _to_do(first: CellState, last: CellState) -> str:
    """What to do about a run of cells."""
    if first.verdict == "excused":
        return ""
    end = last.period.end - timedelta(days=1)
    load = f"cchc ingest {first.source} --resource {first.resource} --period {first.period}"
    if first is not last:
        load += f" --until {end}"
    settle = f"cchc ledger settle --from {first.period.start} --to {end}"
    undecided = UNDECIDED_AGENCY if first.party == "agency" else UNDECIDED_SYSTEM
    return REMEDIES[first.cause].format(
        load=load, undecided=undecided.format(load=load, settle=settle)
    )


def _is_report(state: CellState) -> bool:
    return state.party == "agency" and state.source == REPORTS


def _to_report(first: CellState, last: CellState, code: str) -> str:
    """What to do about a run of reports; what is behind them are the days of the door."""
    if first.verdict == "excused":
        return ""
    if first.cause == "agency":
        return REPORT_REMEDY.format(agency=code, period=first.period)
    load = f"cchc ingest {REPORTS} --resource {DOOR} --period {first.due_on}"
    settle = f"cchc ledger settle --from {first.due_on} --to {last.due_on}"
    undecided = UNDECIDED_AGENCY.format(settle=settle)
    return REMEDIES[first.cause].format(load=load, undecided=undecided)
