"""What is due: ``reporting_obligations.csv``, era by era.

A period is due under the obligation that is in force during it, and belongs to the span of days in
which it ends: spans that follow each other share out the periods, none is lost and none is twice.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Literal, cast, get_args

from ingestion.core.environment import ConfigurationError, repo_root
from ingestion.core.period import Kind, Period
from ingestion.core.working_days import working_days

Party = Literal["system", "agency"]
OwedBy = Literal["any_day", "last_day", "due_day"]
IfDayOff = Literal["same_day", "next_working_day"]


class ObligationError(ConfigurationError):
    """The obligations do not hold together; the message names the line or the two that clash."""


@dataclass(frozen=True)
class Obligation:
    """One row of reporting_obligations.csv.

    Attributes:
        source: name of a source.
        resource: name of a resource of it.
        party: ``system`` (the source as a whole owes it) or ``agency`` (each agency owes it).
        kinds: kinds of agencies that owe it; empty for a system.
        except_codes: codes of agencies of those kinds that do not owe it.
        period_type: ``day``, ``month``, ``quarter``, ``half_year`` or ``year``.
        due_days: days after the period's last day on which it is due.
        valid_from: first day; begins a period.
        valid_to: first day on which it no longer holds, begins a period too; None while it holds.
        legal_basis: where it is written.
        certainty: ``seen``, ``recalled``, ``inferred``, ``proposed`` or ``open``.
        only_codes: codes of the only agencies of those kinds that owe it; empty: all of them.
        owed_by: when an agency must exist to owe a period: on ``any_day`` of it, on its
            ``last_day``, or on the ``due_day``.
        if_day_off: a due day on which nobody works stays (``same_day``) or gives way to the
            ``next_working_day``.
    """

    source: str
    resource: str
    party: Party
    kinds: tuple[str, ...]
    except_codes: tuple[str, ...]
    period_type: Kind
    due_days: int
    valid_from: date
    valid_to: date | None
    legal_basis: str
    certainty: str
    only_codes: tuple[str, ...] = ()
    owed_by: OwedBy = "any_day"
    if_day_off: IfDayOff = "same_day"

    def __post_init__(self) -> None:
        """Refuse what cannot be told apart into whole periods."""
        if self.party not in get_args(Party):
            raise ValueError(f"{self.party!r} is no party")
        if (self.party == "agency") != bool(self.kinds):
            raise ValueError("an agency's obligation names kinds of agencies, a system's none")
        if self.except_codes and self.only_codes:
            raise ValueError("except_codes and only_codes exclude each other")
        if self.owed_by not in get_args(OwedBy):
            raise ValueError(f"owed_by {self.owed_by!r} is none of {get_args(OwedBy)}")
        if self.if_day_off not in get_args(IfDayOff):
            raise ValueError(f"if_day_off {self.if_day_off!r} is none of {get_args(IfDayOff)}")
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError(f"it ends {self.valid_to}, before it begins")
        for day in (self.valid_from, self.valid_to):
            if day is not None:
                Period(day, self.period_type)

    def periods(self, first: date, last: date) -> list[Period]:
        """Periods under this obligation that end between two days, both included, in order."""
        start = max(self.valid_from, _containing(first, self.period_type).start)
        end = last + timedelta(days=1)
        if self.valid_to is not None:
            end = min(end, self.valid_to)
        found: list[Period] = []
        while (period := Period(start, self.period_type)).end <= end:
            found.append(period)
            start = period.end
        return found

    def touched(self, first: date, last: date) -> list[Period]:
        """Periods under this obligation with a day between two days, both included, in order."""
        end = _containing(last, self.period_type).end
        return self.periods(first, end - timedelta(days=1))

    def covers(self, period: Period) -> bool:
        """Whether a period is due under this obligation."""
        return (
            period.kind == self.period_type
            and self.valid_from <= period.start
            and (self.valid_to is None or period.end <= self.valid_to)
        )

    def due_on(self, period: Period) -> date:
        """The day on which the period's data is due."""
        day = period.end + timedelta(days=self.due_days - 1)
        return day if self.if_day_off == "same_day" else working_days().shift(day, 0)


def reference_folder() -> Path:
    """The folder of the seeds that people keep."""
    return repo_root() / "dbt_project" / "seeds" / "reference"


