"""A DCAT catalogue is read in every form, whole, and without anything being loaded for it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph

from ingestion.core.errors import DataRefused, PagesDrifted, SourceUnavailable
from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated, Limits
from ingestion.sources.open_data_portal.adapters import dcat as adapter
from ingestion.sources.open_data_portal.adapters import read_dropped
from ingestion.sources.open_data_portal.adapters.dcat import catalogue_of, gathered_of
from ingestion.sources.open_data_portal.adapters.entries import Maker
from ingestion.sources.open_data_portal.catalogue import Catalogue
from ingestion.sources.open_data_portal.dcat_graph import read_catalogue
from tests.unit.open_data.portals import Answer, portal_of, read, serving

BASE = "https://portal.example/catalog"
PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix pod: <http://www.w3.org/2007/05/powder-s#> .
"""
WHOLE = (
    PREFIXES
    + """
<> a dcat:Catalog ; dcat:dataset <dataset/1>, <dataset/2>, <dataset/3> .
<dataset/1> a dcat:Dataset ;
  dct:identifier "id-1" ; dct:title "Set 1"@en, "Bộ dữ liệu 1"@vi ; dct:description "Mô tả" ;
  dct:publisher <org/1> ; dcat:keyword "nội vụ", "cải cách" ; dcat:landingPage <dataset/bo-1> ;
  dcat:contactPoint [ a vcard:Kind ; vcard:fn "Phòng" ;
    vcard:hasEmail <mailto:mot-cua@so.example.vn> ;
    vcard:hasTelephone [ vcard:hasValue <tel:+842123456789> ] ] ;
  dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/MONTHLY> ;
  dct:issued "2026-01-01"^^xsd:date ; dct:modified "2026-02-01T08:00:00+07:00"^^xsd:dateTime ;
  dcat:distribution <r/1>, <r/2> .
<r/1> a dcat:Distribution ; dct:identifier "r-1" ; dct:title "Số liệu" ;
  dcat:accessURL <trang/1> ; dcat:downloadURL <files/1.csv> ;
  dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv> ;
  dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> ;
  dcat:byteSize "12"^^xsd:nonNegativeInteger ;
  spdx:checksum [ spdx:checksumValue "abc" ] ;
  dct:license <https://creativecommons.org/licenses/by/4.0/> .
<r/2> a dcat:Distribution ; dct:title "Từ điển dữ liệu" ; dcat:accessURL <files/2.pdf> ;
  dct:format "PDF" ; dct:license <https://creativecommons.org/licenses/by/4.0/> .
<dataset/2> a dcat:Dataset ; dct:title "Bộ 2" ; dct:publisher "Sở Lạ" ; dct:license "Mở" ;
  pod:describedby <mo-ta> .
<org/1> a foaf:Agent ; foaf:name "Sở Nội vụ" ; dct:identifier "org-1" .
<org/2> a foaf:Organization ; foaf:name "Sở Chưa có dữ liệu" ; dct:identifier "org-2" .
"""
)
FORMS = {"turtle": "text/turtle", "xml": "application/rdf+xml", "json-ld": "application/ld+json"}


def written(form: str, turtle: str = WHOLE) -> bytes:
    """A catalogue in another form, as rdflib writes it."""
    graph = Graph()
    graph.parse(data=turtle, format="turtle", publicID=BASE)
    return graph.serialize(format=form).encode()


def facts(content: bytes) -> Mapping[str, Any]:
    return read_catalogue(content, "catalog", {"base": BASE})


def catalogue(content: bytes) -> Catalogue:
    maker = Maker(portal_of("dcat"), portal_of("dcat").dcat.moments, "https://portal.example")
    return catalogue_of(gathered_of(facts(content)), maker)


