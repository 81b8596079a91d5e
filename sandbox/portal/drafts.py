"""A dataset and its files as they are on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
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
    StoredFile,
    identity,
)
from sandbox.portal.plans import Plan
from sandbox.portal.settings import settings
from sandbox.portal.subjects import Subject
from sandbox.portal.writers import FORMATS
from sandbox.randomness import fraction, key_of

_LOADED: Final = ("csv", "csv_bom", "csv_semicolon", "xlsx", "xls")
_NOTHING_WRONG: Final = Defect("", "nothing is wrong", frozenset(), frozenset())


@dataclass(slots=True)
class Listed:
    """What a publisher's list names on a day, and the days on which that changed."""

    plans: list[Plan] = field(default_factory=list)
    changed_on: list[dt.date] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a dataset needs to know of its portal.

    Attributes:
        seed: of all draws.
        is_large: whether each dataset has files of earlier years too.
        strangers: organisations that are no agency, by their key in ``publishers.yml``.
        lists: of the day, by id of the publisher.
    """

    seed: int
    is_large: bool
    strangers: Mapping[str, Publisher]
    lists: Mapping[str, Listed]


class Draft:
    """A dataset and its files on a day, in the making.

    Args:
        plan: of the dataset.
        owner: whose it is on the day, defects aside.
        day: the day.
        frame: the portal around it.
    """

    def __init__(self, plan: Plan, owner: Publisher, day: dt.date, frame: Frame) -> None:
        self._plan, self._owner, self._day, self._frame = plan, owner, day, frame
        self._defect = plan.defect or _NOTHING_WRONG
        self.files: list[StoredFile] = []

    def dataset(self) -> Dataset:
        """Return the dataset; its files are in ``files`` then."""
        plan, said = self._plan, self._defect.dataset
        licence = settings().licences.get(said.get("licence", self._licence()))
        maintainer = f"{folded(self._owner.name).lower()}@sonla.example"
        resources = tuple(replace(r, position=number) for number, r in enumerate(self._resources()))
        modified = max(self._edited_at(), *(r.modified_at or r.created_at for r in resources))
        return Dataset(
            dataset_id=plan.dataset_id(self._frame.seed),
            name=plan.name,
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
            created_at=self._moment(self._plan.starts_on, "created"),
            modified_at=modified,
            state=self._state(),
            tags=("dữ liệu mở", "Sơn La", plan.owner.publisher.kind),
            resources=resources,
        )

    def _draw(self, *names: str) -> float:
        return fraction("portal", self._frame.seed, self._plan.key, *names)

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
        return self._frame.strangers[key].publisher_id if key else ""

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
        day = self._happened("edited") or self._happened("publisher_moved") or self._plan.starts_on
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
        count = 0 if self._defect.stops else (self._day - self._plan.starts_on).days // days
        return count + 1, self._plan.starts_on + dt.timedelta(days=count * days)

    def _resources(self) -> Iterator[Resource]:
        subject = self._plan.subject
        if subject is None:
            yield self._list()
            return
        yield self._data(subject)
        if self._frame.is_large:
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
                    self._plan.starts_on,
                    self._plan.starts_on,
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
        mine = self._frame.lists[self._owner.publisher_id]
        plans = sorted(mine.plans, key=lambda plan: plan.key)
        titles = tuple(plan.as_listed for plan in plans)
        day = max([self._plan.starts_on, self._updates()[1], *mine.changed_on])
        content = ListFile(self._plan.owner.place, titles)
        version = f"{key_of(*(title for title, _ in titles)):x}"
        entry = self._entry(
            "list", "csv_bom", self._plan.title, self._plan.starts_on, day, content, version
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
        created = again or self._plan.starts_on
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
            str(year),
            self._plan.kind,
            name,
            self._plan.starts_on,
            self._plan.starts_on,
            content,
            "1",
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
        resource_id = identity("resource", self._frame.seed, plan.key, part)
        # What stands under a new id may still lie where it lay.
        lies = part if self._happened("resource_replaced") else part.removesuffix(" again")
        place = identity("resource", self._frame.seed, plan.key, lies)
        path = f"/files/{place}/{self._plan.name}-{part.split()[0]}.{ending}"
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