def read_obligations(path: Path | None = None) -> tuple[Obligation, ...]:
    """Obligations in file order.

    Args:
        path: another file than the seed.

    Raises:
        OSError: the file is not there.
        ObligationError: a row cannot be read, or two rows ask for the same thing at one time.
    """
    return _read(path or reference_folder() / "reporting_obligations.csv")


def periods_due(source: str, resource: str, first: date, last: date) -> list[Period]:
    """Periods that a source owes as a whole and that end between two days, both included.

    Args:
        source: name of a source.
        resource: name of a resource of it.
        first: first day.
        last: last day.

    Raises:
        ValueError: ``last`` lies before ``first``.
    """
    if last < first:
        raise ValueError(f"the last day {last} lies before the first {first}")
    return sorted(
        period
        for obligation in _of_system(source, resource)
        for period in obligation.periods(first, last)
    )


def due_on(source: str, resource: str, period: Period) -> date:
    """The day on which a period of a whole source is due.

    Raises:
        ValueError: no obligation asks for it.
    """
    for obligation in _of_system(source, resource):
        if obligation.covers(period):
            return obligation.due_on(period)
    raise ValueError(f"no obligation asks for {source} {resource} {period}")


def period_of(source: str, resource: str, day: date) -> Period | None:
    """The period of a whole source in which a day lies; None while nothing is due.

    Args:
        source: name of a source.
        resource: name of a resource of it.
        day: any day.
    """
    for obligation in _of_system(source, resource):
        period = _containing(day, obligation.period_type)
        if obligation.covers(period):
            return period
    return None


def _of_system(source: str, resource: str) -> list[Obligation]:
    return [
        item
        for item in read_obligations()
        if (item.party, item.source, item.resource) == ("system", source, resource)
    ]


def _containing(day: date, kind: Kind) -> Period:
    """The period of a kind in which a day lies."""
    match kind:
        case "day":
            return Period(day)
        case "month":
            return Period(day.replace(day=1), kind)
        case "quarter":
            return Period(date(day.year, (day.month - 1) // 3 * 3 + 1, 1), kind)
        case "half_year":
            return Period(date(day.year, (day.month - 1) // 6 * 6 + 1, 1), kind)
        case "year":
            return Period(date(day.year, 1, 1), kind)


@cache
def _read(path: Path) -> tuple[Obligation, ...]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        try:
            found = tuple(_obligation(row) for row in reader)
        except (KeyError, ValueError) as error:
            raise ObligationError(f"{path.name}, line {reader.line_num}: {error}") from error
    _refuse_clashes(found)
    return found


def _obligation(row: dict[str, str]) -> Obligation:
    if row["period_type"] not in get_args(Kind):
        raise ValueError(f"{row['period_type']!r} is no kind of period")
    return Obligation(
        source=row["source"],
        resource=row["resource"],
        party=cast(Party, row["party"]),
        kinds=tuple(filter(None, row["kinds"].split(";"))),
        except_codes=tuple(filter(None, row["except_codes"].split(";"))),
        period_type=cast(Kind, row["period_type"]),
        due_days=int(row["due_days"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        legal_basis=row["legal_basis"],
        certainty=row["certainty"],
        only_codes=tuple(filter(None, row["only_codes"].split(";"))),
        owed_by=cast(OwedBy, row["owed_by"]),
        if_day_off=cast(IfDayOff, row["if_day_off"]),
    )


def _refuse_clashes(obligations: Sequence[Obligation]) -> None:
    """Two rows must never ask the same party for the same thing on the same day.

    Raises:
        ObligationError: they do, so a cell would be due twice.
    """
    for one, other in combinations(obligations, 2):
        same = (one.source, one.resource, one.party) == (other.source, other.resource, other.party)
        parted = (one.valid_to is not None and one.valid_to <= other.valid_from) or (
            other.valid_to is not None and other.valid_to <= one.valid_from
        )
        if same and not parted and _share_a_party(one, other):
            raise ObligationError(
                f"{one.source} {one.resource} {one.party}: two obligations hold from "
                f"{max(one.valid_from, other.valid_from)}"
            )


def _share_a_party(one: Obligation, other: Obligation) -> bool:
    """Whether two rows about the same thing may ask the same party."""
    if one.party == "system":
        return True
    if one.only_codes and other.only_codes and not set(one.only_codes) & set(other.only_codes):
        return False
    return bool(set(one.kinds) & set(other.kinds))
