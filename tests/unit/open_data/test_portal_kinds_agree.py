"""The same portal gives the same catalogue, whichever of its faces is read.

What a face does not state may be missing; what it states must be the same. Each exception is named.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ingestion.sources.open_data_portal.catalogue import Catalogue, DatasetEntry, ResourceEntry
from sandbox.portal import Portal
from tests.unit.open_data.portals import DAY, read

# Whether a licence is open is CKAN's own word, and so are columns described in the datastore. DCAT
# has a licence by its address alone, and one contact where CKAN has an author too. On a page a
# licence without a title shows its address, and a file without a link has no media type.
NOT_IN_DCAT = {"licence_id", "licence_title", "is_open_stated", "contacts", "is_described"}
NOT_OF_FILES_IN_DCAT = {"has_datastore", "position"}
FACES: dict[str, tuple[str, dict[str, Any], set[str], set[str]]] = {
    "pages": (
        "pages",
        {},
        {"page_url", "is_open_stated", "is_described", "licence_title"},
        {"media_type"},
    ),
    "json-ld": ("dcat", {"paths": ["/catalog.jsonld"]}, NOT_IN_DCAT, NOT_OF_FILES_IN_DCAT),
    "turtle": ("dcat", {"paths": ["/catalog.ttl"]}, NOT_IN_DCAT, NOT_OF_FILES_IN_DCAT),
    "rdf/xml": ("dcat", {"paths": ["/catalog.rdf"]}, NOT_IN_DCAT, NOT_OF_FILES_IN_DCAT),
    "data.json": (
        "dcat",
        {"paths": ["/data.json"]},
        NOT_IN_DCAT | {"publisher_id"},  # it knows publishers by their names only
        NOT_OF_FILES_IN_DCAT | {"created_at"},
    ),
}


@pytest.fixture(scope="module")
def by_search(site: str) -> Catalogue:
    return read(site, "ckan")


def test_ckan_gives_what_the_portal_holds(portal: Portal, by_search: Catalogue) -> None:
    state = portal.on(DAY)
    assert by_search.is_synthetic
    assert by_search.stated_dataset_count == len(state.public) > 10
    assert {
        one.dataset_id: [file.resource_id for file in one.resources] for one in by_search.datasets
    } == {one.dataset_id: [file.resource_id for file in one.resources] for one in state.public}
    assert {one.publisher_id for one in by_search.publishers} == {
        one.publisher_id for one in state.publishers
    }
    roles = {file.resource_id: file.role for one in state.public for file in one.resources}
    assert {f.resource_id: f.role for one in by_search.datasets for f in one.resources} == roles


@pytest.mark.parametrize("face", FACES)
def test_every_face_gives_the_same(face: str, site: str, by_search: Catalogue) -> None:
    kind, changes, own, of_files = FACES[face]
    found = read(site, kind, **changes)
    assert [one.dataset_id for one in found.datasets] == [
        one.dataset_id for one in by_search.datasets
    ]
    for one, other in zip(found.datasets, by_search.datasets, strict=True):
        assert _stated(one, own | {"resources"}) == _stated(other, own | {"resources"})
        assert _files(one, of_files) == _files(other, of_files)
    assert found.is_synthetic


def _files(entry: DatasetEntry, left_out: set[str]) -> dict[str, dict[str, Any]]:
    return {one.resource_id: _stated(one, left_out) for one in entry.resources}


def _stated(entry: DatasetEntry | ResourceEntry, left_out: set[str]) -> dict[str, Any]:
    return {
        field.name: getattr(entry, field.name)
        for field in dataclasses.fields(entry)
        if field.name not in left_out
    }
