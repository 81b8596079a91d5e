"""A CKAN portal is read whole, however it pages, hides, fails or words its answers."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.core.errors import DataRefused, PagesDrifted, SourceUnavailable
from ingestion.sources.open_data_portal.adapters import read_dropped
from ingestion.sources.open_data_portal.adapters.ckan import entry_of
from ingestion.sources.open_data_portal.adapters.entries import Maker
from ingestion.sources.open_data_portal.catalogue import DatasetEntry
from tests.unit.open_data.portals import (
    Answer,
    Ckan,
    envelope,
    package,
    portal_of,
    read,
    refusal,
    serving,
)

MAKER = Maker(portal_of("ckan"), portal_of("ckan").ckan.moments, "https://portal.example")


def entry(**record: Any) -> DatasetEntry:
    return entry_of(package(1) | record, MAKER, {})


@pytest.mark.parametrize(("count", "cap"), [(0, 5), (1, 5), (7, 3), (9, 3), (10, 1000)])
def test_every_dataset_comes_once_however_few_a_page_holds(count: int, cap: int) -> None:
    portal = Ckan([package(number, resources=number % 4) for number in range(count)], cap=cap)
    with serving(portal) as url:
        found = read(url, "ckan")
    assert [one.dataset_id for one in found.datasets] == [f"id-{n:04}" for n in range(count)]
    assert [len(one.resources) for one in found.datasets] == [n % 4 for n in range(count)]
    assert (found.stated_dataset_count, found.way, found.remarks) == (count, "search", ())


def test_what_stands_in_a_record_stands_in_the_entry() -> None:
    with serving(Ckan([package(1)])) as url:
        (found,) = read(url, "ckan").datasets
    (resource,) = found.resources
    assert found.page_url == f"{url}/dataset/ten-0001"
    assert (found.title, found.description) == ("Bộ dữ liệu 1", "Mô tả hai dòng")
    assert (found.publisher_id, found.publisher_name) == ("org-1", "Sở Nội vụ")
    assert found.modified_at == dt.datetime(2026, 8, 4, 7, 19, 14, 753556, tzinfo=dt.UTC)
    assert (resource.url, resource.size_bytes) == (f"{url}/files/1/1.csv", 12)
    assert (resource.position, resource.has_datastore, resource.role) == (1, True, "data")


@pytest.mark.parametrize("what", ["grew", "shifted", "empty"])
def test_pages_that_drift_are_refused(what: str) -> None:
    packages = [package(number) for number in range(6)]
    portal = Ckan(packages, cap=2)

    def drifting(path: str, query: Any) -> Answer:
        if path.endswith("package_search") and query["start"] == "4":
            if what == "grew":
                return envelope({"count": 7, "results": packages[4:]})
            if what == "shifted":
                return envelope({"count": 6, "results": packages[3:5]})
            return envelope({"count": 6, "results": []})
        return portal(path, query)

    with serving(drifting) as url, pytest.raises(PagesDrifted):
        read(url, "ckan")


DOWN = {
    "index": refusal(409, "Search Error"),
    "said with status 200": refusal(200, "Search Error"),
    "forbidden": refusal(403, "Authorization Error"),
    "no such action": Answer(b"<h1>404</h1>", "text/html", 404),
    "broken": Answer(b"{}", status=500),
    "a page instead": Answer(b"<html>Bao tri</html>", "text/html"),
    "cut short": Answer(b'{"success": true, "result": {"count": 3, "resul'),
    "another shape": envelope({"count": "3", "results": []}),
    "no envelope": Answer(b'{"result": []}'),
    "nested without end": Answer(b'{"success": true, "result": ' + b"[" * 100_000),
}


@pytest.mark.parametrize("how", DOWN)
def test_datasets_are_asked_for_one_by_one_when_search_is_down(how: str) -> None:
    packages = [package(number, resources=2) for number in range(3)]
    with serving(Ckan(packages)) as url:
        by_search = read(url, "ckan")
        portal = Ckan(packages, instead={"package_search": DOWN[how]})
    with serving(portal) as url:
        by_list = read(url, "ckan")
    assert by_list.way == "list"
    assert by_list.stated_dataset_count == 3
    assert [one.dataset_id for one in by_list.datasets] == [
        one.dataset_id for one in by_search.datasets
    ]
    assert sum(len(one.resources) for one in by_list.datasets) == 6
    assert "search is down" in by_list.remarks[0]


def test_what_the_portal_hides_is_accounted_for() -> None:
    twice = json.dumps({"success": True, "result": package(5)}).replace(
        '"title":', '"title": "khác", "title":', 1
    )
    hidden = {
        "khong-cong-khai": refusal(403, "Authorization Error"),
        "khong-cong-khai-200": refusal(200, "Authorization Error"),
        "da-xoa": refusal(404, "Not Found Error"),
        "loi": Answer(b"", "text/plain", 500),
        "hai-ten": Answer(twice.encode()),
        "rieng": envelope(package(7, private=True, name="rieng")),
        "xoa": envelope(package(8, state="deleted", name="xoa")),
        "moi": envelope(package(9, name="moi")),
    }
    with serving(Ckan([package(1)], hidden=hidden)) as url:
        found = read(url, "ckan")
    assert {one.name: one.state for one in found.datasets} == {
        "ten-0001": "active",
        "khong-cong-khai": "private",
        "khong-cong-khai-200": "private",
        "da-xoa": "deleted",
        "loi": "unreadable",
        "ten-0005": "unreadable",
        "rieng": "private",
        "xoa": "deleted",
        "moi": "active",
    }
    assert found.stated_dataset_count == 9
    assert all(one.problem for one in found.datasets if one.state != "active")


@pytest.mark.parametrize("status", [404, 500])
def test_a_portal_that_shows_nothing_is_down(status: int) -> None:
    instead = {"package_search": refusal(409, "Search Error"), "package_show": refusal(status, "x")}
    with (
        serving(Ckan([package(number) for number in range(30)], instead=instead)) as url,
        pytest.raises(SourceUnavailable),
    ):
        read(url, "ckan", down_after=10)


def test_a_portal_that_does_not_answer_is_down() -> None:
    with serving(Ckan([])) as url:
        pass
    with pytest.raises(SourceUnavailable):
        read(url, "ckan")


@pytest.mark.parametrize("counted", [21, 10**9])
def test_a_catalogue_beyond_the_bounds_is_refused(counted: int) -> None:
    portal = Ckan([package(number) for number in range(21)])
    portal.instead["package_search"] = envelope({"count": counted, "results": portal.packages[:1]})
    with serving(portal) as url, pytest.raises(DataRefused):
        read(url, "ckan", most_datasets=20)


@pytest.mark.parametrize("ignores_offset", [False, True])
@pytest.mark.parametrize("has_pages", [False, True])
def test_all_organisations_come(has_pages: bool, ignores_offset: bool) -> None:
    organizations = [
        {"id": f"org-{n}", "name": f"co-quan-{n:03}", "title": f"Cơ quan {n}", "package_count": n}
        for n in range(60)
    ]
    portal = Ckan([package(1)], organizations=organizations, ignores_offset=ignores_offset)

    def answering(path: str, query: Any) -> Answer:
        if not has_pages and "all_fields" in query:
            return refusal(500, "Internal Server Error")
        return portal(path, query)

    with serving(answering) as url:
        found = read(url, "ckan")
    assert {(one.publisher_id, one.dataset_count) for one in found.publishers} == {
        (f"org-{n}", n) for n in range(60)
    }


def test_organisations_that_only_datasets_name_are_the_portals_too() -> None:
    down = refusal(500, "Internal Server Error")
    with serving(Ckan([package(1)], instead={"organization_list": down})) as url:
        found = read(url, "ckan")
    assert [(one.publisher_id, one.title) for one in found.publishers] == [("org-1", "Sở Nội vụ")]
    assert any("organizations" in remark for remark in found.remarks)


def test_licences_and_organisations_fill_what_a_dataset_leaves_out() -> None:
    licences = [
        {"id": "mo", "title": "Mở", "url": "https://l.example/mo", "od_conformance": "approved"},
        {"id": "kin", "title": "Kín", "is_okd_compliant": False},
    ]
    packages = [
        package(1, license_id="mo", organization=None),
        package(2, license_id="kin"),
        package(3, license_id="mo", isopen=False, license_title="Riêng"),
        package(4, license_id="la"),
    ]
    organizations = [{"id": "org-1", "name": "so-noi-vu", "title": "Sở Nội vụ"}]
    with serving(Ckan(packages, licences=licences, organizations=organizations)) as url:
        one, two, three, four = read(url, "ckan").datasets
    assert (one.licence_title, one.licence_url) == ("Mở", "https://l.example/mo")
    assert [two.is_open_stated, four.is_open_stated] == [False, None]
    assert (one.is_open_stated, three.is_open_stated, three.licence_title) == (True, False, "Riêng")
    assert one.publisher_name == "Sở Nội vụ"


@pytest.mark.parametrize(
    "record",
    [
        {"frequency": "Hằng tháng"},
        {"extras": [{"key": "frequency", "value": "Hằng tháng"}]},
        {"extras": [{"key": "accrualPeriodicity", "value": "Hằng tháng"}]},
        {"extras": {"accrual_periodicity": "Hằng tháng"}},
        {"extras": [{"key": "Tần suất cập nhật", "value": "Hằng tháng"}]},
        {"tan_suat_cap_nhat": "Hằng tháng", "frequency": ""},
    ],
)
def test_the_frequency_is_found_where_portals_put_it(record: dict[str, Any]) -> None:
    assert entry(**record).frequency_text == "Hằng tháng"


@pytest.mark.parametrize(
    "record",
    [
        {"maintainer_email": "mot-cua@so.example.vn"},
        {"maintainer": '{"given_name": "", "email": "mot-cua@so.example.vn", "name": "P"}'},
        {"author": '[{"name": "A"}, {"email": "mot-cua@so.example.vn"}]'},
        {"contact": [{"name": "Phòng", "email": "mot-cua@so.example.vn"}]},
        {"extras": [{"key": "contact_email", "value": "mot-cua@so.example.vn"}]},
        {"extras": [{"key": "Đầu mối liên hệ", "value": "mot-cua@so.example.vn"}]},
    ],
)
def test_contacts_are_found_also_in_json_in_a_string(record: dict[str, Any]) -> None:
    assert "mot-cua@so.example.vn" in entry(**record).contacts


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({}, False),
        ({"extras": [{"key": "data_dictionary", "value": ""}]}, False),
        ({"extras": [{"key": "data_dictionary", "value": "[]"}]}, False),
        ({"extras": [{"key": "data_dictionary", "value": "cot_1: mã"}]}, True),
        ({"resources": [{"id": "r", "schema": {"fields": [{"name": "a"}]}}]}, True),
    ],
)
def test_metadata_that_describe_the_columns_say_so(record: dict[str, Any], expected: bool) -> None:
    assert entry(**record).is_described is expected


NOTED = {"id": "ma", "info": {"label": "", "notes": "Mã đơn vị"}}
BARE = {"id": "ten", "info": {"label": "", "notes": " "}}


@pytest.mark.parametrize(
    ("datastores", "expected"),
    [
        ({"r-1-1": [NOTED, NOTED]}, True),
        ({"r-1-1": [NOTED, BARE]}, True),
        ({"r-1-1": [NOTED, BARE, {"id": "so"}]}, False),
        ({"r-1-1": []}, False),
        ({}, False),
    ],
)
def test_a_datastore_describes_its_columns_or_not(
    datastores: dict[str, Any], expected: bool
) -> None:
    with serving(Ckan([package(1)], datastores=datastores)) as url:
        found = read(url, "ckan")
    assert found.datasets[0].is_described is expected
    assert found.remarks == ()


def test_a_datastore_that_is_down_is_no_fault_of_the_publisher() -> None:
    down = refusal(500, "Internal Server Error")
    portal = Ckan([package(n) for n in range(9)], instead={"datastore_search": down})
    with serving(portal) as url:
        found = read(url, "ckan", down_after=3, requests_at_once=1)
    assert all(one.is_described for one in found.datasets)
    assert sum(action == "datastore_search" for action, _ in portal.asked) == 3
    assert "9 datastores" in found.remarks[0]


def test_a_datastore_is_not_asked_where_a_dictionary_is_there() -> None:
    words = {"id": "t", "name": "Từ điển dữ liệu"}
    portal = Ckan([package(1) | {"num_resources": 2}])
    portal.packages[0]["resources"].append(words)
    with serving(portal) as url:
        read(url, "ckan")
    assert all(action != "datastore_search" for action, _ in portal.asked)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Từ điển dữ liệu", "dictionary"),
        ("tu-dien-du-lieu.csv", "dictionary"),
        ("TỪ ĐIỂN DỮ LIỆU 2026", "dictionary"),
        ("Danh mục dữ liệu mở của Sở", "list"),
        ("Danh mục trường học", "data"),
        ("Số liệu", "data"),
    ],
)
def test_the_role_of_a_file_is_told_by_its_name(name: str, role: str) -> None:
    assert entry(resources=[{"id": "r", "name": name}]).resources[0].role == role


def test_resources_without_an_id_or_with_one_twice_are_told_apart() -> None:
    given = [{"id": "r", "url": "/a"}, {"id": "r", "url": "/b"}, {"url": "/c"}, {}]
    found = entry(resources=given).resources
    assert len({one.resource_id for one in found}) == 4
    assert [one.position for one in found] == [1, 2, 3, 4]
    assert found == entry(resources=given).resources


def test_a_search_that_leaves_out_resources_is_made_good() -> None:
    whole = [package(number, resources=3) for number in range(2)]
    short = envelope({"count": 2, "results": [whole[0], whole[1] | {"resources": []}]})
    with serving(Ckan(whole, instead={"package_search": short})) as url:
        found = read(url, "ckan")
    assert [len(one.resources) for one in found.datasets] == [3, 3]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://[::1", "../../../etc", "//x\\y"])
def test_hostile_addresses_stay_as_published_and_refuse_nothing(url: str) -> None:
    (resource,) = entry(resources=[{"id": "r", "url": url}]).resources
    assert resource.url


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from([*package(1), "isopen", "license_url", "author", "maintainer", "contact"])


@given(st.dictionaries(KEYS, JSON), st.lists(JSON, max_size=3))
@settings(max_examples=200, deadline=None)
def test_no_record_breaks_the_reading(changes: dict[str, Any], resources: list[Any]) -> None:
    try:
        found = entry_of({**package(1), "resources": resources, **changes}, MAKER, {})
    except DataRefused:
        return
    assert found.dataset_id
    assert found.state in ("active", "private", "deleted", "unreadable")
    assert len({one.resource_id for one in found.resources}) == len(found.resources)
    for moment in (found.created_at, found.modified_at):
        assert moment is None or moment.tzinfo is not None


def test_an_answer_dropped_by_hand_is_a_catalogue() -> None:
    whole = envelope({"count": 2, "results": [package(1), package(2)]}).body
    found = read_dropped(whole, "tim-kiem.json")
    assert (len(found.datasets), found.way, found.stated_dataset_count) == (2, "dump", 2)
    part = envelope({"count": 3, "results": [package(1), package(2)]}).body
    assert read_dropped(part, "tim-kiem.json").stated_dataset_count == 3
    for wrong in (refusal(500, "x").body, b'{"success": true, "result": {"count": 1}}', b"{"):
        with pytest.raises((DataRefused, SourceUnavailable)):
            read_dropped(wrong, "tim-kiem.json")
