"""Reminders of reports that are due: T−3, T−1, T+0, T+2 and T+5 working days, each told once.

They stop at receipt. After the due day only what the ledger holds against the agency is told: while
the door was shut, or something waits to be loaded, nobody is reminded of being late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, Row, text

from ingestion.core.period import Period
from ingestion.core.wording import written
from ingestion.core.working_days import WorkingDays, working_days
from ingestion.ledger.cells import Address, Cell
from ingestion.ledger.due import all_agencies, due_cells
from ingestion.ledger.excuses import read_excuses
from ingestion.ledger.obligations import read_obligations
from ingestion.ledger.reports import SOURCE
from ingestion.sources.agency_reports.forms import read_forms

_LONGEST_TERM = timedelta(days=400)

_DECIDED = text("""
    select resource, agency_key, period_type, period_start, outcome, cause, received_on
    from ops.ledger
    where source = :source and period_start >= :first""")
_RECEIVED = text("""
    select distinct form_code, agency_key, period_type, period_start
    from ops.submission
    where
        state in ('accepted', 'partial') and hollow_kind is null
        and agency_key is not null and period_start >= :first and received_on <= :on""")
_TOLD = text("""
    select resource, agency_key, period_type, period_start, grade
    from ops.reminder
    where source = :source and period_start >= :first""")
_TELL = text("""
    insert into ops.reminder (
        source, resource, agency_key, period_type, period_start, grade, told_on
    ) values (
        :source, :resource, :agency_key, :period_type, :period_start, :grade, :told_on
    )
    on conflict do nothing""")


@dataclass(frozen=True)
class Settings:
    """``reminders.yml``.

    Attributes:
        grades: by name, working days from the due day on which a grade begins; ascending.
        forget_after: working days after the due day on which reminders end.
        words: ``before``, ``today`` and ``after``, with ``{days}``.
    """

    grades: Mapping[str, int]
    forget_after: int
    words: Mapping[str, str]

    def reached(self, working_days_after: int) -> str | None:
        """The grade that holds so many working days after the due day; None before the first."""
        if working_days_after > self.forget_after:
            return None
        begun = [name for name, start in self.grades.items() if start <= working_days_after]
        return begun[-1] if begun else None


@dataclass(frozen=True)
class Reminder:
    """One report that an agency is reminded of."""

    cell: Cell
    grade: str
    agency_code: str
    agency_name: str
    form_code: str
    form_vi: str
    period_vi: str
    sentence_vi: str

    @property
    def agency_key(self) -> int:
        """Who is reminded."""
        return self.cell.agency_key

    @property
    def due_on(self) -> date:
        """Until when it is due."""
        return self.cell.due_on


@cache
def read_settings() -> Settings:
    """The settings beside this module."""
    given: dict[str, Any] = yaml.safe_load(
        (Path(__file__).parent / "reminders.yml").read_text(encoding="utf-8")
    )
    grades = dict(sorted(given["grades"].items(), key=lambda entry: entry[1]))
    return Settings(grades, given["forget_after"], given["words"])


def find_reminders(connection: Connection, on: date) -> dict[int, list[Reminder]]:
    """What each agency is to be reminded of on a day, soonest due first.

    Args:
        connection: to the warehouse.
        on: the day of the digest.
    """
    calendar, settings = working_days(), read_settings()
    owed = [i for i in read_obligations() if (i.source, i.party) == (SOURCE, "agency")]
    agencies = {agency.key: agency for agency in all_agencies() if agency.is_valid_on(on)}
    first = on - _LONGEST_TERM
    graded = [
        (cell, grade)
        for cell in due_cells(owed, tuple(agencies.values()), first, on)
        if (grade := grade_of(settings, calendar, cell.due_on, on)) is not None
    ]
    if not graded:
        return {}
    begin = min(cell.period.start for cell, _ in graded)
    known = _Known(connection, begin, on)
    excuses, forms = read_excuses(), read_forms()
    found: dict[int, list[Reminder]] = defaultdict(list)
    for cell, grade in sorted(graded, key=lambda entry: (entry[0].due_on, entry[0].resource)):
        if not known.wants(cell, on) or excuses.of(cell) or known.has_told(cell, grade, settings):
            continue
        agency, form = agencies[cell.agency_key], forms.by_resource(cell.resource)
        found[cell.agency_key].append(
            Reminder(
                cell,
                grade,
                agency.code,
                agency.name_vi,
                form.code,
                form.name_vi,
                _period(cell.period),
                sentence_of(settings, calendar, cell.due_on, on),
            )
        )
    return found


def record_told(connection: Connection, reminders: Iterable[Reminder], on: date) -> None:
    """Note that reminders were told, in the transaction in which the mail is sent."""
    rows = [
        {
            "source": SOURCE,
            "resource": reminder.cell.resource,
            "agency_key": reminder.agency_key,
            "period_type": reminder.cell.period.kind,
            "period_start": reminder.cell.period.start,
            "grade": reminder.grade,
            "told_on": on,
        }
        for reminder in reminders
    ]
    if rows:
        connection.execute(_TELL, rows)


class _Known:
    """What came, what was decided and what was told already."""

    def __init__(self, connection: Connection, first: date, on: date) -> None:
        given = {"source": SOURCE, "first": first}
        forms = {form.code: form.resource for form in read_forms().all}
        self._decided = {
            _address(row.resource, row): row for row in connection.execute(_DECIDED, given)
        }
        self._received = {
            _address(forms[row.form_code], row)
            for row in connection.execute(_RECEIVED, {"first": first, "on": on})
            if row.form_code in forms
        }
        self._told: dict[Address, set[str]] = defaultdict(set)
        for row in connection.execute(_TOLD, given):
            self._told[_address(row.resource, row)].add(row.grade)

    def wants(self, cell: Cell, on: date) -> bool:
        """Whether the report is still wanted of the agency."""
        if cell.address in self._received:
            return False
        decided = self._decided.get(cell.address)
        if on <= cell.due_on:
            return decided is None or decided.outcome not in ("accepted", "excused")
        # Only what is the agency's own, and has not come at all: the rest is told as a finding.
        return decided is not None and decided.cause == "agency" and decided.received_on is None

    def has_told(self, cell: Cell, grade: str, settings: Settings) -> bool:
        """Whether this grade, or a later one, was told."""
        return any(
            settings.grades.get(told, 0) >= settings.grades[grade]
            for told in self._told[cell.address]
        )


def _address(resource: str, row: Row[Any]) -> Address:
    return SOURCE, resource, row.agency_key, row.period_type, row.period_start


def grade_of(settings: Settings, calendar: WorkingDays, due_on: date, on: date) -> str | None:
    """The grade that holds on a day; None while nobody is to be reminded."""
    after = _after(calendar, due_on, on)
    # On the days off right after a due day nobody is at a desk to be told.
    return None if after == 0 and on > due_on else settings.reached(after)


def _after(calendar: WorkingDays, due_on: date, on: date) -> int:
    """Working days from the due day to a day; negative before it."""
    if on < due_on:
        return -calendar.between(on, due_on)
    return calendar.between(due_on, on)


def sentence_of(settings: Settings, calendar: WorkingDays, due_on: date, on: date) -> str:
    """How many working days are left, or have gone by."""
    after = _after(calendar, due_on, on)
    when = "before" if on < due_on else "today" if on == due_on else "after"
    return settings.words[when].format(days=written(abs(after), "vi"))


def _period(period: Period) -> str:
    """A period as officers write it."""
    start = period.start
    match period.kind:
        case "month":
            return f"tháng {start:%m/%Y}"
        case "quarter":
            return f"quý {('I', 'II', 'III', 'IV')[start.month // 3]}/{start.year}"
        case "half_year":
            return f"6 tháng {'đầu' if start.month == 1 else 'cuối'} năm {start.year}"
        case "year":
            return f"năm {start.year}"
        case "day":
            return written(start, "vi")
