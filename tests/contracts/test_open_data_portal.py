"""The simulated open-data portal over HTTP, read by CKAN's own client among others."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import ckanapi
import httpx
import pytest
from lxml import html
from rdflib import Graph, namespace

from sandbox.portal import Portal, State
from sandbox.portal.ckan_form import address

ROOT = Path(__file__).resolve().parents[2]
UNTIL = dt.date(2026, 11, 20)
SEED, SHARE = 7, 0.2
DOWN, SEARCH_DOWN = dt.date(2026, 9, 2), dt.date(2026, 9, 3)
ACTIONS = "/api/3/action"


@cache
def portal() -> Portal:
    return Portal(SEED, SHARE)


@cache
def state(day: dt.date = UNTIL) -> State:
    return portal().on(day)


@contextmanager
def running(*options: str) -> Iterator[str]:
    """Start the portal and yield its address once it says that it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.portal", "--port", "0", *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        found = re.fullmatch(r"ready (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line
        yield found[1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    options = ["--until", str(UNTIL), "--seed", str(SEED), "--publishers", str(SHARE), "--chaos"]
    with running(*options, "--down", str(DOWN), "--search-down", str(SEARCH_DOWN)) as started:
        yield started


@pytest.fixture
def http(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site, trust_env=False, timeout=60) as client:
        yield client
        client.delete("/_chaos")


@pytest.fixture
def ckan(site: str) -> Iterator[ckanapi.RemoteCKAN]:
    with ckanapi.RemoteCKAN(site) as client:
        yield client


def result(http: httpx.Client, action: str, **given: Any) -> Any:
    answer = http.get(f"{ACTIONS}/{action}", params=given)
    assert answer.status_code == 200, answer.text
    envelope = answer.json()
    assert envelope["success"] is True
    assert envelope["help"].endswith(f"help_show?name={action}")
    return envelope["result"]


def test_ckans_own_client_reads_everything(ckan: ckanapi.RemoteCKAN) -> None:
    names: list[str] = []
    while True:
        page = ckan.action.package_search(rows=40, start=len(names), sort="name asc")
        if not page["results"]:
            break
        names += [found["name"] for found in page["results"]]
    assert names == sorted(dataset.name for dataset in state().public)
    assert page["count"] == len(names)
    assert ckan.action.package_list() == names
    for name in names[:5]:
        shown = ckan.action.package_show(id=name)
        assert ckan.action.package_show(id=shown["id"]) == shown
        assert shown["num_resources"] == len(shown["resources"])
    assert len(ckan.action.organization_list()) == len(state().publishers)
    assert {licence["id"] for licence in ckan.action.license_list()} >= {"cc-by", "notspecified"}


def test_ckans_own_client_understands_the_errors(ckan: ckanapi.RemoteCKAN) -> None:
    with pytest.raises(ckanapi.NotFound):
        ckan.action.package_show(id="khong-co")
    with pytest.raises(ckanapi.ValidationError):
        ckan.action.package_search(rows="nhiều")
    with pytest.raises(ckanapi.SearchQueryError):
        ckan.action.package_search(sort="whatever")
    with pytest.raises(ckanapi.CKANAPIError, match="Action name not known"):
        ckan.action.frobnicate()
    private = next(dataset for dataset in state().datasets if dataset.state != "active")
    with pytest.raises(ckanapi.NotAuthorized):
        ckan.action.package_show(id=private.name)


def test_organisations_come_25_at_a_time_with_all_fields(http: httpx.Client) -> None:
    found: list[dict[str, Any]] = []
    while page := result(http, "organization_list", all_fields=True, offset=len(found)):
        assert len(page) <= 25
        found += page
    assert {entry["id"] for entry in found} == {p.publisher_id for p in state().publishers}
    with_organisation = [d for d in state().public if d.publisher_id]
    assert sum(entry["package_count"] for entry in found) == len(with_organisation)
    shown = result(http, "organization_show", id=found[0]["name"])
    assert shown["id"] == found[0]["id"]


def test_a_header_asks_for_an_earlier_day(http: httpx.Client) -> None:
    earlier = dt.date(2026, 3, 1)
    http.headers["X-As-Of"] = str(earlier)
    count = result(http, "package_search", rows=0)["count"]
    assert count == len(state(earlier).public) < len(state().public)
    http.headers["X-As-Of"] = "2030-01-01"
    assert http.get(f"{ACTIONS}/status_show").status_code == 400


def test_the_datastore_describes_its_columns(http: httpx.Client) -> None:
    with_store = [r for d in state().public for r in d.resources if r.has_datastore]
    without = next(r for d in state().public for r in d.resources if not r.has_datastore)
    assert with_store
    resource = with_store[0]
    found = result(http, "datastore_search", resource_id=resource.resource_id, limit=3)
    assert len(found["records"]) == 3 < found["total"]
    assert [f["id"] for f in found["fields"][1:]] == [f.name for f in resource.fields]
    described = [f.get("info", {}).get("notes", "") for f in found["fields"][1:]]
    assert described == [f.label for f in resource.fields]
    refused = http.get(
        f"{ACTIONS}/datastore_search", params={"resource_id": without.resource_id, "limit": 0}
    )
    assert refused.status_code == 404
    assert refused.json()["error"]["__type"] == "Not Found Error"


def test_files_answer_as_the_state_says(http: httpx.Client) -> None:
    asked = 0
    for stored in state().files.values():
        if stored.is_cut:
            with pytest.raises(httpx.RemoteProtocolError):
                http.get(stored.path)
            continue
        answer = http.get(stored.path)
        assert answer.status_code == stored.status, stored.path
        assert answer.headers["X-Data-Origin"] == "synthetic"
        if stored.location:
            assert answer.headers["Location"] == stored.location
        elif stored.status == 200:
            assert answer.content == stored.content.written()
            assert answer.headers["Content-Type"].split(";")[0] == stored.media_type.split(";")[0]
            again = http.get(stored.path, headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status_code, again.content) == (304, b"")
            since = {"If-Modified-Since": answer.headers["Last-Modified"]}
            assert http.get(stored.path, headers=since).status_code == 304
            asked += 1
    assert asked > 60


def test_the_portal_has_bad_days(http: httpx.Client) -> None:
    http.headers["X-As-Of"] = str(DOWN)
    assert http.get(f"{ACTIONS}/status_show").status_code == 503
    http.headers["X-As-Of"] = str(SEARCH_DOWN)
    refused = http.get(f"{ACTIONS}/package_search")
    assert refused.status_code == 409
    assert refused.json()["error"]["__type"] == "Search Error"
    names = result(http, "package_list")
    assert set(names) == {dataset.name for dataset in state(SEARCH_DOWN).public}


@pytest.mark.parametrize("kind", ["drift", "cap", "loop", "truncated", "stale", "reset"])
def test_misbehaviour_comes_when_ordered(http: httpx.Client, kind: str) -> None:
    path = f"{ACTIONS}/package_{'list' if kind == 'stale' else 'search'}"
    given = {"start": 5, "rows": 50, "sort": "name asc"} if kind != "stale" else {}
    usual = http.get(path, params=given).json()["result"]
    http.post("/_chaos", json={"kind": kind, "rows": 3, "path": path}).raise_for_status()
    if kind == "reset":
        with pytest.raises(httpx.RemoteProtocolError):
            http.get(path, params=given)
        return
    answer = http.get(path, params=given)
    if kind == "truncated":
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            answer.json()
        return
    odd = answer.json()["result"]
    if kind == "drift":
        assert odd["count"] == usual["count"] + 1
    elif kind == "cap":
        assert len(odd["results"]) == 3
    elif kind == "loop":
        assert odd["results"][5:] == usual["results"][: len(odd["results"]) - 5]
    else:
        assert set(odd) - set(usual) == {d.name for d in state().datasets if d.state != "active"}
    assert http.get(path, params=given).json()["result"] == usual


@pytest.mark.parametrize(
    ("path", "form"),
    [("/catalog.jsonld", "json-ld"), ("/catalog.ttl", "turtle"), ("/catalog.rdf", "xml")],
)
def test_the_catalogue_is_there_as_dcat(http: httpx.Client, path: str, form: str) -> None:
    answer = http.get(path)
    graph = Graph().parse(data=answer.content, format=form)
    datasets = set(graph.subjects(namespace.RDF.type, namespace.DCAT.Dataset))
    titles = {
        str(title) for one in datasets for title in graph.objects(one, namespace.DCTERMS.title)
    }
    assert titles == {dataset.title for dataset in state().public}
    ids = [str(i) for one in datasets for i in graph.objects(one, namespace.DCTERMS.identifier)]
    assert sorted(ids) == sorted(dataset.dataset_id for dataset in state().public)
    parts = set(graph.subjects(namespace.RDF.type, namespace.DCAT.Distribution))
    assert len(parts) == sum(len(dataset.resources) for dataset in state().public)


def test_the_catalogue_is_there_as_data_json(http: httpx.Client) -> None:
    datasets = http.get("/data.json").json()["dataset"]
    assert [d["identifier"] for d in datasets] == [d.dataset_id for d in state().public]
    links = [part.get("downloadURL", "") for d in datasets for part in d["distribution"]]
    resources = [resource for d in state().public for resource in d.resources]
    assert links == [address(resource, str(http.base_url).rstrip("/")) for resource in resources]
    assert any(resource.link for resource in resources)


def test_people_find_everything_on_pages(http: httpx.Client) -> None:
    place: str | None = "/du-lieu"
    links: list[str] = []
    while place:
        page = html.fromstring(http.get(place).content)
        links += page.xpath("//*[@id='danh-sach-du-lieu']//a[@class='bo-du-lieu']/@href")
        following = page.xpath("//a[@rel='next']/@href")
        place = f"/du-lieu{following[0]}" if following else None
    assert len(links) == len(set(links)) == len(state().public)
    for link in links[:10]:
        page = html.fromstring(http.get(link).content.decode())
        (article,) = page.xpath("//article[@class='bo-du-lieu']")
        dataset = next(d for d in state().public if d.dataset_id == article.get("data-id"))
        assert article.xpath("string(.//h1)") == dataset.title
        assert len(article.xpath(".//*[@class='tai-nguyen']")) == len(dataset.resources)
    page = html.fromstring(http.get("/du-lieu/co-quan").content)
    assert len(page.xpath("//*[@class='co-quan-cong-bo']")) == len(state().publishers)
    assert http.get("/du-lieu", params={"trang": 99}).status_code == 404
