"""Which files of a day are asked for, and in which order; nothing is fetched here.

New and changed files come first, then those that had a problem, then the ones that nobody has
looked at for longest. A resource that is gone under its id and stands under a new one in the same
dataset is followed: what is known of it stays known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import IntEnum

from ingestion.sources.open_data_portal.known import Day, Key, Known, Listed
from ingestion.sources.open_data_portal.records import content_key

Mark = tuple[str, ...]


class Turn(IntEnum):
    """What is to be done about a resource; those that are asked for, in their order.

    Attributes:
        NEW: new, changed or moved.
        AGAIN: could not be had, or was not reached, the last time.
        DUE: not looked at for too long, or by an older inspector.
        DOUBTFUL: the portal would not say if it changed, the server would.
        STANDS: the portal says that it has not changed.
        WAITS: nobody says anything, and it is not its turn.
        DONE: looked at for this day and this snapshot already.
        REFUSED: there is no address, or none that may be asked.
        CLOSED: the dataset is not open to all.
    """

    NEW = 1
    AGAIN = 2
    DUE = 3
    DOUBTFUL = 4
    STANDS = 5
    WAITS = 6
    DONE = 7
    REFUSED = 8
    CLOSED = 9

    @property
    def is_asked_for(self) -> bool:
        """Whether the file is asked for."""
        return self <= Turn.DOUBTFUL


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about one resource.

    Attributes:
        before: what the last earlier day knew, be it under another id.
        own: what an earlier run for the same day found.
        followed_from: the id that the resource had before.
        validator: what to ask "changed since?" with.
    """

    listed: Listed
    turn: Turn
    before: Known | None = None
    own: Known | None = None
    followed_from: str = ""
    validator: str | None = None

    @property
    def content_key(self) -> str:
        """Key of the content."""
        return content_key(*self.listed.key)

    @property
    def basis(self) -> Known | None:
        """Whose content an unchanged file has: of two looks the later one."""
        return (
            self.own if self.own is not None and "content_sha256" in self.own.row else self.before
        )

    @property
    def order(self) -> tuple[int, str, str]:
        """Place in the queue."""
        basis = self.basis
        return self.turn, basis.row.get("looked_on", "") if basis else "", self.content_key


@dataclass(frozen=True)
class Chooser:
    """Makes the plans of a day.

    Attributes:
        day: of the snapshot.
        recheck_days: after which a file is asked for again.
        inspector_version: of the inspector at hand.
    """

    day: date
    recheck_days: int
    inspector_version: str

    def plans(self, known: Day) -> list[Plan]:
        """What is to be done about each resource of a day, in the order of the snapshot."""
        moved = followed(known.resources, known.before)
        plans = []
        for listed in known.resources:
            old = moved.get(listed.key)
            before = known.before.get(old or listed.key)
            own = known.own.get(listed.key)
            if own is not None and own.row.get("looked_on") != self.day.isoformat():
                own = None  # it only repeats what was known before
            is_fresh = own is not None and _is_since(own, known.loaded_at)
            plans.append(self._plan(listed, before, own, old[1] if old else "", is_fresh))
        return plans

    def _plan(
        self,
        listed: Listed,
        before: Known | None,
        own: Known | None,
        followed_from: str,
        is_fresh: bool,
    ) -> Plan:
        plan = Plan(listed, Turn.NEW, before, own, followed_from)
        turn = self._turn(plan, is_fresh)
        validator = self._validator(plan) if turn.is_asked_for else None
        if turn is Turn.DOUBTFUL and validator is None:
            turn = Turn.WAITS
        return Plan(listed, turn, before, own, followed_from, validator)

    def _turn(self, plan: Plan, is_fresh: bool) -> Turn:
        listed, own, before = plan.listed, plan.own, plan.before
        if not listed.is_open_to_all:
            return Turn.CLOSED
        if listed.url_problem_code:
            return Turn.REFUSED
        if own is not None and is_fresh and "problem_code" not in own.row:
            return Turn.DONE
        if own is not None or before is None or plan.followed_from:
            return Turn.NEW
        if "problem_code" in before.row:
            return Turn.AGAIN
        if "content_sha256" not in before.row:
            return Turn.AGAIN
        if before.listed is None or _is_other(listed, before.listed):
            return Turn.NEW
        if self._is_due(before):
            return Turn.DUE
        return Turn.STANDS if listed.stated.says_when else Turn.DOUBTFUL

    def _is_due(self, known: Known) -> bool:
        if known.row.get("inspector_version") != self.inspector_version:
            return True
        looked_on = known.row.get("looked_on")
        return looked_on is None or (
            (self.day - date.fromisoformat(looked_on)).days >= self.recheck_days
        )

    def _validator(self, plan: Plan) -> str | None:
        """What to ask with, if the content known is what the validator speaks of.

        A date says nothing of another address: another file there may be older and not the same.
        """
        basis = plan.basis
        if basis is None or basis.row.get("inspector_version") != self.inspector_version:
            return None
        given = basis.row.get("http_validator")
        then = basis.listed
        if given is None or then is None or then.role != plan.listed.role:
            return None
        is_tag = given.startswith(('"', "W/"))
        return given if is_tag or then.stated.url == plan.listed.stated.url else None


def _is_since(own: Known, loaded_at: datetime | None) -> bool:
    """Whether a file was looked at after the snapshot was loaded, to the second."""
    if loaded_at is None:
        return False
    return own.row.get("looked_at", "") >= f"{loaded_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _is_other(now: Listed, then: Listed) -> bool:
    """Whether the portal says that the file may be another, or means something else."""
    return now.stated != then.stated or now.role != then.role


def followed(resources: Sequence[Listed], before: Mapping[Key, Known]) -> dict[Key, Key]:
    """Resources that stood under another id of the same dataset before: new key to old.

    By address, else by name and format, where exactly one that is gone fits exactly one that came.
    """
    here = {item.key for item in resources}
    gone: dict[str, list[Listed]] = defaultdict(list)
    for key, known in before.items():
        if key not in here and known.listed is not None:
            gone[key[0]].append(known.listed)
    came: dict[str, list[Listed]] = defaultdict(list)
    for item in resources:
        if item.key[0] in gone and item.key not in before:
            came[item.key[0]].append(item)
    found: dict[Key, Key] = {}
    for dataset, arrived in came.items():
        for mark in (_by_address, _by_words):
            old = _only_ones(mark, (x for x in gone[dataset] if x.key not in found.values()))
            new = _only_ones(mark, (x for x in arrived if x.key not in found))
            found |= {new[told].key: old[told].key for told in new.keys() & old.keys()}
    return found


def _by_address(item: Listed) -> Mark:
    return (item.stated.url,) if item.stated.url else ()


def _by_words(item: Listed) -> Mark:
    return (item.name.casefold(), item.format_text.casefold()) if item.name else ()


def _only_ones(
    mark: Callable[[Listed], tuple[str, ...]], items: Iterable[Listed]
) -> dict[tuple[str, ...], Listed]:
    """Items by their mark; those without one, or with one that others share, left out."""
    marked: dict[Mark, list[Listed]] = defaultdict(list)
    for item in items:
        if told := mark(item):
            marked[told].append(item)
    return {told: group[0] for told, group in marked.items() if len(group) == 1}
