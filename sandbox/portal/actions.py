"""CKAN's Action API version 3: what each action answers, and its errors."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.people import folded
from sandbox.portal import ckan_form
from sandbox.portal.ckan_form import Json
from sandbox.portal.files import DataFile
from sandbox.portal.model import Dataset, Resource, State
from sandbox.portal.settings import settings
from sandbox.portal.subjects import subjects, table_of

MOST_ROWS: Final = 1_000
MOST_ORGANIZATIONS: Final = 1_000
MOST_ORGANIZATIONS_WITH_FIELDS: Final = 25
MOST_RECORDS: Final = 32_000
_FIRST: Final = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_LAST: Final = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
_TRUE: Final = {"true", "yes", "t", "y", "on", "1"}


class ActionError(Exception):
    """An action that was refused.

    Attributes:
        status: of HTTP.
        error: what stands under ``error`` in the envelope.
    """

    def __init__(self, status: int, kind: str, **words: object) -> None:
        super().__init__(kind)
        self.status = status
        self.error: Json = {**words, "__type": kind}


class UnknownAction(Exception):
    """An action that CKAN does not have."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an action.

    Attributes:
        state: the portal on the day that is asked for.
        site: ``http://host:port`` as the reader called it.
        given: parameters: texts of an address, or values of a JSON body.
        search_is_down: the index does not answer.
        most_rows: of a search; fewer than CKAN's where a test wants so.
        is_stale: the list also names what cannot be seen any more.
    """

    state: State
    site: str
    given: Mapping[str, Any]
    search_is_down: bool = False
    most_rows: int = MOST_ROWS
    is_stale: bool = False

    def text(self, name: str, default: str = "") -> str:
        """Return a parameter as text."""
        value = self.given.get(name, default)
        return default if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return whether a parameter says yes."""
        return self.text(name).strip().lower() in _TRUE

    def number(self, name: str, default: int) -> int:
        """Return a parameter that must be a natural number.

        Raises:
            ActionError: it is none.
        """
        text = self.text(name, str(default))
        if not re.fullmatch(r"\s*-?\d{1,9}\s*", text):
            raise ActionError(409, "Validation Error", **{name: ["Invalid integer"]})
        if int(text) < 0:
            raise ActionError(409, "Validation Error", **{name: ["Must be a natural number"]})
        return int(text)

    def must(self, name: str) -> str:
        """Return a parameter that may not be missing.

        Raises:
            ActionError: it is.
        """
        text = self.text(name)
        if not text:
            raise ActionError(409, "Validation Error", **{name: ["Missing value"]})
        return text


def answer(action: str, call: Call) -> Any:  # noqa: ANN401 # each action gives another shape
    """Return what stands under ``result``.

    Raises:
        ActionError: refused.
        UnknownAction: there is no such action.
    """
    try:
        act = _ACTIONS[action]
    except KeyError:
        raise UnknownAction(action) from None
    return act(call)


def _status_show(call: Call) -> Json:
    return {
        "ckan_version": settings().site["version"],
        "error_emails_to": None,
        "extensions": ["datastore", "dcat"],
        "locale_default": "vi",
        "site_description": "DỮ LIỆU MÔ PHỎNG / SYNTHETIC DATA",
        "site_title": settings().site["title"],
        "site_url": call.site,
    }


def _help_show(call: Call) -> str:
    name = call.must("name")
    if name not in _ACTIONS:
        raise ActionError(404, "Not Found Error", message="Not found: Action does not exist.")
    return f"{name} (simulated)"


def _package_search(call: Call) -> Json:
    if call.search_is_down:
        raise ActionError(
            409, "Search Error", message="Search error: 'SOLR returned an error running query'"
        )
    rows = min(call.number("rows", 10), call.most_rows)
    start = call.number("start", 0)
    sort = call.text("sort", "score desc, metadata_modified desc")
    found = _sorted(_matching(call), sort)
    page = found[start : start + rows]
    return {
        "count": len(found),
        "facets": {},
        "results": [ckan_form.package(call.state, dataset, call.site) for dataset in page],
        "search_facets": {},
        "sort": sort,
    }


