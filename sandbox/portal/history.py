"""The portal day by day: a pure function of the seed and the day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sandbox.portal.drafts import Draft, Frame, Listed
from sandbox.portal.model import Dataset, Publisher, State, StoredFile
from sandbox.portal.plans import Event, Plan, draw_plans
from sandbox.portal.publishers import read_roster
from sandbox.province import DEFAULT_SEED, REFERENCE
from sandbox.randomness import key_of


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the portal, for whoever looks for one.

    Attributes:
        dataset_id: of the dataset that it happens to.
        event: what and when.
    """

    dataset_id: str
    event: Event


class Portal:
    """The simulated portal.

    Args:
        seed: of all draws.
        share: of the publishers that are played, 0–1; departments always are.
        scale: how many datasets stand where there would be one (14: about 2,000); above 1 each
            has more files too.
        reference: folder of the reference seeds.
    """

    def __init__(
        self,
        seed: int = DEFAULT_SEED,
        share: float = 1.0,
        *,
        scale: float = 1.0,
        reference: Path = REFERENCE,
    ) -> None:
        self.seed, self.share, self._is_large = seed, share, scale > 1
        self.roster = read_roster(reference, seed)
        self.plans = tuple(
            plan for plan in draw_plans(self.roster, seed, scale) if plan.owner.drawn < share
        )
        self._publishers = (
            *(p.publisher for p in self.roster.planned.values() if p.drawn < share),
            *self.roster.strangers.values(),
        )

    @cached_property
    def happenings(self) -> tuple[Happening, ...]:
        """What happens to datasets besides their updates, by day."""
        found = [Happening(self.id_of(p), p.event) for p in self.plans if p.event]
        return tuple(sorted(found, key=lambda h: (h.event.day, h.dataset_id)))

    @cached_property
    def plan_by_id(self) -> dict[str, Plan]:
        """Plans by the id of their dataset."""
        return {self.id_of(plan): plan for plan in self.plans}

    def id_of(self, plan: Plan) -> str:
        """Return the id of a plan's dataset."""
        return plan.dataset_id(self.seed)

    def on(self, day: dt.date) -> State:
        """Return the portal at the end of a day.

        Args:
            day: any; before the launch there is nothing.
        """
        lists: dict[str, Listed] = defaultdict(Listed)
        there = [plan for plan in self.plans if plan.starts_on <= day]
        for plan in there:
            moved_on = plan.moved_on(day)
            if plan.defect is None or not plan.defect.is_left_off_list:
                mine = lists[self._owner_on(plan, day).publisher_id]
                mine.plans.append(plan)
                mine.changed_on.append(moved_on or plan.starts_on)
            if moved_on:  # its former owner's list changed that day too
                lists[plan.owner.publisher.publisher_id].changed_on.append(moved_on)
        frame = Frame(self.seed, self._is_large, self.roster.strangers, lists)
        datasets: list[Dataset] = []
        files: dict[str, StoredFile] = {}
        for plan in sorted(there, key=lambda plan: (plan.starts_on, plan.key)):
            draft = Draft(plan, self._owner_on(plan, day), day, frame)
            datasets.append(draft.dataset())
            files.update((file.path, file) for file in draft.files)
        return State(
            day,
            tuple(datasets),
            tuple(sorted(self._publishers, key=lambda publisher: publisher.name)),
            files,
        )

    def _owner_on(self, plan: Plan, day: dt.date) -> Publisher:
        """Return whose dataset it is on a day, defects aside."""
        if plan.moved_on(day) is None:
            return plan.owner.publisher
        # Departments are always played, so it goes to the same one at any share.
        others = sorted(
            (
                owner.publisher
                for owner in self.roster.planned.values()
                if owner.publisher.kind == "department" and owner.is_tidy and owner != plan.owner
            ),
            key=lambda other: key_of("goes to", self.seed, plan.key, other.agency_code),
        )
        return others[0] if others else plan.owner.publisher
