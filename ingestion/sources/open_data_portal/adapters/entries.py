"""Entries of a catalogue made of what a portal says, the same way for every kind of portal.

An adapter gives plain facts (`Facts`) under the names of `DatasetEntry` and `ResourceEntry`; what
a text means (an id, a moment, a size, a role) is decided here alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from ingestion.core.addresses import AddressRefused, joined
from ingestion.core.dates import read_day
from ingestion.core.errors import DataRefused
from ingestion.core.guard import fold
from ingestion.core.web_pages import clean
from ingestion.sources.open_data_portal.catalogue import (
    Catalogue,
    DatasetEntry,
    PublisherEntry,
    ResourceEntry,
    Role,
    State,
    Way,
)
from ingestion.sources.open_data_portal.settings import Moments, Portal

Facts = Mapping[str, Any]

_LONGEST_NAME = 300
_LONGEST_DESCRIPTION = 200_000
_MOST_LISTED = 200
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_ID = re.compile(r"[\w.:{}-]{1,100}", re.ASCII)
_SIGNS = re.compile(r"[\W_]+")
_YES = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_NOTHING = {"", "[]", "{}", "null", "none", "n/a"}

PRIVATE_VI = "Cổng không cho xem bộ dữ liệu này vì không công khai hoặc đã xóa"
DELETED_VI = "Bộ dữ liệu đã bị xóa hoặc cổng không còn tìm thấy"
UNREADABLE_VI = "Cổng có nêu bộ dữ liệu này nhưng không trả được thông tin đọc được"
_PROBLEMS: Mapping[State, str] = {
    "active": "",
    "private": PRIVATE_VI,
    "deleted": DELETED_VI,
    "unreadable": UNREADABLE_VI,
}


@dataclass(frozen=True)
class Maker:
    """Makes entries for one portal.

    Attributes:
        portal: words that tell roles, and bounds.
        moments: how this kind of portal writes times.
        base_url: of the portal's site.
    """

    portal: Portal
    moments: Moments
    base_url: str

    def dataset(self, facts: Facts) -> DatasetEntry:
        """A dataset of its facts; texts are cleaned, nothing is taken on trust.

        Args:
            facts: by the names of `DatasetEntry`; ``resources`` a list of facts, ``contacts`` and
                ``tags`` lists of texts, all else one value.

        Raises:
            DataRefused: it says nothing that could tell it from others.
        """
        page_url = self._address(facts.get("page_url"))
        dataset_id = identity(facts.get("dataset_id") or facts.get("name") or page_url)
        if not dataset_id:
            raise DataRefused("a dataset has neither id nor name nor address")
        resources = self._resources(dataset_id, facts.get("resources") or ())
        stated = number(facts.get("stated_resource_count"))
        state: State = facts.get("state") or "active"
        return DatasetEntry(
            dataset_id=dataset_id,
            name=clean(facts.get("name"), _LONGEST_NAME),
            title=clean(facts.get("title")),
            description=clean(facts.get("description"), _LONGEST_DESCRIPTION),
            page_url=page_url,
            publisher_id=identity(facts.get("publisher_id")),
            publisher_name=clean(facts.get("publisher_name")),
            licence_id=clean(facts.get("licence_id"), _LONGEST_NAME),
            licence_title=clean(facts.get("licence_title")),
            licence_url=self._address(facts.get("licence_url")),
            is_open_stated=flag(facts.get("is_open_stated")),
            contacts=listed(facts.get("contacts")),
            frequency_text=clean(facts.get("frequency_text"), _LONGEST_NAME),
            created_at=moment(facts.get("created_at"), self.moments),
            modified_at=moment(facts.get("modified_at"), self.moments),
            state=state,
            problem=_PROBLEMS[state],
            stated_resource_count=stated,
            tags=tuple(sorted(set(listed(facts.get("tags"))))),
            is_described=is_given(facts.get("dictionary"))
            or any(is_given(resource.get("dictionary")) for resource in facts.get("resources", ())),
            resources=resources,
        )

    def publisher(self, facts: Facts) -> PublisherEntry:
        """An organisation of its facts, by the names of `PublisherEntry`.

        Raises:
            DataRefused: it says nothing that could tell it from others.
        """
        publisher_id = identity(facts.get("publisher_id") or facts.get("name"))
        if not publisher_id:
            raise DataRefused("an organisation has neither id nor name")
        return PublisherEntry(
            publisher_id=publisher_id,
            name=clean(facts.get("name"), _LONGEST_NAME),
            title=clean(facts.get("title")),
            dataset_count=number(facts.get("dataset_count")),
            state=clean(facts.get("state"), _LONGEST_NAME) or "active",
        )

    def catalogue(
        self,
        datasets: Iterable[DatasetEntry],
        publishers: Iterable[PublisherEntry],
        *,
        stated: int | None,
        way: Way,
        is_synthetic: bool,
        remarks: Sequence[str] = (),
    ) -> Catalogue:
        """The whole, in an order that does not depend on the portal's.

        An organisation that only datasets name is one of the portal's too.

        Raises:
            DataRefused: more datasets or resources than the bounds allow; an id stands twice.
        """
        by_id: dict[str, DatasetEntry] = {}
        resources = 0
        for entry in datasets:
            if entry.dataset_id in by_id:
                raise DataRefused("two datasets of the catalogue have the same id")
            by_id[entry.dataset_id] = entry
            resources += len(entry.resources)
        self.check_size(len(by_id), resources)
        known = {entry.publisher_id: entry for entry in publishers}
        for entry in by_id.values():
            if entry.publisher_id and entry.publisher_id not in known:
                known[entry.publisher_id] = PublisherEntry(
                    entry.publisher_id, title=entry.publisher_name
                )
        return Catalogue(
            datasets=tuple(by_id[key] for key in sorted(by_id)),
            publishers=tuple(known[key] for key in sorted(known)),
            stated_dataset_count=stated,
            way=way,
            url=self.base_url,
            is_synthetic=is_synthetic,
            remarks=tuple(remarks),
        )

    def check_size(self, datasets: int, resources: int = 0) -> None:
        """Refuse a catalogue beyond the bounds.

        Raises:
            DataRefused: it is.
        """
        if datasets > self.portal.most_datasets:
            raise DataRefused(f"the catalogue has more than {self.portal.most_datasets} datasets")
        if resources > self.portal.most_resources:
            raise DataRefused(f"the catalogue has more than {self.portal.most_resources} resources")

    def _resources(self, dataset_id: str, given: Sequence[Facts]) -> tuple[ResourceEntry, ...]:
        """The resources of a dataset; ids that stand twice in it are told apart by position."""
        entries: dict[str, ResourceEntry] = {}
        for position, facts in enumerate(given, 1):
            entry = self._resource(facts, position)
            key = entry.resource_id
            if not key or key in entries:
                words = "\x1f".join((dataset_id, key, entry.url, entry.name, str(position)))
                entry = replace(entry, resource_id=f"made:{_hash(words)}")
            entries[entry.resource_id] = entry
        return tuple(entries.values())

    def _resource(self, facts: Facts, position: int) -> ResourceEntry:
        url = self._address(facts.get("url"))
        name = clean(facts.get("name"))
        return ResourceEntry(
            resource_id=identity(facts.get("resource_id") or url),
            position=position,
            name=name,
            description=clean(facts.get("description"), _LONGEST_DESCRIPTION),
            format_text=clean(facts.get("format_text"), _LONGEST_NAME),
            media_type=clean(facts.get("media_type"), _LONGEST_NAME),
            url=url,
            size_bytes=number(facts.get("size_bytes")),
            created_at=moment(facts.get("created_at"), self.moments),
            modified_at=moment(facts.get("modified_at"), self.moments),
            stated_hash=clean(facts.get("stated_hash"), _LONGEST_NAME),
            has_datastore=flag(facts.get("has_datastore")) or False,
            role=role_of((name, clean(facts.get("kind"))), self.portal.roles),
        )

    def _address(self, given: object) -> str:
        """An address made absolute; one that cannot be stays as published."""
        text = clean(given, 4000)
        if not text:
            return ""
        try:
            return joined(self.base_url + "/", text)
        except AddressRefused:
            return text


def hidden(dataset_id: str, name: str, state: State) -> DatasetEntry:
    """A dataset that the portal names and does not show."""
    return DatasetEntry(
        dataset_id=identity(dataset_id or name),
        name=clean(name, _LONGEST_NAME),
        state=state,
        problem=_PROBLEMS[state],
    )


def identity(given: object) -> str:
    """An id as it may be stored: the portal's where it has the shape of one, else made of it."""
    text = clean(given, 4000)
    if not text or _ID.fullmatch(text):
        return text
    return f"made:{_hash(text)}"