def _matching(call: Call) -> list[Dataset]:
    found = list(call.state.public)
    words = call.text("q").strip()
    if words and words != "*:*":
        wanted = folded(words).lower()
        found = [d for d in found if wanted in folded(d.title + d.description).lower()]
    for name, value in re.findall(r'\+?(\w+):(\[[^\]]*\]|"[^"]*"|\([^)]*\)|\S+)', call.text("fq")):
        found = [d for d in found if _fits(call.state, d, name, value.strip('"'))]
    return found


def _fits(state: State, dataset: Dataset, name: str, value: str) -> bool:
    """Whether a dataset meets one part of a filter.

    Raises:
        ActionError: the index has no such field.
    """
    if name == "metadata_modified":
        first, _, last = value.strip("[]").partition(" TO ")
        at = dataset.modified_at
        return _bound(first, _FIRST) <= at <= _bound(last, _LAST)
    publisher = state.publisher_by_id.get(dataset.publisher_id)
    fields: dict[str, set[str]] = {
        "id": {dataset.dataset_id},
        "name": {dataset.name},
        "state": {"active"},
        "private": {"false"},
        "dataset_type": {"dataset"},
        "owner_org": {dataset.publisher_id},
        "organization": {publisher.name} if publisher else set(),
        "license_id": {dataset.licence_id},
        "res_format": {resource.format_text for resource in dataset.resources},
    }
    if name not in fields:
        raise ActionError(409, "Search Error", message=f"Search error: 'undefined field {name}'")
    return value == "*" or value in fields[name]


def _bound(text: str, default: dt.datetime) -> dt.datetime:
    if text in ("", "*"):
        return default
    try:
        return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ActionError(
            409, "Search Error", message=f"Search error: 'Invalid Date String: {text}'"
        ) from None


_SORTS: Final[Mapping[str, Callable[[Dataset], Any]]] = {
    "score": lambda dataset: 0,
    "id": lambda dataset: dataset.dataset_id,
    "name": lambda dataset: dataset.name,
    "title": lambda dataset: dataset.title,
    "title_string": lambda dataset: dataset.title,
    "metadata_created": lambda dataset: dataset.created_at,
    "metadata_modified": lambda dataset: dataset.modified_at,
}


def _sorted(datasets: list[Dataset], sort: str) -> list[Dataset]:
    for part in reversed([part.split() for part in sort.split(",") if part.strip()]):
        known = part[0] in _SORTS and len(part) == 2 and part[1] in ("asc", "desc")
        if not known:
            raise ActionError(
                400, "Search Query Error", message='Search Query is invalid: Invalid "sort"'
            )
        datasets = sorted(datasets, key=_SORTS[part[0]], reverse=part[1] == "desc")
    return datasets


def _package_list(call: Call) -> list[str]:
    listed = call.state.datasets if call.is_stale else call.state.public
    names = sorted(dataset.name for dataset in listed)
    first = call.number("offset", 0)
    limit = call.number("limit", len(names))
    return names[first : first + limit]


def _package_show(call: Call) -> Json:
    wanted = call.text("name_or_id") or call.must("id")
    for dataset in call.state.datasets:
        if wanted in (dataset.dataset_id, dataset.name):
            if dataset.state != "active":
                raise ActionError(
                    403,
                    "Authorization Error",
                    message=f"Access denied: User  not authorized to read package {wanted}",
                )
            return ckan_form.package(call.state, dataset, call.site)
    raise _not_found()


def _organization_list(call: Call) -> list[Any]:
    has_fields = call.flag("all_fields")
    publishers = sorted(call.state.publishers, key=lambda p: (p.title.casefold(), p.name))
    most = MOST_ORGANIZATIONS_WITH_FIELDS if has_fields else MOST_ORGANIZATIONS
    first, limit = call.number("offset", 0), min(call.number("limit", most), most)
    page = publishers[first : first + limit]
    if not has_fields:
        return [publisher.name for publisher in page]
    counts = _counts(call.state)
    return [ckan_form.organization(p, counts[p.publisher_id]) for p in page]


def _organization_show(call: Call) -> Json:
    wanted = call.must("id")
    for publisher in call.state.publishers:
        if wanted in (publisher.publisher_id, publisher.name):
            counts = _counts(call.state)
            found = ckan_form.organization(publisher, counts[publisher.publisher_id])
            return found | {"extras": [], "groups": [], "tags": [], "users": []}
    raise _not_found()


