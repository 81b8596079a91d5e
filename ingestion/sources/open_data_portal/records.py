"""A catalogue as landed lines: texts bounded, whatever must not be stored left out or masked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from ingestion.core.contract import Resource
from ingestion.core.door import Door, Projected
from ingestion.core.guard import classify_contact
from ingestion.core.web_pages import clean
from ingestion.sources.open_data_portal.catalogue import (
    Catalogue,
    DatasetEntry,
    PublisherEntry,
    ResourceEntry,
)

Record = dict[str, Any]

_ID = re.compile(r"[\w.:{}-]{1,100}", re.ASCII)
_LONGEST_TEXT = 1_000
_LONGEST_DESCRIPTION = 3_000
_LONGEST_CODE = 200
_LONGEST_ADDRESS = 2_100
_LARGEST_COUNT = 2**31 - 1
_LARGEST_SIZE = 10**15
_YEARS = range(1950, 2101)
"""A stated moment outside of them is a slip of the portal's and is left out."""
_CONTACTS_BY_WORTH = ("absent", "placeholder", "named", "reachable")
_NOT_METADATA = ("way", "problem")
"""How a dataset was had is no part of what the portal says of it."""


def dataset_lines(entries: Iterable[DatasetEntry], way: str, contract: Resource) -> Projected:
    """Datasets with their resources after the door, each with the hash of all that passed it."""
    projected = Door(contract).project([_dataset(entry, way) for entry in entries])
    projected.lines = [_finished(line) for line in projected.lines]
    return projected


def publisher_lines(entries: Iterable[PublisherEntry], contract: Resource) -> Projected:
    """Publishers after the door."""
    return Door(contract).project([_publisher(entry) for entry in entries])


def content_key(dataset_id: str, resource_id: str) -> str:
    """The key of a resource's content: a portal may use one resource id in two datasets."""
    return hashlib.sha256(f"{dataset_id}\x1f{resource_id}".encode()).hexdigest()[:32]


def repeated_datasets(catalogue: Catalogue) -> int:
    """How many datasets have an id that an earlier one has."""
    return len(catalogue.datasets) - len({_id(item.dataset_id) for item in catalogue.datasets})


def _finished(line: bytes) -> bytes:
    """Say of each address why it is not there, and sum up what is."""
    record: Record = orjson.loads(line)
    for resource in record.get("resources", ()):
        if "url" in resource:
            resource.pop("url_problem_code", None)
    told = {name: value for name, value in record.items() if name not in _NOT_METADATA}
    summed = hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return orjson.dumps({**record, "metadata_sha256": summed})


def _dataset(entry: DatasetEntry, way: str) -> Record:
    return _present(
        {
            "dataset_id": _id(entry.dataset_id),
            "name": clean(entry.name, _LONGEST_CODE),
            "title": clean(entry.title, _LONGEST_TEXT),
            "description": clean(entry.description, _LONGEST_DESCRIPTION),
            "description_length": min(len(entry.description.strip()), _LARGEST_COUNT),
            "page_url": clean(entry.page_url, _LONGEST_ADDRESS),
            "publisher_id": _id(entry.publisher_id),
            "publisher_name": clean(entry.publisher_name, _LONGEST_TEXT),
            "licence_id": clean(entry.licence_id, _LONGEST_CODE),
            "licence_title": clean(entry.licence_title, _LONGEST_TEXT),
            "licence_url": clean(entry.licence_url, _LONGEST_ADDRESS),
            "is_open_stated": entry.is_open_stated,
            "contact": _best_contact(entry.contacts),
            "frequency_text": clean(entry.frequency_text, _LONGEST_TEXT),
            "created_at": _moment(entry.created_at),
            "modified_at": _moment(entry.modified_at),
            "state": entry.state,
            "problem": clean(entry.problem, _LONGEST_TEXT),
            "stated_resource_count": _count(entry.stated_resource_count, _LARGEST_COUNT),
            "tags": clean(";".join(entry.tags), _LONGEST_TEXT),
            "is_described": entry.is_described,
            "way": way,
            "resources": _resources(entry.resources),
        }
    )


def _resources(entries: Sequence[ResourceEntry]) -> list[Record]:
    """Resources of a dataset; one that repeats an id is told apart by its place."""
    seen: set[str] = set()
    records = []
    for place, entry in enumerate(entries, 1):
        name = _id(entry.resource_id)
        if not name or name in seen:
            name = f"{name[:90]}:{place}"
        seen.add(name)
        records.append(_resource(entry, name))
    return records


def _resource(entry: ResourceEntry, resource_id: str) -> Record:
    url = clean(entry.url, _LONGEST_ADDRESS)
    return _present(
        {
            "resource_id": resource_id,
            "position": entry.position,
            "role": entry.role,
            "name": clean(entry.name, _LONGEST_TEXT),
            "description": clean(entry.description, _LONGEST_TEXT),
            "format_text": clean(entry.format_text, _LONGEST_CODE),
            "media_type": clean(entry.media_type, _LONGEST_CODE),
            "url": url,
            # Goes again where the door lets the address through.
            "url_problem_code": "address_refused" if url else "no_file",
            "size_bytes": _count(entry.size_bytes, _LARGEST_SIZE),
            "stated_hash": clean(entry.stated_hash, _LONGEST_CODE),
            "has_datastore": entry.has_datastore,
            "created_at": _moment(entry.created_at),
            "modified_at": _moment(entry.modified_at),
        }
    )


def _publisher(entry: PublisherEntry) -> Record:
    return _present(
        {
            "publisher_id": _id(entry.publisher_id),
            "name": clean(entry.name, _LONGEST_CODE),
            "title": clean(entry.title, _LONGEST_TEXT),
            "dataset_count": _count(entry.dataset_count, _LARGEST_COUNT),
            "state": entry.state,
        }
    )


def _present(record: Record) -> Record:
    return {name: value for name, value in record.items() if value not in (None, "", [])}


def _id(text: str) -> str:
    """An id as it can be a key: as published, or a digest of it where it holds other signs."""
    if not text or _ID.fullmatch(text):
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _best_contact(contacts: Sequence[str]) -> str:
    """The contact by which somebody is reached most easily; only its class goes further."""
    given = [clean(text, _LONGEST_TEXT) for text in contacts]
    return max(given, key=lambda text: _CONTACTS_BY_WORTH.index(classify_contact(text)), default="")


def _moment(moment: datetime | None) -> str | None:
    if moment is None or moment.year not in _YEARS:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _count(number: int | None, most: int) -> int | None:
    return number if number is not None and 0 <= number <= most else None