def moment(given: object, moments: Moments) -> datetime | None:
    """A point in time as published; None where it is none or not one that could be meant.

    Example:
        >>> from zoneinfo import ZoneInfo
        >>> moment("2026-08-04T07:19:14", Moments(ZoneInfo("UTC"), ())).isoformat()
        '2026-08-04T07:19:14+00:00'
    """
    text = clean(given, 100)
    if not text or not text.isascii():
        return None
    try:
        found = datetime.fromisoformat(text) if text[:4].isdigit() and "-" in text else None
    except ValueError:
        found = None
    if found is None:
        day = read_day(text, moments.forms)
        found = datetime(day.year, day.month, day.day) if day else None  # noqa: DTZ001
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return None
    return found if found.tzinfo else found.replace(tzinfo=moments.zone)


def number(given: object) -> int | None:
    """A count or size as published; None where it is none."""
    if isinstance(given, bool):
        return None
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    text = clean(given, 30)
    whole = text.removesuffix(".0")
    found = int(whole) if whole.isascii() and whole.isdigit() else None
    return found if found is not None and found < 2**63 else None


def flag(given: object) -> bool | None:
    """Yes or no as published; None where neither is said."""
    if isinstance(given, bool):
        return given
    return _YES.get(clean(given, 10).lower())


def listed(given: object) -> tuple[str, ...]:
    """Texts without repetitions and empty ones, bounded in number."""
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list | tuple):
        return ()
    texts = (clean(text) for text in given[:_MOST_LISTED])
    return tuple(dict.fromkeys(text for text in texts if text))


def is_given(given: object) -> bool:
    """Whether something stands there at all."""
    if isinstance(given, list | dict | bool):
        return bool(given)
    return clean(given, 20).lower() not in _NOTHING


@lru_cache(maxsize=8192)
def words_of(text: str) -> str:
    """Words without accents, case and signs, one blank around each; keys and roles repeat."""
    return f" {_SIGNS.sub(' ', fold(text)).strip()} "


def role_of(texts: Iterable[str], roles: Mapping[str, Sequence[str]]) -> Role:
    """What a resource is, by the words of its name and kind.

    Example:
        >>> role_of(["tu-dien-du-lieu.csv"], {"dictionary": ["Từ điển dữ liệu"], "list": []})
        'dictionary'
    """
    found = [words_of(text) for text in texts]
    names: tuple[Role, ...] = ("dictionary", "list")
    for role in names:
        if any(words_of(words) in text for words in roles.get(role, ()) for text in found):
            return role
    return "data"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