def _counts(state: State) -> Counter[str]:
    return Counter(dataset.publisher_id for dataset in state.public)


def _license_list(call: Call) -> list[Json]:
    return [ckan_form.licence(entry) for entry in settings().licences.values()]


def _resource_show(call: Call) -> Json:
    dataset, resource = _resource(call, call.must("id"))
    return ckan_form.resource_of(dataset, resource, call.site)


def _resource_search(call: Call) -> Json:
    query = call.must("query")
    name, _, value = query.partition(":")
    if name not in ("name", "format", "description", "url") or not value:
        raise ActionError(409, "Validation Error", query=["Must be in the form <field>:<term>"])
    found = [
        ckan_form.resource_of(dataset, resource, call.site)
        for dataset in call.state.public
        for resource in dataset.resources
    ]
    found = [entry for entry in found if value.casefold() in str(entry[name]).casefold()]
    first, limit = call.number("offset", 0), call.number("limit", len(found))
    return {"count": len(found), "results": found[first : first + limit]}


def _datastore_search(call: Call) -> Json:
    resource_id = call.text("resource_id") or call.must("id")
    resource, rows = _datastore(call, resource_id)
    limit = min(call.number("limit", 100), MOST_RECORDS)
    first = call.number("offset", 0)
    names = [entry.name for entry in resource.fields]
    records = [
        {"_id": number, **dict(zip(names, row, strict=True))} for number, row in enumerate(rows, 1)
    ]
    return {
        "include_total": True,
        "limit": limit,
        "records_format": "objects",
        "resource_id": resource_id,
        "records": records[first : first + limit],
        "fields": [{"id": "_id", "type": "int"}, *_fields(resource)],
        "total": len(records),
        "total_was_estimated": False,
    }


def _datastore_info(call: Call) -> Json:
    resource_id = call.text("id") or call.must("resource_id")
    resource, rows = _datastore(call, resource_id)
    return {"meta": {"id": resource_id, "count": len(rows)}, "fields": _fields(resource)}


def _fields(resource: Resource) -> list[Json]:
    fields: list[Json] = [{"id": entry.name, "type": entry.type} for entry in resource.fields]
    for entry, made in zip(resource.fields, fields, strict=True):
        if entry.label:
            made["info"] = {"label": entry.name, "notes": entry.label, "type_override": ""}
    return fields


def _datastore(call: Call, resource_id: str) -> tuple[Resource, Sequence[tuple[Any, ...]]]:
    resource = next(
        (r for d in call.state.public for r in d.resources if r.resource_id == resource_id), None
    )
    stored = call.state.files.get(resource.path) if resource else None
    if resource is None or not resource.has_datastore or stored is None:
        message = f'Not found: Resource "{resource_id}" was not found.'
        raise ActionError(404, "Not Found Error", message=message)
    if not isinstance(stored.content, DataFile):
        raise _not_found()
    made = stored.content
    return resource, table_of(
        subjects()[made.subject], made.key, made.publisher_kind, made.version
    ).rows


def _resource(call: Call, resource_id: str) -> tuple[Dataset, Resource]:
    for dataset in call.state.datasets:
        for resource in dataset.resources:
            if resource.resource_id == resource_id:
                if dataset.state != "active":
                    message = f"Access denied: User  not authorized to read resource {resource_id}"
                    raise ActionError(403, "Authorization Error", message=message)
                return dataset, resource
    raise _not_found()


def _not_found() -> ActionError:
    return ActionError(404, "Not Found Error", message="Not found")


def _tag_list(call: Call) -> list[str]:
    return sorted({tag for dataset in call.state.public for tag in dataset.tags})


_ACTIONS: Final[Mapping[str, Callable[[Call], Any]]] = {
    "status_show": _status_show,
    "site_read": lambda call: True,
    "help_show": _help_show,
    "package_search": _package_search,
    "package_list": _package_list,
    "package_show": _package_show,
    "organization_list": _organization_list,
    "organization_show": _organization_show,
    "license_list": _license_list,
    "resource_show": _resource_show,
    "resource_search": _resource_search,
    "datastore_search": _datastore_search,
    "datastore_info": _datastore_info,
    "tag_list": _tag_list,
    "group_list": lambda call: [],
}
