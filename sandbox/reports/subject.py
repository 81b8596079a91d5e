"""What a file is about: whose report of which period, and who sends it when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Final, TypeVar

from ingestion.catalogue.agencies import Agency
from ingestion.core.period import Period
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.forms import read_forms, sections_for
from ingestion.sources.agency_reports.forms_model import Form, FormVersion, Section
from ingestion.sources.agency_reports.plan_tasks import read_plan_tasks
from sandbox.budget.styles import Draw
from sandbox.reports.behaviours import By, NotApplicable
from sandbox.reports.figures import Figures, Filled, Value
from sandbox.reports.owed import Office, all_offices, following

_T = TypeVar("_T")
_LEAST_FLOWS, _LEAST_FIGURES = 4, 5
"""Figures that are not 0 in a report copied from the last period, from another office: with fewer
the reports of 75 communes are the same by chance."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a file is about.

    Attributes:
        owner: whose report it says it is.
        form_code: of the form.
        period: what it reports on.
        filled: its figures.
        by: ``template`` or ``hand``.
        claim: code of the sender as the door knows it; none where it does not.
        received_on: day it arrives.
        figures: of everybody, for those who copy.
        printed_period: what the title says where that is another period.
    """

    owner: Office
    form_code: str
    period: Period
    filled: Filled
    by: By
    claim: str | None
    received_on: dt.date
    figures: Figures
    printed_period: Period | None = None

    @property
    def form(self) -> Form:
        """The form."""
        return form_of(self.form_code)

    @property
    def version(self) -> FormVersion:
        """The version that holds for the period."""
        return version_of(self.form_code, self.period)

    @property
    def sections(self) -> tuple[Section, ...]:
        """What is asked of the owner."""
        return sections_of(self.form_code, self.owner, self.period)

    def with_values(self, values: Mapping[str, Value]) -> Subject:
        """The same report with other figures and nothing declared nil."""
        return replace(self, filled=Filled(values, frozenset()))


def subject_of(
    office: Office, form_code: str, period: Period, received_on: dt.date, figures: Figures,
    by: By = "",
) -> Subject:  # fmt: skip
    """An office's own report.

    Args:
        office: who reports.
        form_code: which form.
        period: what about.
        received_on: day it arrives.
        figures: of everybody.
        by: what it is made of; by default a template where there is one.
    """
    version = version_of(form_code, period)
    return Subject(
        owner=office,
        form_code=form_code,
        period=period,
        filled=figures.of(office, sections_of(form_code, office, period), period),
        by=by or ("template" if version.has_form_id else "hand"),
        claim=office.code,
        received_on=received_on,
        figures=figures,
    )


def form_of(code: str) -> Form:
    """A form by its code.

    Raises:
        LookupError: there is none.
    """
    form = read_forms().by_code(code)
    if form is None:
        raise LookupError(code)
    return form


@cache
def version_of(form_code: str, period: Period) -> FormVersion:
    """The version of a form that holds for a period.

    Raises:
        LookupError: there is none yet.
    """
    version = form_of(form_code).version_on(period.start)
    if version is None:
        raise LookupError(f"{form_code} {period}")
    return version


@cache
def sections_of(form_code: str, office: Office, period: Period) -> tuple[Section, ...]:
    """What a form asks of an office."""
    form = form_of(form_code)
    version = version_of(form_code, period)
    return sections_for(form, version, agency_of(office), read_plan_tasks())


@cache
def agency_of(office: Office) -> Agency:
    """The office as the catalogue knows it."""
    return next(agency for agency in all_agencies() if agency.key == office.key)


PlanBehaviour = Callable[[Subject, Draw], Subject]
_PLANS: Final[dict[str, PlanBehaviour]] = {}


def plan(behaviour_id: str, subject: Subject, draw: Draw) -> Subject:
    """Change what a file is about, as a behaviour of phase ``plan`` does.

    Raises:
        NotApplicable: nobody can do this with this report.
    """
    return _PLANS[behaviour_id](subject, draw)


def _plan(make: PlanBehaviour) -> PlanBehaviour:
    _PLANS[make.__name__] = make
    return make


@_plan
def nil_declared(subject: Subject, draw: Draw) -> Subject:
    """Declare every section nil that may be."""
    nil = [section for section in subject.sections if section.may_be_nil]
    if not nil or len(nil) == len(subject.sections):
        raise NotApplicable("no section, or every one, may be nil")
    gone = {field.code for section in nil for field in section.fields}
    values = {code: v for code, v in subject.filled.values.items() if code not in gone}
    return replace(subject, filled=Filled(values, frozenset(s.code for s in nil)))


@_plan
def some_zeros(subject: Subject, draw: Draw) -> Subject:
    """Leave one whole above zero; its part stays, the others are 0."""
    wholes = [
        field.at_most
        for section in subject.sections
        for field in section.fields
        if field.at_most and subject.filled.values.get(field.at_most)
    ]
    kept = draw.one_of("kept", _some(wholes))
    others = {c: v for c, v in subject.filled.values.items() if not isinstance(v, Decimal)}
    return subject.with_values(zeros(subject) | others | {kept: subject.filled.values[kept]})


@_plan
def optional_left_out(subject: Subject, draw: Draw) -> Subject:
    """Leave out all that is not required."""
    required = {f.code for s in subject.sections for f in s.fields if f.is_required}
    values = {code: v for code, v in subject.filled.values.items() if code in required}
    if len(values) == len(subject.filled.values):
        raise NotApplicable("nothing to leave out")
    return replace(subject, filled=Filled(values, subject.filled.nil_sections))


@_plan
def sender_not_said(subject: Subject, draw: Draw) -> Subject:
    """Come through a door that knows no senders."""
    return replace(subject, claim=None)


@_plan
def empty(subject: Subject, draw: Draw) -> Subject:
    """Fill in nothing."""
    return subject.with_values({})


@_plan
def zero(subject: Subject, draw: Draw) -> Subject:
    """Report 0 everywhere."""
    return subject.with_values(zeros(subject))


@_plan
def copied_last_period(subject: Subject, draw: Draw) -> Subject:
    """Report what was reported for the period before."""
    before = following(subject.period, -1)
    if subject.form.version_on(before.start) != subject.version:
        raise NotApplicable("another form then")
    if not subject.owner.exists_on(before.end - dt.timedelta(days=1)):
        raise NotApplicable("no office then")
    return _copied(subject, subject.owner, before)


@_plan
def copied_other_office(subject: Subject, draw: Draw) -> Subject:
    """Report what another office reported."""
    other = draw.one_of("other", _some(_alike(subject)))
    return _copied(subject, other, subject.period)


@_plan
def others_file(subject: Subject, draw: Draw) -> Subject:
    """Send another office's file."""
    other = draw.one_of("other", _some(_alike(subject)))
    own = subject_of(
        other, subject.form_code, subject.period, subject.received_on, subject.figures, subject.by
    )
    return replace(own, claim=subject.claim)