def by_address(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Datasets without an order, which a graph does not have."""
    return {one["address"]: one | {"tags": sorted(one["tags"])} for one in found}


@pytest.fixture(scope="module")
def isolated() -> Iterator[Isolated]:
    """One reading process for all tests of what it refuses."""
    with Isolated(1, Limits(memory_bytes=768 << 20, seconds=60)) as pool:
        yield pool


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catalogues are parsed here: these tests are about how pages are followed."""

    def parsed(_: object, content: bytes, url: str) -> Mapping[str, Any]:
        try:
            return read_catalogue(content, url, {"base": url})
        except FileRefused as refusal:
            raise DataRefused(refusal.code) from None

    monkeypatch.setattr(adapter, "parsed", parsed)


def test_what_the_vocabulary_says_stands_in_the_entry() -> None:
    found = catalogue(WHOLE.encode())
    one = next(entry for entry in found.datasets if entry.dataset_id == "id-1")
    assert (one.title, one.name, one.description) == ("Bộ dữ liệu 1", "bo-1", "Mô tả")
    assert (one.publisher_id, one.publisher_name) == ("org-1", "Sở Nội vụ")
    assert one.licence_url == "https://creativecommons.org/licenses/by/4.0/"
    assert {"mot-cua@so.example.vn", "+842123456789", "Phòng"} <= set(one.contacts)
    assert one.frequency_text.endswith("/frequency/MONTHLY")
    assert one.modified_at == dt.datetime(2026, 2, 1, 1, tzinfo=dt.UTC)
    assert one.created_at is not None and one.created_at.utcoffset() == dt.timedelta(hours=7)
    assert one.tags == ("cải cách", "nội vụ")
    data = next(entry for entry in one.resources if entry.resource_id == "r-1")
    words = next(entry for entry in one.resources if entry is not data)
    assert (data.format_text, data.media_type, data.size_bytes) == ("CSV", "text/csv", 12)
    assert (data.url, data.stated_hash) == ("https://portal.example/files/1.csv", "abc")
    assert (words.role, words.url) == ("dictionary", "https://portal.example/files/2.pdf")


def test_every_dataset_and_organisation_that_is_named_is_accounted_for() -> None:
    found = catalogue(WHOLE.encode())
    states = {entry.title: entry.state for entry in found.datasets}
    assert states == {"Bộ dữ liệu 1": "active", "Bộ 2": "active", "": "unreadable"}
    two = next(entry for entry in found.datasets if entry.title == "Bộ 2")
    assert (two.licence_title, two.is_described, two.publisher_name) == ("Mở", True, "Sở Lạ")
    assert {one.title for one in found.publishers} == {"Sở Nội vụ", "Sở Chưa có dữ liệu", "Sở Lạ"}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_catalogue_in_the_reading_process(
    form: str, isolated: Isolated
) -> None:
    found = isolated.run(adapter._JOB, written(form), "catalog", {"base": BASE})
    expected = facts(WHOLE.encode())
    assert by_address(found["datasets"]) == by_address(expected["datasets"])
    assert sorted(found["named"]) == sorted(expected["named"])
    assert {one["title"] for one in found["publishers"]} == {
        one["title"] for one in expected["publishers"]
    }


@pytest.mark.parametrize(("form", "kind"), FORMS.items())
def test_the_first_path_that_is_there_is_taken(form: str, kind: str) -> None:
    def answering(path: str, _: Mapping[str, str]) -> Answer:
        found = {"/b": Answer(written(form), kind)}
        return found.get(path, Answer(b"", "text/plain", 404))

    with serving(answering) as url:
        found = read(url, "dcat", paths=["/a", "/b", "/c"])
    assert (len(found.datasets), found.way, found.remarks) == (3, "dump", ())


US = {
    "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
    "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
    "dataset": [
        {
            "@type": "dcat:Dataset",
            "identifier": "id-1",
            "title": "Bộ dữ liệu 1",
            "description": "Mô tả",
            "keyword": ["nội vụ"],
            "modified": "2026-02-01",
            "accessLevel": "public",
            "publisher": {"@type": "org:Organization", "name": "Sở Nội vụ"},
            "contactPoint": {"fn": "Phòng", "hasEmail": "mailto:mot-cua@so.example.vn"},
            "license": "https://creativecommons.org/licenses/by/4.0/",
            "accrualPeriodicity": "R/P1M",
            "describedBy": "https://portal.example/tu-dien",
            "landingPage": "https://portal.example/dataset/bo-1",
            "distribution": [
                {
                    "title": "Số liệu",
                    "downloadURL": "https://portal.example/1.csv",
                    "mediaType": "text/csv",
                    "format": "CSV",
                }
            ],
        },
        {"identifier": "id-2", "title": "Kín", "accessLevel": "non-public"},
    ],
}


def test_data_json_is_read_without_its_remote_context() -> None:
    one, two = catalogue(json.dumps(US).encode()).datasets
    assert (one.dataset_id, one.name, one.publisher_name) == ("id-1", "bo-1", "Sở Nội vụ")
    assert (one.frequency_text, one.is_described) == ("R/P1M", True)
    assert "mot-cua@so.example.vn" in one.contacts
    assert one.licence_url == "https://creativecommons.org/licenses/by/4.0/"
    (resource,) = one.resources
    assert (resource.url, resource.format_text) == ("https://portal.example/1.csv", "CSV")
    assert two.state == "private"


HOSTILE = {
    "remote_context": json.dumps(
        {"@context": "http://169.254.169.254/c", "@type": "http://www.w3.org/ns/dcat#Catalog"}
    ),
    "remote_context in a list": json.dumps({"@context": [{}, "http://127.0.0.1/c"], "@graph": []}),
    "remote_context further in": json.dumps(
        {"@graph": [{"a": {"@context": "file:///etc/passwd"}}]}
    ),
    "remote_context by import": json.dumps({"@context": {"@import": "http://127.0.0.1/c"}}),
    "xml_entities": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&b;</rdf:RDF>',
    "broken_json": '{"dataset": [',
    "too_deep": '{"dataset": ' + "[" * 200_000,
    "broken_rdf": "<a> <b> .",
    "broken_rdf in XML": '<?xml version="1.0"?><rdf:RDF',
    "no_catalogue": "<a> <b> <c> .",
    "no_catalogue in JSON": "{}",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_must_not_be_read_is_refused(what: str, isolated: Isolated) -> None:
    with pytest.raises(FileRefused) as refused:
        isolated.run(adapter._JOB, HOSTILE[what].encode(), "catalog", {"base": BASE})
    assert refused.value.code == what.split()[0]


def test_nesting_without_end_is_refused(isolated: Isolated) -> None:
    deep = "<a> <b> " + "(" * 100_000 + ")" * 100_000 + " ."
    with pytest.raises(FileRefused):
        isolated.run(adapter._JOB, deep.encode(), "catalog", {"base": BASE})


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=150, deadline=None)
def test_nothing_else_than_a_refusal_comes_of_rubbish(content: bytes) -> None:
    try:
        found = facts(content)
    except FileRefused:
        return
    assert set(found) == {"datasets", "publishers", "named", "total", "next"}


def page(number: int, following: str, total: int | None = 4) -> bytes:
    """A page with two datasets."""
    said = f"; hydra:totalItems {total}" if total is not None else ""
    link = f"; hydra:next <{following}>" if following else ""
    datasets = " ".join(
        f'<dataset/{n}> a dcat:Dataset ; dct:identifier "id-{n}" ; dct:title "Bộ {n}" .'
        for n in (2 * number, 2 * number + 1)
    )
    text = f"{PREFIXES} <> a dcat:Catalog . <c> a hydra:PagedCollection {said} {link} . {datasets}"
    return text.encode()


def paged(following: Callable[[int], str], total: int | None = 4) -> Any:
    def answering(path: str, query: Mapping[str, str]) -> Answer:
        number = int(query.get("page", "0"))
        return Answer(page(number, following(number), total), "text/turtle")

    return answering


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("total", [4, None])
def test_pages_of_a_catalogue_are_followed(total: int | None) -> None:
    with serving(paged(lambda n: "/c?page=1" if n == 0 else "", total)) as url:
        found = read(url, "dcat", paths=["/c"])
    assert [one.dataset_id for one in found.datasets] == ["id-0", "id-1", "id-2", "id-3"]


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    ("following", "total", "kind"),
    [
        (lambda n: f"/c?page={1 - n}", 4, PagesDrifted),
        (lambda n: "/c?page=1" if n == 0 else "", 5, PagesDrifted),
        (lambda n: "", 4, PagesDrifted),
        (lambda n: f"/c?page={n + 1}", None, DataRefused),
        (lambda n: "http://127.0.0.1:9/c", 4, DataRefused),
        (lambda n: "file:///etc/passwd", 4, DataRefused),
    ],
)
def test_pages_that_do_not_make_up_a_whole_are_refused(
    following: Callable[[int], str], total: int | None, kind: type[Exception]
) -> None:
    with serving(paged(following, total)) as url, pytest.raises(kind):
        read(url, "dcat", paths=["/c"], most_pages=5)


@pytest.mark.usefixtures("in_this_process")
def test_another_form_is_taken_when_one_is_broken() -> None:
    def answering(path: str, _: Mapping[str, str]) -> Answer:
        if path == "/a":
            return Answer(b"{", "application/ld+json")
        return Answer(WHOLE.encode(), "text/turtle")

    with serving(answering) as url:
        found = read(url, "dcat", paths=["/a", "/b"])
    assert len(found.datasets) == 3
    assert "broken_json" in found.remarks[0]


def test_a_portal_without_a_catalogue_is_unavailable() -> None:
    with (
        serving(lambda path, query: Answer(b"", "text/plain", 404)) as url,
        pytest.raises(SourceUnavailable),
    ):
        read(url, "dcat")


def test_a_catalogue_dropped_by_hand_is_read() -> None:
    found = read_dropped(WHOLE.encode(), "danh-muc.ttl", "https://portal.example")
    assert (len(found.datasets), found.way) == (3, "dump")
    part = page(0, "/c?page=1", None)
    with pytest.raises(DataRefused, match="one page"):
        read_dropped(part, "trang-1.ttl")
