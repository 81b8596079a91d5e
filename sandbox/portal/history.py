"""The portal day by day: a pure function of the seed and the day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from sandbox.clock import ZONE
from sandbox.people import folded
from sandbox.portal.defects import Defect
from sandbox.portal.files import DataFile, DictionaryFile, ListFile
from sandbox.portal.model import (
    Content,
    Dataset,
    DatasetState,
    Publisher,
    Resource,
    State,
    StoredFile,
    identity,
)
from sandbox.portal.plans import Event, Plan, draw_plans
from sandbox.portal.publishers import read_roster
from sandbox.portal.settings import settings
from sandbox.portal.subjects import Subject
from sandbox.portal.writers import FORMATS
from sandbox.province import DEFAULT_SEED, REFERENCE
from sandbox.randomness import fraction, key_of

_LOADED: Final = ("csv", "csv_bom", "csv_semicolon", "xlsx", "xls")
_GOOD_DEFECT: Final = Defect("", "nothing is wrong", frozenset(), frozenset())


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
        return identity("dataset", self.seed, plan.key)

    def on(self, day: dt.date) -> State:
        """Return the portal at the end of a day.

        Args:
            day: any; before the launch there is nothing.
        """
        lists: dict[str, _Listed] = defaultdict(_Listed)
        there = [plan for plan in self.plans if _starts_on(plan) <= day]
        for plan in there:
            moved_on = plan.event.day if plan.event and _has_moved(plan, day) else None
            if plan.defect is None or not plan.defect.is_left_off_list:
                mine = lists[self._owner_on(plan, day).publisher_id]
                mine.plans.append(plan)
                mine.changed_on.append(moved_on or _starts_on(plan))
            if moved_on:  # its former owner's list changed that day too
                lists[plan.owner.publisher.publisher_id].changed_on.append(moved_on)
        datasets: list[Dataset] = []
        files: dict[str, StoredFile] = {}
        for plan in sorted(there, key=lambda plan: (_starts_on(plan), plan.key)):
            draft = _Draft(self, plan, day, lists)
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
        if not _has_moved(plan, day):
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


@dataclass(slots=True)
class _Listed:
    """What a publisher's list names on a day, and the days on which that changed."""

    plans: list[Plan] = field(default_factory=list)
    changed_on: list[dt.date] = field(default_factory=list)