_PLANS["others_hand_file"] = others_file


@_plan
def ended_office(subject: Subject, draw: Draw) -> Subject:
    """Report under the name of an office that had ended before the period began."""
    ended = [
        office
        for office in all_offices()
        if office.end_day <= subject.period.start
        and office.kind in ("department", "district")
        and not any(
            later.name == office.name and later.exists_on(subject.period.start)
            for later in all_offices()
        )
    ]
    office = draw.one_of("office", _some(ended))
    return replace(subject, owner=office, claim=office.code)


@_plan
def last_years_file(subject: Subject, draw: Draw) -> Subject:
    """Send the file of a year before."""
    before = _a_year_before(subject)
    own = subject_of(subject.owner, subject.form_code, before, subject.received_on, subject.figures)
    return replace(own, claim=subject.claim)


@_plan
def last_years_retitled(subject: Subject, draw: Draw) -> Subject:
    """Send last period's file with this period's title."""
    before = following(subject.period, -1)
    version = subject.form.version_on(before.start)
    if version is None or not version.has_form_id:
        raise NotApplicable("no template then")
    if not subject.owner.exists_on(before.end - dt.timedelta(days=1)):
        raise NotApplicable("no office then")
    own = subject_of(subject.owner, subject.form_code, before, subject.received_on, subject.figures)
    return replace(own, claim=subject.claim, printed_period=subject.period)


