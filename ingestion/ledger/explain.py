"""Why a cell is not accepted: what the record of steps says, and what to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Engine, text

from ingestion.catalogue.agencies import Agency
from ingestion.core.environment import TIMEZONE
from ingestion.core.period import Period
from ingestion.ledger.obligations import Party
from ingestion.ledger.standing import CellState, standing
from ingestion.ledger.wording import (
    CAUSES,
    OUTCOMES,
    REMEDIES,
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
    """Why one cell is not accepted.

    Attributes:
        state: the cell.
        name: the agency's name, or empty for a whole source.
        evidence: failed steps behind it, newest first: period, step, cause, message, finished_at.
        behind: for an agency, the source's own periods that are not accepted.
        to_do: a Vietnamese sentence.
    """

    state: CellState
    name: str
    to_do: str
    evidence: list[dict[str, Any]] = field(default_factory=list)
    behind: list[CellState] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The story as an officer reads it."""
        state = self.state
        owner = f" · {self.name}" if self.name else ""
        side = f", do {CAUSES[state.cause]}" if state.cause else ""
        told = [
            f"{state.source} {state.resource} {state.period}{owner}: "
            f"{OUTCOMES[state.verdict]}{side} (hạn {state.due_on:%d/%m/%Y})"
        ]
        if state.reason:
            told.append(f"  Vì sao: {state.reason}")
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
    engine: Engine, lacking: Collection[CellState], agencies: Mapping[int, Agency]
) -> list[Story]:
    """The story of each cell that is not accepted, in the given order.

    Args:
        engine: the warehouse.
        lacking: cells that are not accepted.
        agencies: units by key.
    """
    behind = _behind(engine, lacking)
    steps = _failed_steps(engine, [*lacking, *chain.from_iterable(behind)])
    stories = []
    for state, parts in zip(lacking, behind, strict=True):
        evidence = [
            step
            for part in (parts if state.party == "agency" else [state])
            for step in steps.get((part.source, part.resource, str(part.period)), ())
        ]
        evidence.sort(key=lambda step: step["finished_at"], reverse=True)
        name = agencies[state.agency_key].name_vi if state.party == "agency" else ""
        stories.append(Story(state, name, _to_do(state), evidence[:_MOST], parts))
    return stories


def _behind(engine: Engine, lacking: Collection[CellState]) -> list[list[CellState]]:
    """For each agency's cell the source's own periods in it that are not accepted."""
    owed = [state for state in lacking if state.party == "agency"]
    streams: dict[tuple[str, str], list[CellState]] = defaultdict(list)
    if owed:
        first = min(state.period.start for state in owed)
        last = max(state.period.end for state in owed)
        sources = {state.source for state in owed}
        system: tuple[Party, ...] = ("system",)
        for state in standing(engine, first, last, sources, parties=system):
            if state.verdict != "accepted":
                streams[state.source, state.resource].append(state)
    return [
        [
            part
            for part in streams[state.source, state.resource]
            if state.party == "agency" and _overlap(part.period, state.period)
        ]
        for state in lacking
    ]


def _overlap(one: Period, other: Period) -> bool:
    return one.start < other.end and other.start < one.end


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


def _to_do(state: CellState) -> str:
    if state.verdict == "excused":
        return ""
    last = state.period.end - timedelta(days=1)
    span = f"--from {state.period.start} --to {last}"
    load = f"cchc ingest {state.source} --resource {state.resource} --period {state.period}"
    settle = f"cchc ledger settle {span}"
    undecided = UNDECIDED_AGENCY if state.party == "agency" else UNDECIDED_SYSTEM
    return REMEDIES[state.cause].format(
        load=load, undecided=undecided.format(load=load, settle=settle)
    )