class _Draft:
    """A dataset and its files on a day, in the making."""

    def __init__(
        self,
        portal: Portal,
        plan: Plan,
        day: dt.date,
        lists: Mapping[str, _Listed],
    ) -> None:
        self._portal, self._plan, self._day, self._lists = portal, plan, day, lists
        self._defect = plan.defect or _GOOD_DEFECT
        self._started = _starts_on(plan)
        self._owner = portal._owner_on(plan, day)
        self.files: list[StoredFile] = []

    def dataset(self) -> Dataset:
        """Return the dataset; its files are in ``files`` then."""
        plan, said = self._plan, self._defect.dataset
        licence = settings().licences.get(said.get("licence", self._licence()))
        maintainer = f"{folded(self._owner.name).lower()}@sonla.example"
        resources = self._numbered(self._resources())
        modified = max(self._edited_at(), *(r.modified_at or r.created_at for r in resources))
        return Dataset(
            dataset_id=self._portal.id_of(plan),
            name=self._name,
            title=plan.title,
            description=said.get("description", self._description()).format(title=plan.title),
            publisher_id=self._publisher_id(),
            licence_id=said.get("licence_id", licence.id if licence else ""),
            licence_title=said.get("licence_title", licence.title if licence else ""),
            licence_url=said.get("licence_url", licence.url if licence else ""),
            is_open=licence is not None and licence.is_open,
            author=said.get("author", plan.owner.place),
            author_email=said.get("author_email", ""),
            maintainer=said.get("maintainer", "Bộ phận quản trị dữ liệu"),
            maintainer_email=said.get("maintainer_email", maintainer),
            frequency_text=said.get("frequency_text", self._frequency_text()),
            created_at=self._moment(self._started, "created"),
            modified_at=modified,
            state=self._state(),
            tags=("dữ liệu mở", "Sơn La", plan.owner.publisher.kind),
            resources=resources,
        )

    @property
    def _name(self) -> str:
        return name_of(self._plan)

    def _draw(self, *names: str) -> float:
        return fraction("portal", self._portal.seed, self._plan.key, *names)

    def _moment(self, day: dt.date, *names: str) -> dt.datetime:
        """Return a moment in the office hours of a day."""
        seconds = int(self._draw("moment", str(day), *names) * 8 * 3600)
        return dt.datetime.combine(day, dt.time(8), ZONE) + dt.timedelta(seconds=seconds)

    def _happened(self, kind: str) -> dt.date | None:
        """Return the day on which something has happened to it, if it has."""
        event = self._plan.event
        return event.day if event and event.kind == kind and event.day <= self._day else None

    def _licence(self) -> str:
        chosen = [licence.id for licence in settings().licences.values() if licence.is_chosen]
        return chosen[int(self._draw("licence") * len(chosen))]

    def _publisher_id(self) -> str:
        key = self._defect.dataset.get("publisher")
        if key is None:
            return self._owner.publisher_id
        return self._portal.roster.strangers[key].publisher_id if key else ""

    @property
    def _frequency(self) -> str:
        return self._defect.dataset.get("frequency", self._plan.frequency)

    def _frequency_text(self) -> str:
        spellings = settings().frequencies[self._frequency].spellings
        return spellings[int(self._draw("frequency") * len(spellings))]

    def _description(self) -> str:
        plan = self._plan
        if plan.subject is None:
            text = f"Các bộ dữ liệu mở mà {plan.owner.place} công bố, kèm mã của từng bộ dữ liệu."
        else:
            text = f"Dữ liệu do {plan.owner.place} tổng hợp và công bố (dữ liệu mô phỏng)."
        if self._happened("edited") or self._happened("silently_edited"):
            text += " Đã bổ sung phương pháp thu thập và phạm vi số liệu."
        return text

    def _edited_at(self) -> dt.datetime:
        day = self._happened("edited") or self._happened("publisher_moved") or self._started
        if self._defect.is_touched:
            day = max(day, self._day.replace(day=1))
        return self._moment(day, "edited")

    def _state(self) -> DatasetState:
        event = self._plan.event
        if event is None or event.day > self._day:
            return "active"
        if event.kind == "made_private":
            return "private"
        if event.kind == "withdrawn":
            return "deleted"
        is_away = event.kind == "returned" and event.until and self._day < event.until
        return "deleted" if is_away else "active"

    def _updates(self) -> tuple[int, dt.date]:
        """Return how many versions of the data there have been, and the day of the last."""
        share = settings().updated_after_share
        days = max(1, int(settings().frequencies[self._frequency].most_days * share))
        count = 0 if self._defect.stops else (self._day - self._started).days // days
        return count + 1, self._started + dt.timedelta(days=count * days)

    def _resources(self) -> Iterator[Resource]:
        subject = self._plan.subject
        if subject is None:
            yield self._list()
            return
        yield self._data(subject)
        if self._portal._is_large:
            for year in (2022, 2023, 2024, 2025):
                yield self._earlier(subject, year)
        added = self._happened("resource_added")
        if added:
            kind = "json" if self._plan.kind != "json" else "csv"
            version, updated = self._updates()
            day = max(added, updated)
            content = DataFile(subject.key, self._plan.key, self._owner_kind, version, kind)
            yield self._entry(
                "more", kind, f"{self._plan.title} ({kind})", added, day, content, str(version)
            )
        if not self._defect.is_undescribed and not self._has_datastore:
            yield replace(
                self._entry(
                    "dictionary",
                    "csv_bom",
                    "Từ điển dữ liệu (mô tả các trường)",
                    self._started,
                    self._started,
                    DictionaryFile(subject.key),
                    "1",
                ),
                role="dictionary",
            )

    @property
    def _owner_kind(self) -> str:
        return self._plan.owner.publisher.kind

    @property
    def _has_datastore(self) -> bool:
        """Only a sound table that a spreadsheet can read gets into the datastore."""
        defect = self._defect
        is_sound = not (defect.kind or defect.spoil or defect.table or defect.is_without_content)
        is_loaded = is_sound and not defect.is_undescribed and self._plan.kind in _LOADED
        return is_loaded and self._plan.has_datastore

    def _list(self) -> Resource:
        mine = self._lists[self._owner.publisher_id]
        plans = sorted(mine.plans, key=lambda plan: plan.key)
        titles = tuple(map(_as_listed, plans))
        day = max([self._started, self._updates()[1], *mine.changed_on])
        content = ListFile(self._plan.owner.place, titles)
        version = f"{key_of(*(title for title, _ in titles)):x}"
        entry = self._entry(
            "list", "csv_bom", self._plan.title, self._started, day, content, version
        )
        return replace(entry, role="list")

    def _data(self, subject: Subject) -> Resource:
        """Return the entry of the data file, with what is wrong with it."""
        defect, plan = self._defect, self._plan
        kind = defect.kind or plan.kind
        declared = defect.declared or kind
        version, updated = self._updates()
        silently = self._happened("silently_changed")
        content = DataFile(
            subject.key,
            plan.key,
            self._owner_kind,
            version + (1000 if silently else 0),
            kind,
            defect.table,
            defect.spoil,
        )
        again = self._happened("resource_moved") or self._happened("resource_replaced")
        part = "data again" if again else "data"
        created = again or self._started
        entry = self._entry(
            part,
            declared,
            plan.title,
            created,
            max(updated, created),
            content,
            f"{version}{'+' if silently else ''}",
            changed_on=silently,
        )
        if self._has_datastore:
            entry = replace(entry, fields=tuple(column.field for column in subject.columns))
        if defect.has_bare_datastore:
            bare = tuple(replace(column.field, label="") for column in subject.columns)
            entry = replace(entry, fields=bare)
        if "link" in defect.resource:
            self.files.pop()
            entry = replace(entry, path="")
        return replace(entry, **defect.resource)

    def _earlier(self, subject: Subject, year: int) -> Resource:
        content = DataFile(
            subject.key, f"{self._plan.key}/{year}", self._owner_kind, 1, self._plan.kind
        )
        name = f"{self._plan.title} năm {year}"
        return self._entry(
            str(year), self._plan.kind, name, self._started, self._started, content, "1"
        )

    def _entry(
        self,
        part: str,
        declared: str,
        name: str,
        created: dt.date,
        modified: dt.date,
        content: Content,
        version: str,
        changed_on: dt.date | None = None,
    ) -> Resource:
        """Make the entry of a file and put the file where it lies.

        Args:
            part: which file of the dataset.
            declared: kind of file as the entry says.
            name: of the entry.
            created: day of the entry.
            modified: day of the last change as the entry says.
            content: of the file.
            version: of the content.
            changed_on: day of the last change as the server says; ``modified`` where none.
        """
        plan, defect = self._plan, self._defect
        text, ending, media = FORMATS[declared]
        resource_id = identity("resource", self._portal.seed, plan.key, part)
        # What stands under a new id may still lie where it lay.
        lies = part if self._happened("resource_replaced") else part.removesuffix(" again")
        place = identity("resource", self._portal.seed, plan.key, lies)
        path = f"/files/{place}/{self._name}-{part.split()[0]}.{ending}"
        at = self._moment(modified, part)
        is_data = part in ("data", "data again")
        answer = defect.answer if is_data and defect.shows_on(self._day) else {}
        stored = StoredFile(
            path=path,
            content=content,
            version=version,
            media_type=defect.media_type if is_data and defect.media_type else media,
            modified_at=max(at, self._moment(changed_on, part)) if changed_on else at,
            **answer,
        )
        if is_data and defect.is_moved:
            real = path.replace("/files/", "/files/moi/")
            self.files.append(replace(stored, path=real))
            stored = replace(stored, status=302, location=real)
        self.files.append(stored)
        return Resource(
            resource_id=resource_id,
            position=0,
            name=name,
            description=f"{name}. Dữ liệu mô phỏng.",
            format_text=text,
            media_type=media,
            path=path,
            link="",
            created_at=self._moment(created, part, "created"),
            modified_at=max(at, self._moment(created, part, "created")),
            role="data",
        )

    def _numbered(self, resources: Iterator[Resource]) -> tuple[Resource, ...]:
        return tuple(replace(r, position=number) for number, r in enumerate(resources))


def _as_listed(plan: Plan) -> tuple[str, str]:
    """Return title and short name of a plan's dataset as its publisher's list has them."""
    if plan.defect and plan.defect.is_listed_loosely:
        return plan.title.upper(), ""
    return plan.title, name_of(plan)


def name_of(plan: Plan) -> str:
    """Return the short name of a plan's dataset."""
    subject = plan.subject.key.replace("_", "-") if plan.subject else "danh-muc-du-lieu-mo"
    number = f"-{plan.number}" if plan.number > 1 else ""
    return f"{plan.owner.publisher.name}-{subject}{number}"


def _starts_on(plan: Plan) -> dt.date:
    event = plan.event
    return event.day if event and event.kind == "added_late" else plan.created_on


def _has_moved(plan: Plan, day: dt.date) -> bool:
    event = plan.event
    return event is not None and event.kind == "publisher_moved" and event.day <= day