@_plan
def not_ended_yet(subject: Subject, draw: Draw) -> Subject:
    """Send the report before its period ends."""
    days = draw.one_of("days", (3, 9, 20))
    return replace(subject, received_on=subject.period.end - dt.timedelta(days=days))


@_plan
def not_owed(subject: Subject, draw: Draw) -> Subject:
    """Send a form that others are asked for."""
    others = {
        "quarter": ("BC-VB-Q",),
        "month": (),
        "year": ("BC-VB-N", "BC-HL-N", "BC-QTDL-N"),
    }.get(subject.period.kind, ())
    codes = [code for code in others if code != subject.form_code]
    code = draw.one_of("form", _some(codes))
    owes = {"BC-VB-Q": "STP", "BC-VB-N": "STP", "BC-HL-N": "SNV", "BC-QTDL-N": "SKHCN"}[code]
    try:
        version_of(code, subject.period)
    except LookupError as error:
        raise NotApplicable(code) from error
    if subject.owner.code == owes:
        raise NotApplicable("it is asked of this office")
    return subject_of(
        subject.owner, code, subject.period, subject.received_on, subject.figures, subject.by
    )


@_plan
def old_form(subject: Subject, draw: Draw) -> Subject:
    """Shape the report by hand though there is a template."""
    if not subject.version.has_form_id or subject.version.task_list is not None:
        raise NotApplicable("no template to pass over")
    return replace(subject, by="hand")


_PLANS["own_table"] = old_form


@_plan
def partial(subject: Subject, draw: Draw) -> Subject:
    """Leave out one to three required figures, but not all."""
    required = [
        field.code
        for section in subject.sections
        for field in section.fields
        if field.is_required and subject.filled.values.get(field.code) not in (None, Decimal(0))
    ]
    if len(required) < 2:
        raise NotApplicable("nothing would be left")
    count = min(len(required) - 1, 1 + draw.one_of("count", (0, 0, 1, 2)))
    first = draw.one_of("first", range(len(required)))
    gone = {required[(first + step) % len(required)] for step in range(count)}
    values = {code: v for code, v in subject.filled.values.items() if code not in gone}
    return replace(subject, filled=Filled(values, subject.filled.nil_sections))


def zeros(subject: Subject) -> dict[str, Value]:
    """0 in every number of the form; nothing else."""
    return {
        field.code: Decimal(0)
        for section in subject.sections
        for field in section.fields
        if field.type in ("count", "amount", "decimal")
    }


def _copied(subject: Subject, office: Office, period: Period) -> Subject:
    before = subject.figures.of(office, subject.sections, period)
    flows = {f.code for s in subject.sections for f in s.fields if f.nature == "flow"}
    is_own = office == subject.owner
    counted, least = (flows, _LEAST_FLOWS) if is_own else (set(before.values), _LEAST_FIGURES)
    if sum(_is_telling(before.values.get(code)) for code in counted) < least:
        raise NotApplicable("few figures may be the same by chance")
    return replace(subject, filled=before)


def _is_telling(value: Value | None) -> bool:
    """Whether a figure is not 0."""
    return isinstance(value, Decimal) and bool(value)


def _alike(subject: Subject) -> list[Office]:
    day = subject.period.end - dt.timedelta(days=1)
    others = [
        office
        for office in all_offices()
        if office.kind == subject.owner.kind and office.exists_on(day) and office != subject.owner
    ]
    # What one office alone is asked for nobody else can have.
    return others if subject.form.reports_for == "self" else []


def _a_year_before(subject: Subject) -> Period:
    steps = {"month": -12, "quarter": -4, "year": -1}[subject.period.kind]
    before = following(subject.period, steps)
    try:
        version_of(subject.form_code, before)
    except LookupError as error:
        raise NotApplicable("no such form then") from error
    if not subject.owner.exists_on(before.end - dt.timedelta(days=1)):
        raise NotApplicable("no office then")
    return before


def _some(choices: list[_T]) -> list[_T]:
    if not choices:
        raise NotApplicable("nothing to choose from")
    return choices
