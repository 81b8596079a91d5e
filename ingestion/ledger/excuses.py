"""Cells that somebody excused by document: ``excused_cells.csv``."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from ingestion.core.environment import ConfigurationError
from ingestion.core.period import Kind, Period
from ingestion.ledger.cells import PROVINCE_KEY, CauseOf, Cell, Decision
from ingestion.ledger.obligations import reference_folder
from ingestion.ledger.wording import excused


class ExcuseError(ConfigurationError):
    """A row of excused_cells.csv cannot be read; the message names its line."""


@dataclass(frozen=True)
class Excuse:
    """One row of excused_cells.csv.

    Attributes:
        source: name of a source.
        resource: name of a resource of it.
        agency_key: the agency excused; that of the province for the source as a whole.
        first: first period excused.
        last: last period excused.
        cause: on whose side the reason lies.
        reason: why, a Vietnamese sentence.
        document: by which document.
        office: which office decided it.
    """

    source: str
    resource: str
    agency_key: int
    first: Period
    last: Period
    cause: CauseOf
    reason: str
    document: str
    office: str

    def covers(self, cell: Cell) -> bool:
        """Whether it excuses a cell."""
        return (
            (self.source, self.resource, self.agency_key)
            == (cell.source, cell.resource, cell.agency_key)
            and self.first.kind == cell.period.kind
            and self.first <= cell.period <= self.last
        )

    def decision(self) -> Decision:
        """What the ledger says of a cell that it covers and for which nothing came."""
        reason = excused(self.reason, self.document, self.office)
        return Decision("excused", self.cause, reason)


class Excuses:
    """All excuses, to be asked cell by cell."""

    def __init__(self, excuses: Iterable[Excuse]) -> None:
        self._by_owner: dict[tuple[str, str, int], list[Excuse]] = defaultdict(list)
        for excuse in excuses:
            self._by_owner[excuse.source, excuse.resource, excuse.agency_key].append(excuse)

    def of(self, cell: Cell) -> Excuse | None:
        """The first excuse that covers a cell."""
        owner = (cell.source, cell.resource, cell.agency_key)
        return next((e for e in self._by_owner.get(owner, ()) if e.covers(cell)), None)


def read_excuses(path: Path | None = None) -> Excuses:
    """Read the excuses.

    Args:
        path: another file than the seed.

    Raises:
        OSError: the file is not there.
        ExcuseError: a row cannot be read, or says too little.
    """
    chosen = path or reference_folder() / "excused_cells.csv"
    with chosen.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        try:
            return Excuses([_excuse(row) for row in reader])
        except (KeyError, ValueError) as error:
            raise ExcuseError(f"{chosen.name}, line {reader.line_num}: {error}") from error


def _excuse(row: dict[str, str]) -> Excuse:
    for name in ("reason_vi", "document", "excused_by", "excused_on"):
        if not row[name].strip():
            raise ValueError(f"{name} is empty: who excused it, by which document and why?")
    if row["cause"] not in get_args(CauseOf):
        raise ValueError(f"{row['cause']!r} is no cause")
    first, last = Period.parse(row["first_period"]), Period.parse(row["last_period"])
    if {first.kind, last.kind} != {cast(Kind, row["period_type"])} or last < first:
        raise ValueError(f"{first} to {last} are no {row['period_type']} periods in order")
    key = int(row["agency_key"])
    if (row["party"] == "system") != (key == PROVINCE_KEY):
        raise ValueError(f"party {row['party']!r} does not go with agency_key {key}")
    return Excuse(
        source=row["source"],
        resource=row["resource"],
        agency_key=key,
        first=first,
        last=last,
        cause=cast(CauseOf, row["cause"]),
        reason=row["reason_vi"],
        document=row["document"],
        office=row["excused_by"],
    )
