"""Facts of CKAN's records: datasets, organisations, licences. field.md 4.3.

Portals extend the records at will: a fact may stand under a key of the dataset, in its ``extras``
(a list of key and value, an object in old versions), or as JSON inside a string.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ingestion.core.errors import DataRefused
from ingestion.sources.open_data_portal.adapters.entries import (
    Facts,
    is_given,
    words_of,
)
from ingestion.sources.open_data_portal.catalogue import State
from ingestion.sources.open_data_portal.settings import CkanRules

_MOST_LEAVES = 100
_DEEPEST = 6


@dataclass(frozen=True)
class Licence:
    """An entry of ``license_list``."""

    title: object
    url: object
    is_open: bool | None


def facts_of_dataset(
    record: Mapping[str, Any], rules: CkanRules, licences: Mapping[str, Licence]
) -> Facts:
    """The facts of a dataset as ``package_search`` and ``package_show`` give it.

    Raises:
        DataRefused: its resources are no list of objects.
    """
    keyed = _keyed(record)
    organisation = _object(record.get("organization"))
    licence_id = _text(record.get("license_id"))
    licence = licences.get(licence_id, Licence(None, None, None))
    is_open = record.get("isopen")
    name = _text(record.get("name"))
    resources = record.get("resources") or []
    if not isinstance(resources, list) or not all(isinstance(one, dict) for one in resources):
        raise DataRefused("the resources of a dataset are no list of objects")
    return {
        "dataset_id": record.get("id"),
        "name": name,
        "title": record.get("title"),
        "description": record.get("notes"),
        "page_url": rules.dataset_page.format(name=name) if name else None,
        "publisher_id": organisation.get("id") or record.get("owner_org"),
        "publisher_name": organisation.get("title") or organisation.get("name"),
        "licence_id": licence_id,
        "licence_title": record.get("license_title") or licence.title,
        "licence_url": record.get("license_url") or licence.url,
        "is_open_stated": is_open if isinstance(is_open, bool) else licence.is_open,
        "contacts": list(_contacts(keyed, rules.extras["contact"])),
        "frequency_text": _first(keyed, rules.extras["frequency"]),
        "dictionary": _first(keyed, rules.extras["dictionary"]),
        "created_at": record.get("metadata_created"),
        "modified_at": record.get("metadata_modified"),
        "state": _state(record),
        "stated_resource_count": record.get("num_resources"),
        "tags": _tags(record.get("tags")),
        "resources": [_facts_of_resource(resource, rules) for resource in resources],
    }


def facts_of_organisation(record: Mapping[str, Any]) -> Facts:
    """The facts of an organisation as ``organization_list`` and ``organization_show`` give it."""
    return {
        "publisher_id": record.get("id"),
        "name": record.get("name"),
        "title": record.get("title") or record.get("display_name"),
        "dataset_count": record.get("package_count"),
        "state": record.get("state"),
    }


def described_share(result: object) -> float:
    """Which share of a datastore's columns has a label or a note (``datastore_search``)."""
    given = _object(result).get("fields")
    fields = [_object(one) for one in given] if isinstance(given, list) else []
    columns = [one for one in fields if one.get("id") != "_id"]
    described = [
        one
        for one in columns
        if any(is_given(_object(one.get("info")).get(key)) for key in ("label", "notes"))
    ]
    return len(described) / len(columns) if columns else 0.0


def licences_of(records: object) -> dict[str, Licence]:
    """The licences that a portal knows, by id; what is none is left out."""
    found = {}
    for record in records if isinstance(records, list) else []:
        given = _object(record)
        if licence_id := _text(given.get("id")):
            found[licence_id] = Licence(given.get("title"), given.get("url"), _is_open(given))
    return found


def _facts_of_resource(record: Mapping[str, Any], rules: CkanRules) -> Facts:
    return {
        "resource_id": record.get("id"),
        "name": record.get("name"),
        "kind": record.get("resource_type"),
        "description": record.get("description"),
        "format_text": record.get("format"),
        "media_type": record.get("mimetype"),
        "url": record.get("url"),
        "size_bytes": record.get("size"),
        "stated_hash": record.get("hash"),
        "created_at": record.get("created"),
        "modified_at": record.get("last_modified"),
        "has_datastore": record.get("datastore_active"),
        "dictionary": _first(_keyed(record), rules.extras["dictionary"]),
    }


def _state(record: Mapping[str, Any]) -> State:
    if _text(record.get("state")) == "deleted":
        return "deleted"
    return "private" if record.get("private") is True else "active"


def _is_open(licence: Mapping[str, Any]) -> bool | None:
    """Whether a licence is open by the Open Definition, as CKAN words it."""
    conformance = licence.get("od_conformance")
    if isinstance(conformance, str) and conformance:
        return conformance == "approved"
    stated = licence.get("is_okd_compliant")
    return stated if isinstance(stated, bool) else None


def _keyed(record: Mapping[str, Any]) -> dict[str, object]:
    """Values by the words of their keys, those of ``extras`` too; the record's own come first."""
    extras = record.get("extras")
    pairs: list[tuple[object, object]] = []
    if isinstance(extras, dict):
        pairs = list(extras.items())
    elif isinstance(extras, list):
        pairs = [(one.get("key"), one.get("value")) for one in extras if isinstance(one, dict)]
    keyed: dict[str, object] = {}
    for key, value in (*record.items(), *pairs):
        if isinstance(key, str) and is_given(value):
            keyed.setdefault(_squeezed(key), value)
    return keyed


@lru_cache(maxsize=8192)
def _squeezed(key: str) -> str:
    """A key without case, accents and signs: ``accrual_periodicity`` is ``accrualPeriodicity``."""
    return words_of(key).replace(" ", "")


def _first(keyed: Mapping[str, object], keys: Sequence[str]) -> object:
    return next((keyed[key] for key in map(_squeezed, keys) if key in keyed), None)


def _contacts(keyed: Mapping[str, object], keys: Sequence[str]) -> Iterator[str]:
    """Every text to reach somebody by, also out of JSON in a string."""
    count = 0
    for key in map(_squeezed, keys):
        for text in _leaves(keyed.get(key), 0):
            if count == _MOST_LEAVES:
                return
            count += 1
            yield text


def _leaves(value: object, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        inner = _json_inside(value)
        if inner is None:
            yield value
        else:
            yield from _leaves(inner, depth + 1)
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part, depth + 1)


def _json_inside(text: str) -> object:
    """The list or object that a string holds; None where it is just text."""
    if not text.lstrip().startswith(("[", "{")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _tags(tags: object) -> list[object]:
    given = tags if isinstance(tags, list) else []
    return [
        (tag.get("display_name") or tag.get("name")) if isinstance(tag, dict) else tag
        for tag in given
    ]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
