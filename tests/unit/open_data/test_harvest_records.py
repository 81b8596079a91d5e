"""Catalogues as landed lines: whatever a portal says, its datasets can be loaded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.core.contract import PROBLEMS
from ingestion.core.source import read_source
from ingestion.sources.open_data_portal.catalogue import (
    DatasetEntry,
    PublisherEntry,
    ResourceEntry,
)
from ingestion.sources.open_data_portal.records import (
    content_key,
    dataset_lines,
    publisher_lines,
)

CONTRACT = read_source("open_data_portal").contract
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["\ud800", "a\x00b", "0912600003", "x" * 5_000, "{{ 7*7 }}", "=1+1", "a\r\nBcc: b"]
)
# An id is a key: it is kept whatever it looks like.
IDS = (st.text(max_size=40) | st.sampled_from(["\ud800", "a\x00b", "x" * 5_000, "Ä/ö"])).filter(
    lambda text: "0912600003" not in text
)
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
COUNTS = st.none() | st.integers(-(10**20), 10**20)
RESOURCES = st.builds(
    ResourceEntry,
    resource_id=IDS,
    position=st.integers(1, 1000),
    name=TEXTS,
    description=TEXTS,
    format_text=TEXTS,
    media_type=TEXTS,
    url=TEXTS,
    size_bytes=COUNTS,
    created_at=MOMENTS,
    modified_at=MOMENTS,
    stated_hash=TEXTS,
    has_datastore=st.booleans(),
)
DATASETS = st.builds(
    DatasetEntry,
    dataset_id=IDS.filter(bool),
    name=TEXTS,
    title=TEXTS,
    description=TEXTS,
    page_url=TEXTS,
    publisher_id=IDS,
    publisher_name=TEXTS,
    licence_id=TEXTS,
    licence_title=TEXTS,
    licence_url=TEXTS,
    is_open_stated=st.none() | st.booleans(),
    contacts=st.lists(TEXTS, max_size=3).map(tuple),
    frequency_text=TEXTS,
    created_at=MOMENTS,
    modified_at=MOMENTS,
    problem=TEXTS,
    stated_resource_count=COUNTS,
    tags=st.lists(TEXTS, max_size=3).map(tuple),
    resources=st.lists(RESOURCES, max_size=4).map(tuple),
)


def landed(entry: DatasetEntry, way: str = "search") -> dict[str, Any]:
    (line,) = dataset_lines([entry], way, CONTRACT.resources["datasets"]).lines
    found: dict[str, Any] = orjson.loads(line)
    return found


@settings(max_examples=40)
@given(DATASETS)
def test_no_dataset_is_lost_at_the_door_whatever_it_says(entry: DatasetEntry) -> None:
    found = landed(entry)
    assert PROBLEMS not in found
    assert set(CONTRACT.resources["datasets"].required) <= set(found)
    resources = found.get("resources", [])
    assert len(resources) == len(entry.resources)
    ids = [resource["resource_id"] for resource in resources]
    assert len(set(ids)) == len(ids)
    assert all(("url" in item) != ("url_problem_code" in item) for item in resources)
    assert "0912600003" not in orjson.dumps(found).decode().replace("sha256:", "")


@settings(max_examples=40)
@given(st.builds(PublisherEntry, IDS.filter(bool), TEXTS, TEXTS, COUNTS))
def test_no_publisher_is_lost_at_the_door(entry: PublisherEntry) -> None:
    (line,) = publisher_lines([entry], CONTRACT.resources["publishers"]).lines
    assert PROBLEMS not in orjson.loads(line)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://a.example/x.csv", None),
        ("", "no_file"),
        ("ftp://a.example/x.csv", "address_refused"),
        ("file:///etc/passwd", "address_refused"),
        ("https://user@a.example/x.csv", "address_refused"),
        ("javascript:alert(1)", "address_refused"),
    ],
)
def test_an_address_is_plain_or_said_not_to_be(url: str, problem: str | None) -> None:
    resource = ResourceEntry(resource_id="r", position=1, url=url)
    (found,) = landed(DatasetEntry("d", resources=(resource,)))["resources"]
    assert found.get("url_problem_code") == problem
    assert found.get("url") == (None if problem else url)


@pytest.mark.parametrize(
    ("contacts", "kept"),
    [
        ((), "absent"),
        (("test", "Phòng Tổng hợp"), "named"),
        (("n/a", "congbo@soyte.sonla.gov.vn", "Nguyễn Văn A"), "reachable"),
        (("02123 852 123",), "reachable"),
    ],
)
def test_of_contacts_the_best_class_is_kept(contacts: tuple[str, ...], kept: str) -> None:
    found = landed(DatasetEntry("d", contacts=contacts))
    assert found["contact_class"] == kept
    assert not any(text in orjson.dumps(found).decode() for text in contacts if len(text) > 5)


def test_the_hash_is_of_what_the_portal_says_and_not_of_how_it_was_had() -> None:
    entry = DatasetEntry(
        "d", title="Một", modified_at=datetime(2026, 11, 19, tzinfo=UTC), publisher_id="p"
    )
    one = landed(entry)["metadata_sha256"]
    assert landed(entry, way="list")["metadata_sha256"] == one
    for changes in ({"title": "Hai"}, {"publisher_id": "q"}, {"frequency_text": "tháng"}):
        fields = {name: getattr(entry, name) for name in DatasetEntry.__slots__}
        assert landed(DatasetEntry(**{**fields, **changes}))["metadata_sha256"] != one


def test_a_key_tells_datasets_that_share_a_resource_id_apart() -> None:
    assert content_key("a", "bc") != content_key("ab", "c")
    assert len(content_key("a", "b")) == 32
