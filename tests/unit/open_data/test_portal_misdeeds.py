"""What the simulated portal does wrong on demand: read all the same, accounted for, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from ingestion.core.errors import DataRefused, PagesDrifted, SourceUnavailable
from ingestion.sources.open_data_portal.catalogue import Catalogue
from sandbox.portal import Portal
from tests.unit.open_data.portals import DAY, read

Order = Callable[..., None]


@pytest.fixture
def order(site: str) -> Iterator[Order]:
    """Orders misbehaviour; it ends with the test."""

    def ordered(kind: str, **details: object) -> None:
        answer = httpx.post(f"{site}/_chaos", json={"kind": kind, "count": 1000, **details})
        assert answer.is_success, answer.text

    yield ordered
    httpx.delete(f"{site}/_chaos")


def ids(found: Catalogue) -> set[str]:
    return {one.dataset_id for one in found.datasets}


def test_short_pages_and_a_search_that_is_down_lose_nothing(
    site: str, portal: Portal, order: Order
) -> None:
    expected = {one.dataset_id for one in portal.on(DAY).public}
    order("cap", rows=7)
    capped = read(site, "ckan")
    httpx.delete(f"{site}/_chaos")
    order("search_down")
    listed = read(site, "ckan")
    assert ids(capped) == ids(listed) == expected
    assert (capped.way, listed.way) == ("search", "list")


def test_private_and_deleted_datasets_that_are_listed_are_accounted_for(
    site: str, portal: Portal, order: Order
) -> None:
    order("stale")
    found = read(site, "ckan")
    state = portal.on(DAY)
    hidden = {one.name for one in state.datasets if one.state != "active"}
    assert hidden, "the portal of this test hides nothing"
    assert {one.name for one in found.datasets if one.state != "active"} == hidden
    assert found.stated_dataset_count == len(found.datasets) == len(state.datasets)


@pytest.mark.parametrize("kind", ["drift", "loop"])
def test_pages_that_do_not_fit_together_are_refused(site: str, order: Order, kind: str) -> None:
    order(kind)
    with pytest.raises(PagesDrifted):
        read(site, "ckan", rows=7)


@pytest.mark.parametrize("kind", ["html", "truncated", "reset", "redirect", "status"])
@pytest.mark.parametrize("face", ["ckan", "dcat", "pages"])
def test_a_portal_that_answers_nothing_of_use_gives_no_catalogue(
    site: str, order: Order, kind: str, face: str
) -> None:
    order(kind)
    with pytest.raises((SourceUnavailable, DataRefused)):
        read(site, face)
