"""Who publishes what when: every budget document of the simulated province from 2021 on.

Every draw is a hash of the seed, the document and the name of what is drawn, so a document is the
same whatever the day of the site and however many publishers are asked for.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import yaml

from sandbox.budget.forms import Stage, forms_of
from sandbox.budget.habits import FileHabits, ending_of
from sandbox.budget.obligations import DocumentKind, Obligation, Rules
from sandbox.budget.publishers import Publisher, read_publishers
from sandbox.budget.render import Order
from sandbox.budget.wording import file_stem, form_text, form_title, title_of
from sandbox.clock import WorkCalendar, day_number
from sandbox.eras import Growth
from sandbox.province import DEFAULT_SEED, REFERENCE
from sandbox.randomness import fraction, key_of

Door = Literal["ckns", "web", "manual"]
Outcome = Literal["on_time", "late", "no_due_day", "incomplete", "missing", "pending"]

DATA: Final = Path(__file__).resolve().parent / "data"
FIRST_YEAR: Final = 2021

_STAGES: Final[dict[DocumentKind, Stage]] = {
    "draft_estimate": "draft",
    "decided_estimate": "decided",
    "execution": "execution",
    "settlement": "settlement",
}


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it lies at its address from a day on.

    Attributes:
        number: from 1.
        published_on: the day it was put there.
        order: what to render.
    """

    number: int
    published_on: dt.date
    order: Order


