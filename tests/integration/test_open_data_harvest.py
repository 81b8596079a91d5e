"""A portal day by day into raw: whole snapshots, what is fetched and what is not, run twice."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from tests.fixtures.open_data.station import DAY, FakePool, Station

NEXT = DAY + timedelta(days=1)


def fill(station: Station) -> None:
    """Two datasets with three files."""
    station.portal.publish("d1", "co-so.csv", "thuoc.csv")
    station.portal.publish("d2", "truong.csv")


def test_a_day_is_one_whole_snapshot(open_data_station: Station) -> None:
    station = open_data_station
    fill(station)
    station.harvest()
    assert station.rows(
        "select dataset_id, title, publisher_id, publisher_name, licence_id, is_open_stated, "
        "contact_class, frequency_text, state, way, "
        "to_char(modified_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') "
        "from raw.open_data_portal__datasets order by 1 limit 1"
    ) == [
        (
            *("d1", "Bộ dữ liệu d1", "org-1", "Sở Y tế", "cc-by", True, "reachable"),
            *("Hằng quý", "active", "search", "2026-08-02 02:00"),
        )
    ]
    assert station.rows(
        "select dataset_id, resource_id, position, role, format_text, has_datastore "
        "from raw.open_data_portal__resources order by 1, 2"
    ) == [
        ("d1", "d1-1", 1, "data", "CSV", False),
        ("d1", "d1-2", 2, "data", "CSV", False),
        ("d2", "d2-1", 1, "data", "CSV", False),
    ]
    assert station.rows(
        "select publisher_id, name, title, dataset_count from raw.open_data_portal__publishers"
    ) == [("org-1", "so-y-te", "Sở Y tế", 1)]
    body = station.portal.files["/tep/co-so.csv"]
    columns = "looked, content_sha256, byte_count, real_format, row_count, looked_on::text"
    assert station.contents(columns)["d1-1"] == (
        *("fetched", hashlib.sha256(body).hexdigest(), len(body)),
        *("csv", 1, "2026-11-19"),
    )
    assert station.rows("select resource, outcome, due_on::text from ops.ledger order by 1") == [
        ("contents", "accepted", "2026-11-20"),
        ("datasets", "accepted", "2026-11-20"),
        ("publishers", "accepted", "2026-11-20"),
    ]
    told = station.facts("datasets")
    assert (told["stated"], told["datasets"], told["resources"]) == (2, {"active": 2}, 3)
    assert station.facts("contents")["looked"] == {"fetched": 3}


def test_one_reading_serves_datasets_and_publishers(open_data_station: Station) -> None:
    station = open_data_station
    fill(station)
    station.harvest()
    assert len(station.portal.asked_for("/api/3/action/package_search")) == 1
    # The portal is told whose state is wanted, with its metadata and its files.
    assert {call.headers.get("X-As-Of") for call in station.portal.calls} == {"2026-11-19"}


def test_no_file_of_the_portal_is_kept(open_data_station: Station) -> None:
    station = open_data_station
    fill(station)
    station.harvest()
    bodies = {hashlib.sha256(body).hexdigest() for body in station.portal.files.values()}
    kept = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in station.landing.rglob("*")
        if path.is_file()
    }
    assert kept
    assert not kept & bodies


def test_what_has_not_changed_is_not_fetched_again(open_data_station: Station) -> None:
    station = open_data_station
    fill(station)
    station.harvest()
    first = station.contents("content_sha256, row_count")
    asked = len(station.portal.asked_for("/tep/co-so.csv"))
    station.portal.touch("d1", 2)  # said to be changed, and the same all along
    station.harvest(NEXT)
    assert station.contents("looked", NEXT) == dict.fromkeys(("d1-1", "d1-2", "d2-1"), "unchanged")
    assert station.contents("content_sha256, row_count", NEXT) == first
    assert len(station.portal.asked_for("/tep/co-so.csv")) == asked
    assert station.portal.asked_for("/tep/thuoc.csv")[-1].headers["If-None-Match"]
    assert station.contents("looked_on::text", NEXT) == {
        "d1-1": "2026-11-19",
        "d1-2": "2026-11-20",
        "d2-1": "2026-11-19",
    }
    assert len(FakePool.seen) == 3
    # The snapshot of the day before is as it was.
    assert station.contents("looked") == dict.fromkeys(first, "fetched")
