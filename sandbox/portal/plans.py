"""Which datasets there are, and what is wrong with them or will happen to them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from sandbox.portal.defects import Defect, all_defects
from sandbox.portal.model import identity
from sandbox.portal.publishers import PlannedPublisher, Roster
from sandbox.portal.settings import read_yaml, settings
from sandbox.portal.subjects import Subject, subjects_of
from sandbox.randomness import fraction, key_of

LIST_SUBJECT: Final = "danh_muc"
_LIST_NAME: Final = "danh-muc-du-lieu-mo"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a dataset once, besides its updates.

    Attributes:
        kind: a key of ``history.yml``.
        day: when.
        until: day it is undone, if ever.
    """

    kind: str
    day: dt.date
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A dataset before a day is chosen.

    Attributes:
        key: its identity; the same at any share.
        subject: what it is about; none for a publisher's list of its datasets.
        number: from 1 among those of one subject and publisher.
        title: as printed.
        frequency: code of the frequency it is kept at.
        kind: what its data file is.
        created_on: first day on the portal.
        has_datastore: a datastore describes its columns.
    """

    key: str
    owner: PlannedPublisher
    subject: Subject | None
    number: int
    title: str
    frequency: str
    kind: str
    created_on: dt.date
    has_datastore: bool
    defect: Defect | None = None
    event: Event | None = None

    @property
    def name(self) -> str:
        """Short name of the dataset in addresses."""
        subject = self.subject.key.replace("_", "-") if self.subject else _LIST_NAME
        number = f"-{self.number}" if self.number > 1 else ""
        return f"{self.owner.publisher.name}-{subject}{number}"

    @property
    def starts_on(self) -> dt.date:
        """First day on the portal, events considered."""
        event = self.event
        return event.day if event and event.kind == "added_late" else self.created_on

    @property
    def as_listed(self) -> tuple[str, str]:
        """Title and short name as its publisher's list has them."""
        if self.defect and self.defect.is_listed_loosely:
            return self.title.upper(), ""
        return self.title, self.name

    def dataset_id(self, seed: int) -> str:
        """Return the id of the dataset."""
        return identity("dataset", seed, self.key)

    def moved_on(self, day: dt.date) -> dt.date | None:
        """Return the day on which it went to another publisher, if it has by a day."""
        event = self.event
        has_moved = event is not None and event.kind == "publisher_moved" and event.day <= day
        return event.day if event and has_moved else None


def draw_plans(roster: Roster, seed: int, scale: float) -> tuple[Plan, ...]:
    """Draw the datasets of all publishers.

    Args:
        roster: who may publish.
        seed: of all draws.
        scale: how many datasets stand where there would be one.
    """
    owners = [owner for owner in roster.planned.values() if not owner.is_silent]
    plans = [plan for owner in owners for plan in _plans_of(owner, seed, max(1, round(scale)))]
    return _with_events(_with_defects(plans, seed), seed)


def _plans_of(owner: PlannedPublisher, seed: int, copies: int) -> Iterator[Plan]:
    code, kind = owner.publisher.agency_code, owner.publisher.kind
    chosen = subjects_of(code, kind)
    if kind == "commune":
        least, most = settings().commune_subjects
        turn = key_of("subjects", seed, code) % len(chosen)
        count = least + int(fraction("how many", seed, code) * (most - least + 1))
        chosen = (chosen[turn:] + chosen[:turn])[:count]
    for subject in chosen:
        for number in range(1, copies + 1):
            yield _plan(owner, subject, number, seed)
    if owner.has_list:
        key = f"{code}/{LIST_SUBJECT}"
        yield Plan(
            key=key,
            owner=owner,
            subject=None,
            number=1,
            title=f"Danh mục dữ liệu mở của {owner.place}",
            frequency="annual",
            kind="csv",
            created_on=settings().launched_on + dt.timedelta(days=40),
            has_datastore=False,
        )


def _plan(owner: PlannedPublisher, subject: Subject, number: int, seed: int) -> Plan:
    key = f"{owner.publisher.agency_code}/{subject.key}/{number}"
    title = subject.title.format(place=owner.place[0].lower() + owner.place[1:])
    return Plan(
        key=key,
        owner=owner,
        subject=subject,
        number=number,
        title=title if number == 1 else f"{title} (kỳ {number})",
        frequency=subject.frequency,
        kind=_kind(subject, seed, key),
        created_on=settings().launched_on
        + dt.timedelta(days=int(fraction("created", seed, key) * 120)),
        has_datastore=fraction("datastore", seed, key) < settings().datastore_share,
    )


def _kind(subject: Subject, seed: int, key: str) -> str:
    weights = {
        kind: weight
        for kind, weight in settings().kinds.items()
        if subject.has_places or kind not in settings().place_kinds
    }
    drawn = fraction("kind", seed, key) * sum(weights.values())
    for kind, weight in weights.items():
        drawn -= weight
        if drawn < 0:
            return kind
    return "csv"


def _with_defects(plans: Sequence[Plan], seed: int) -> tuple[Plan, ...]:
    """Give kinds of defects in turn, so that each is met about as often as the others."""
    known = sorted(all_defects().values(), key=lambda d: fraction("turn", seed, d.defect_id))
    serious = itertools.cycle(known)
    lesser = itertools.cycle([defect for defect in known if defect.is_lesser])
    waiting: list[Defect] = []
    spoilt: dict[str, Defect] = {}
    order = sorted(plans, key=lambda p: (p.owner.publisher.kind != "department", p.key))
    for plan in order:
        if plan.subject is None:
            continue
        if plan.owner.is_tidy:
            if fraction("lesser", seed, plan.key) < settings().lesser_share:
                spoilt[plan.key] = _next(lesser, [], plan)
        else:
            spoilt[plan.key] = _next(serious, waiting, plan)
    return tuple(replace(plan, defect=spoilt.get(plan.key)) for plan in plans)


def _next(turns: Iterator[Defect], waiting: list[Defect], plan: Plan) -> Defect:
    """Take the next defect that a dataset can have; those that it cannot wait for another."""
    for place, defect in enumerate(waiting):
        if _may_have(plan, defect):
            return waiting.pop(place)
    for defect in turns:
        if _may_have(plan, defect):
            return defect
        waiting.append(defect)
    raise AssertionError("the turns never end")


def _may_have(plan: Plan, defect: Defect) -> bool:
    is_about_list = defect.is_left_off_list or defect.is_listed_loosely
    return plan.owner.has_list or not is_about_list


@cache
def _history() -> dict[str, Any]:
    content: dict[str, Any] = read_yaml("history.yml")
    return content


def _with_events(plans: Sequence[Plan], seed: int) -> tuple[Plan, ...]:
    """Give kinds of events in turn to every n-th dataset that nothing is wrong with."""
    history = _history()
    first, last = history["window"]
    kinds = itertools.cycle(history["kinds"].items())
    good = [plan for plan in plans if plan.defect is None and plan.subject is not None]
    good.sort(key=lambda plan: fraction("event", seed, plan.key))
    events: dict[str, Event] = {}
    for plan in good[:: history["every"]]:
        kind, entry = next(kinds)
        drawn = fraction("event day", seed, plan.key)
        day = first + dt.timedelta(days=int(drawn * ((last - first).days + 1)))
        until = None
        if "days" in entry:
            low, high = entry["days"]
            days = low + int(fraction("event days", seed, plan.key) * (high - low + 1))
            until = day + dt.timedelta(days=days)
        events[plan.key] = Event(kind, day, until)
    return tuple(replace(plan, event=events.get(plan.key)) for plan in plans)