@dataclass(frozen=True, slots=True)
class Publication:
    """One entry of a door: a document, or one form of it.

    Attributes:
        key: its identity, the same at any seed.
        obligation: the document it belongs to.
        door: where it is found.
        form_keys: the forms in its file.
        form_text: form number as stated; empty where it is not said.
        title: as stated.
        published_on: the day it was published.
        states_published_on: whether the entry says so.
        address: path of the file on the site, number of the document dropped by hand; unique.
        file_name: as stated; empty for an entry without a file.
        versions: files at the address, first one first; none for an entry without a file.
    """

    key: str
    obligation: Obligation
    door: Door
    form_keys: tuple[str, ...]
    form_text: str
    title: str
    published_on: dt.date
    states_published_on: bool
    address: str
    file_name: str
    versions: tuple[Version, ...]

    @property
    def publisher_name(self) -> str:
        """The publisher's name on the day of publication."""
        return self.obligation.publisher.name_on(self.published_on)

    def version_on(self, day: dt.date) -> Version | None:
        """Return the file at the address at the end of a day."""
        there = [version for version in self.versions if version.published_on <= day]
        return there[-1] if there else None


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A line of the answer key: what was due, and what had happened by the day of the calendar.

    Attributes:
        agency_key: key of the publisher in the reference seed.
        agency_code: its code there.
        publisher: its name.
        level: whose budget.
        kind: which document.
        budget_year: of which year.
        period_type: of which part of the year.
        period_start: first day of that part.
        regime: ``old`` or ``new``.
        approved_on: the day it was sent, approved or signed.
        due_on: last day; none where no rule is known.
        door: where it would be found.
        forms_due: how many forms it takes.
        forms_published: how many had been published.
        published_on: the day the first of them was.
        completed_on: the day the last of them was; none while one is missing.
        is_day_stated: whether every entry says its day of publication.
        outcome: what an inspector would write.
    """

    agency_key: int
    agency_code: str
    publisher: str
    level: str
    kind: str
    budget_year: int
    period_type: str
    period_start: dt.date
    regime: str
    approved_on: dt.date
    due_on: dt.date | None
    door: Door
    forms_due: int
    forms_published: int
    published_on: dt.date | None
    completed_on: dt.date | None
    is_day_stated: bool
    outcome: Outcome


def required_forms(owed: Obligation) -> tuple[str, ...]:
    """Return the keys of the forms that a document takes.

    None for districts: their forms 69–102 are not drawn, so their entries have no file.
    """
    return forms_of(_STAGES[owed.kind], owed.publisher.level)


class Calendar:
    """Documents owed and published up to a day.

    Args:
        until: last day that has happened.
        seed: of all draws.
        publishers: share of the publishers to play, 0–1; some are always there.
        reference: folder of the reference seeds.

    Raises:
        ValueError: the day is outside the years that the sandbox plays.
    """

    def __init__(
        self,
        until: dt.date,
        seed: int = DEFAULT_SEED,
        publishers: float = 1.0,
        reference: Path = REFERENCE,
    ) -> None:
        settings = yaml.safe_load((DATA / "publishing.yml").read_text(encoding="utf-8"))
        self.until, self.seed, self._settings = until, seed, settings
        self._habits = Growth(DATA / "publishing_habits.yml")
        self._files = FileHabits(settings["files"], seed)
        self._always = {(code, level) for code, level in settings["always"]}
        self.publishers = tuple(
            publisher
            for publisher in read_publishers(reference)
            if self._is_played(publisher, publishers)
        )
        working = WorkCalendar(reference)
        self._rules = Rules(DATA / "publishing.yml", working, seed)

    def _is_played(self, publisher: Publisher, share: float) -> bool:
        if (publisher.code, publisher.level) in self._always:
            return True
        drawn = fraction("publisher", self.seed, publisher.level, publisher.agency_key)
        return drawn < share

    @functools.cached_property
    def obligations(self) -> tuple[Obligation, ...]:
        """What publishers owe of what was approved by the day, in order of approval."""
        owed = (
            obligation
            for publisher in self.publishers
            for year in range(FIRST_YEAR, self.until.year + 2)
            for obligation in self._rules.owed_by(publisher, year)
            if obligation.approved_on <= self.until
        )
        return tuple(sorted(owed, key=lambda o: (o.approved_on, o.key)))

    @functools.cached_property
    def publications(self) -> tuple[Publication, ...]:
        """What was published by the day, in order of publication."""
        published = (
            publication
            for obligation in self.obligations
            for publication in self.published_for(obligation)
            if publication.published_on <= self.until
        )
        return tuple(sorted(published, key=lambda p: (p.published_on, p.key)))

    def published_for(self, owed: Obligation) -> Iterator[Publication]:
        """Yield what is ever published to meet an obligation."""
        published_on = self._day_published(owed)
        if published_on is None:
            return
        forms = self._forms_published(owed)
        if self.door_of(owed.publisher) != "ckns":
            yield self._publication(owed, forms, published_on)
            return
        for form in forms:  # on the portal every form is a record of its own
            day = published_on
            if len(forms) > 1 and self._happens("straggler", owed.key, form):
                day += dt.timedelta(days=self._between("straggler_days", owed.key, form))
            yield self._publication(owed, (form,), day)

    def door_of(self, publisher: Publisher) -> Door:
        """Return where a publisher publishes."""
        if publisher.level == "province":
            return "ckns"
        return "manual" if publisher.code in self._settings["by_hand"] else "web"

    def answer_key(self) -> Iterator[KeyLine]:
        """Yield, for every document owed, what was due and what had happened by the day."""
        for owed in self.obligations:
            entries = [
                entry for entry in self.published_for(owed) if entry.published_on <= self.until
            ]
            due = len(required_forms(owed))
            there = sum(len(entry.form_keys) for entry in entries)
            first = min((entry.published_on for entry in entries), default=None)
            last = max((entry.published_on for entry in entries), default=None)
            completed_on = last if there == due else None
            yield KeyLine(
                agency_key=owed.publisher.agency_key,
                agency_code=owed.publisher.code,
                publisher=owed.publisher.name_on(first or owed.approved_on),
                level=owed.publisher.level,
                kind=owed.kind,
                budget_year=owed.budget_year,
                period_type=owed.period.type,
                period_start=owed.period.start,
                regime=owed.regime,
                approved_on=owed.approved_on,
                due_on=owed.due_on,
                door=self.door_of(owed.publisher),
                forms_due=due,
                forms_published=there,
                published_on=first,
                completed_on=completed_on,
                is_day_stated=all(entry.states_published_on for entry in entries),
                outcome=self._outcome(owed, first, completed_on),
            )

    def _outcome(
        self, owed: Obligation, published_on: dt.date | None, completed_on: dt.date | None
    ) -> Outcome:
        if owed.due_on is None:
            return "no_due_day"
        if completed_on is None:
            if owed.due_on >= self.until:
                return "pending"
            return "missing" if published_on is None else "incomplete"
        return "on_time" if completed_on <= owed.due_on else "late"

    def _day_published(self, owed: Obligation) -> dt.date | None:
        """Draw the day a document is published, in time, late or never."""
        level, day = owed.publisher.level, np.array([day_number(owed.approved_on)])
        if self._draw("missing", owed.key) < self._habits.on(f"missing.{level}", day)[0]:
            return None
        if owed.due_on is None:
            return owed.approved_on + dt.timedelta(days=self._between("late_days", owed.key))
        if self._draw("late", owed.key) < self._habits.on(f"late.{level}", day)[0]:
            # Most of the late ones are not very late.
            first, last = self._settings["late_days"]
            after = first + int((last - first + 1) * self._draw("days late", owed.key) ** 2)
            return owed.due_on + dt.timedelta(days=after)
        room = max((owed.due_on - owed.approved_on).days, 0)
        return owed.approved_on + dt.timedelta(days=int(self._draw("day", owed.key) * (room + 1)))

    def _forms_published(self, owed: Obligation) -> tuple[str, ...]:
        forms = required_forms(owed)
        if len(forms) > 1 and self._happens("incomplete", owed.key):
            left_out = int(self._draw("left out", owed.key) * len(forms))
            return forms[:left_out] + forms[left_out + 1 :]
        return forms

    def _publication(
        self, owed: Obligation, forms: tuple[str, ...], published_on: dt.date
    ) -> Publication:
        door = self.door_of(owed.publisher)
        is_record = door == "ckns"
        key = f"{owed.key}/{forms[0]}" if is_record else owed.key
        name = owed.publisher.name_on(published_on)
        number = key_of("address", self.seed, key) % 10**10
        manner = fraction("manner", self.seed, owed.publisher.agency_key)
        versions: tuple[Version, ...] = ()
        file_name = ""
        if forms and not self._happens("without_file", key):
            versions = self._versions(owed, forms, key, published_on)
            file_name = file_stem(owed, forms, manner) + ending_of(versions[0].order.style)
        return Publication(
            key=key,
            obligation=owed,
            door=door,
            form_keys=forms,
            form_text="" if self._happens("without_form", key) else form_text(forms, manner),
            title=form_title(forms[0], owed) if is_record else title_of(owed, name),
            published_on=published_on,
            states_published_on=not self._happens("without_published_on", key),
            address=_address(door, published_on, number, file_name),
            file_name=file_name,
            versions=versions,
        )

    def _versions(
        self,
        owed: Obligation,
        forms: tuple[str, ...],
        key: str,
        published_on: dt.date,
    ) -> tuple[Version, ...]:
        publisher = owed.publisher
        style = self._files.style(publisher.level, publisher.agency_key, owed.budget_year, key)
        order = Order(
            publisher=publisher.name_on(published_on),
            publisher_code=publisher.code,
            level=publisher.level,
            forms=forms,
            budget_year=owed.budget_year,
            period_type=owed.period.type,
            period_start=owed.period.start,
            style=style,
            defects=self._files.defects(style, key) if self._happens("defect", key) else (),
            seed=self.seed,
        )
        first = Version(1, published_on, order)
        if not self._happens("replaced", key):
            return (first,)
        later = published_on + dt.timedelta(days=self._between("replaced_after_days", key))
        return first, Version(2, later, dataclasses.replace(order, version=2))

    def _draw(self, *names: str) -> float:
        return fraction("publishing", self.seed, *names)

    def _happens(self, blemish: str, *names: str) -> bool:
        share: float = self._settings["blemishes"][blemish]
        return self._draw(blemish, *names) < share

    def _between(self, setting: str, *names: str) -> int:
        """Draw a number of days between the two bounds of a setting."""
        first, last = self._settings[setting]
        return int(first + self._draw(setting, *names) * (last - first + 1))


def _address(door: Door, day: dt.date, number: int, file_name: str) -> str:
    if door == "ckns":
        return f"/Lists/BaoCaoCongKhai/Attachments/{number:010d}/{file_name}"
    if door == "web":
        return f"/cong-khai-ngan-sach/tep/{day.year}/{number:010d}/{file_name}"
    return f"{number:010d}"
