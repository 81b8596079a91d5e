"""The answer key: which rule each dataset keeps on a day, and which agencies conform."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sandbox.portal.defects import Defect
from sandbox.portal.history import Portal
from sandbox.portal.model import Dataset
from sandbox.portal.plans import Plan
from sandbox.portal.settings import settings

RULES: Final = tuple(f"OPEN-{number:03d}" for number in range(1, 14))
CRITICAL: Final = frozenset(f"OPEN-{number:03d}" for number in (1, 2, 3, 8, 9, 11, 13))
# A list of datasets describes itself, and is not on itself.
_NOT_OF_LISTS: Final = frozenset({"OPEN-010", "OPEN-012"})
# Formats of which "header and constant columns" says nothing.
_NO_TABLES: Final = ("Parquet",)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule must say of a dataset.

    Attributes:
        passed: None where the key makes no claim: the rule cannot be judged, or what it says
            depends on how often the link was looked at.
        defect_id: what is wrong with the dataset; "" for nothing.
    """

    dataset_id: str
    rule_id: str
    passed: bool | None
    defect_id: str


# A link that was alive may be looked at again only after so many days.
_LOOKED_AGAIN_DAYS: Final = 30


def answers(portal: Portal, day: dt.date, since: dt.date | None = None) -> list[Answer]:
    """Return what every rule must say of every public dataset.

    Args:
        portal: the portal.
        day: the day that is judged.
        since: first day from which the portal was harvested without a gap; a link that fails in
            a way that may pass is only judged from the second look on, and one that dies later
            may be found dead only weeks after. None: long before.
    """
    found = []
    for dataset in portal.on(day).public:
        plan = portal.plan_by_id[dataset.dataset_id]
        defect_id = plan.defect.defect_id if plan.defect else ""
        found += [
            Answer(dataset.dataset_id, rule, passed, defect_id)
            for rule, passed in _of(plan, dataset, portal, day, since)
        ]
    return found


def conforming(portal: Portal, day: dt.date, since: dt.date | None = None) -> dict[str, bool]:
    """Return which of the obliged agencies conform: every critical rule, for all it publishes.

    An agency without a public dataset does not. Left out are agencies that are not played, and
    those whose only doubt is a link of which the key makes no claim.

    Args:
        portal: the portal.
        day: the day that is judged.
        since: as for `answers`.
    """
    state = portal.on(day)
    planned = portal.roster.planned
    codes = [
        code
        for code in portal.roster.obliged
        if code not in planned or planned[code].drawn < portal.share
    ]
    said = {(a.dataset_id, a.rule_id): a.passed for a in answers(portal, day, since)}
    theirs: dict[str, list[bool | None]] = {code: [] for code in codes}
    for dataset in state.public:
        publisher = state.publisher_by_id.get(dataset.publisher_id)
        if publisher is not None and publisher.agency_code:
            is_bad = any(said[dataset.dataset_id, rule] is False for rule in CRITICAL)
            is_open = said[dataset.dataset_id, "OPEN-008"] is None
            theirs[publisher.agency_code].append(False if is_bad else None if is_open else True)
    return {
        code: bool(verdicts) and False not in verdicts
        for code, verdicts in theirs.items()
        if False in verdicts or None not in verdicts
    }


def _of(
    plan: Plan, dataset: Dataset, portal: Portal, day: dt.date, since: dt.date | None
) -> Iterator[tuple[str, bool | None]]:
    broken, unclear = _faults(plan, dataset, day, since)
    if plan.subject is None:
        unclear |= _NOT_OF_LISTS
    if any(resource.format_text in _NO_TABLES for resource in dataset.resources):
        unclear |= {"OPEN-009"}
    owner = portal.roster.planned_by_id.get(dataset.publisher_id)
    if owner is None or not owner.has_list:
        unclear |= {"OPEN-012"}
    for rule in RULES:
        if rule in broken:
            yield rule, False
        else:
            yield rule, None if rule in unclear else True


def _faults(
    plan: Plan, dataset: Dataset, day: dt.date, since: dt.date | None
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the rules that are broken and those of which nothing is said."""
    nothing: frozenset[str] = frozenset()
    defect = plan.defect
    if defect is None or not defect.shows_on(day):
        return nothing, nothing
    if defect.is_passing and since == day:
        return nothing, defect.unclear | defect.breaks
    if defect.first is not None and not _is_surely_seen(defect, day, since):
        return nothing, defect.unclear | {"OPEN-008"}
    if defect.stops:
        code = defect.dataset.get("frequency", plan.frequency)
        most = settings().frequencies[code].most_days
        updated = max(r.modified_at or r.created_at for r in dataset.resources).date()
        # How long a delay is borne is for others to say; twice the time is late in any case.
        if (day - updated).days <= 2 * most:
            return nothing, defect.breaks if (day - updated).days > most else nothing
    return defect.breaks, defect.unclear


def _is_surely_seen(defect: Defect, day: dt.date, since: dt.date | None) -> bool:
    """Whether somebody who looks now and then must have met what began on a day."""
    if defect.first is None or defect.last is not None:
        return False
    was_first_seen_so = since is not None and since >= defect.first
    return was_first_seen_so or (day - defect.first).days > _LOOKED_AGAIN_DAYS
