"""Which cells are due: obligations × agencies of the day × periods, and nothing else.

An agency owes a period if it existed on the day that the obligation names (any day of the period,
its last day, or the due day). Mergers play no part: each row of ``agencies.csv`` owes for itself,
so nothing is asked for twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from ingestion.catalogue.agencies import Agency, read_agencies
from ingestion.core.period import Period
from ingestion.ledger.cells import PROVINCE_KEY, Cell
from ingestion.ledger.obligations import Obligation, reference_folder


def due_cells(
    obligations: Iterable[Obligation],
    agencies: Collection[Agency],
    first: date,
    last: date,
    *,
    begun: bool = False,
) -> list[Cell]:
    """Cells due in a span of days, by source, resource, agency and period.

    Args:
        obligations: what is due.
        agencies: the units of every era.
        first: first day.
        last: last day, included.
        begun: also periods that begin by ``last`` and end later.
    """
    cells: list[Cell] = []
    for item in obligations:
        periods = item.touched(first, last) if begun else item.periods(first, last)
        for period in periods:
            day = item.due_on(period)
            if item.party == "system":
                cells.append(Cell(item.source, item.resource, period, day))
                continue
            cells += [
                Cell(item.source, item.resource, period, day, agency.key)
                for agency in agencies
                if owes(agency, item, period)
            ]
    return sorted(cells, key=lambda c: (c.source, c.resource, _rank(c.agency_key), c.period.start))


def owes(agency: Agency, obligation: Obligation, period: Period) -> bool:
    """Whether an agency owes a period under an obligation that covers it."""
    asked = (
        agency.kind in obligation.kinds
        and agency.code not in obligation.except_codes
        and (not obligation.only_codes or agency.code in obligation.only_codes)
        and not agency.is_technical
    )
    if not asked or obligation.owed_by == "any_day":
        return asked and _exists_within(agency, period)
    if obligation.owed_by == "last_day":
        return agency.is_valid_on(period.end - timedelta(days=1))
    return agency.is_valid_on(obligation.due_on(period))


def all_agencies() -> tuple[Agency, ...]:
    """The units of every era, from the seed."""
    return _agencies(reference_folder() / "agencies.csv")


@cache
def _agencies(path: Path) -> tuple[Agency, ...]:
    return tuple(read_agencies(path))


def _exists_within(agency: Agency, period: Period) -> bool:
    return agency.valid_from < period.end and (
        agency.valid_to is None or agency.valid_to > period.start
    )


def _rank(agency_key: int) -> int:
    """The whole source before its agencies."""
    return 0 if agency_key == PROVINCE_KEY else agency_key
