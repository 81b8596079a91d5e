"""Outages, broken links and catalogues that must not be believed: whose fault, and what stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ingestion.core.errors import SourceUnavailable
from ingestion.sources.open_data_portal import daily
from tests.fixtures.open_data.portal import API, Call, Reply, done
from tests.fixtures.open_data.station import DAY, Station

NEXT = DAY + timedelta(days=1)
LATER = DAY + timedelta(days=2)
PROBLEM = "looked, problem_code, failed_looks, problem_first_on::text"
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def publish_six(station: Station) -> None:
    for number in range(6):
        station.portal.publish(f"d{number}", f"t{number}.csv")


def say_changed(station: Station, moment: str) -> None:
    """All files are said to be changed, so that they are asked for again."""
    for dataset_id in station.portal.datasets:
        station.portal.touch(dataset_id, moment=moment)


def outcomes(station: Station) -> list[tuple[object, ...]]:
    return station.rows("select resource, outcome, cause from ops.ledger order by resource")


def test_a_portal_that_is_down_leaves_no_snapshot_and_blames_no_agency(
    open_data_station: Station,
) -> None:
    station = open_data_station
    station.portal.behaviour = lambda _: Reply(503)
    with pytest.raises(SourceUnavailable):
        daily.harvest(DAY, DAY)
    assert outcomes(station) == [("datasets", "failed", "source")]
    assert station.rows("select count(*) from raw.open_data_portal__datasets") == [(0,)]
    assert station.rows("select distinct cause from ops.outcome where state = 'failed'") == [
        ("source",)
    ]


def test_files_of_a_portal_that_goes_down_after_its_catalogue_are_not_held_against_it(
    open_data_station: Station,
) -> None:
    station = open_data_station
    publish_six(station)
    station.harvest()
    known = station.contents("content_sha256, row_count")
    say_changed(station, "2026-11-20T01:00:00")
    station.portal.publish("d9", "moi.csv")
    down = Reply(503)
    station.portal.behaviour = lambda call: None if call.path.startswith(API) else down
    station.harvest(NEXT)
    found = station.contents(PROBLEM, NEXT)
    assert found == dict.fromkeys([*known, "d9-1"], ("portal_down", None, None, None))
    assert station.contents("content_sha256, row_count", NEXT) == {**known, "d9-1": (None, None)}
    assert station.facts("contents", NEXT)["portal_down"] is True
    # When it is back all of them are asked for.
    station.portal.behaviour = None
    station.harvest(LATER)
    assert set(station.contents(PROBLEM, LATER).values()) == {("fetched", None, None, None)} | {
        ("unchanged", None, None, None)
    }


@pytest.mark.parametrize(
    "reply", [Reply(404), Reply(403), Reply(200, b"<h1>maintenance</h1>", "text/html")]
)
def test_a_portal_that_gives_none_of_the_files_it_gave_before_is_taken_for_an_outage(
    open_data_station: Station, reply: Reply
) -> None:
    station = open_data_station
    publish_six(station)
    station.harvest()
    say_changed(station, "2026-11-20T01:00:00")
    station.portal.behaviour = lambda call: None if call.path.startswith(API) else reply
    station.harvest(NEXT)
    assert set(station.contents(PROBLEM, NEXT).values()) == {("portal_down", None, None, None)}


def test_one_dead_link_is_a_fact_and_its_days_are_counted(open_data_station: Station) -> None:
    station = open_data_station
    publish_six(station)
    station.harvest()
    sha256 = station.contents("content_sha256")["d0-1"]
    body = station.portal.files.pop("/tep/t0.csv")
    say_changed(station, "2026-11-20T01:00:00")
    station.harvest(NEXT)
    station.harvest(LATER)
    assert station.contents(PROBLEM, NEXT)["d0-1"] == ("fetched", "dead_link", 1, "2026-11-20")
    assert station.contents(PROBLEM, LATER)["d0-1"] == ("fetched", "dead_link", 2, "2026-11-20")
    # That it was had stays known.
    assert station.contents("content_sha256", LATER)["d0-1"] == sha256
    station.portal.files["/tep/t0.csv"] = body
    last = LATER + timedelta(days=1)
    station.harvest(last)
    assert station.contents(PROBLEM, last)["d0-1"] == ("unchanged", None, None, None)


def test_one_file_without_an_answer_is_a_passing_problem_of_that_file(
    open_data_station: Station,
) -> None:
    station = open_data_station
    publish_six(station)
    slow = Reply(body=b"x" * 50, drip=0.5)

    def behave(call: Call) -> Reply | None:
        replies = {"/tep/t0.csv": Reply(500), "/tep/t1.csv": slow}
        return replies.get(call.path)

    station.portal.behaviour = behave
    station.harvest()
    found = station.contents(PROBLEM)
    assert found["d0-1"] == ("fetched", "not_answering", 1, "2026-11-19")
    assert found["d1-1"] == ("fetched", "too_slow", 1, "2026-11-19")
    assert set(list(found.values())[2:]) == {("fetched", None, None, None)}


def test_the_only_file_that_fails_is_held_against_it_when_the_portal_answers(
    open_data_station: Station,
) -> None:
    station = open_data_station
    station.portal.publish("d1", "co-so.csv")
    station.portal.behaviour = lambda call: Reply(500) if call.path.startswith("/tep") else None
    station.harvest()
    assert station.contents(PROBLEM)["d1-1"] == ("fetched", "not_answering", 1, "2026-11-19")


def test_hostile_addresses_are_never_asked_for(open_data_station: Station) -> None:
    station = open_data_station
    dataset = station.portal.publish("d1", "co-so.csv")
    port = station.portal.address.rpartition(":")[2]
    urls = [
        "http://169.254.169.254/latest/meta-data",
        f"http://localhost:{port}/tep/co-so.csv",
        f"http://user@127.0.0.1:{port}/tep/co-so.csv",
        "file:///etc/passwd",
        "",
    ]
    dataset["resources"] += [
        station.portal.resource(f"x{place}", "co-so.csv", url=url) for place, url in enumerate(urls)
    ]
    dataset["num_resources"] = len(dataset["resources"])
    station.harvest()
    found = station.contents("looked, problem_code, failed_looks")
    assert found.pop("d1-1") == ("fetched", None, None)
    assert found.pop("x4") == ("refused", "no_file", 1)
    assert found == dict.fromkeys(("x0", "x1", "x2", "x3"), ("refused", "address_refused", 1))
    assert len(station.portal.asked_for("/tep/co-so.csv")) == 1


def test_a_day_run_again_is_not_asked_for_again_and_comes_out_equal(
    open_data_station: Station,
) -> None:
    station = open_data_station
    publish_six(station)
    del station.portal.files["/tep/t5.csv"]
    station.harvest()
    say_changed(station, "2026-11-20T01:00:00")
    station.harvest(NEXT)
    calm = station.content()
    asked = len(station.portal.asked_for("/tep/t1.csv"))
    for resource in ("contents", "datasets", "publishers", "contents"):
        station.ingest(resource, NEXT)
    assert station.content() == calm
    # Contents alone ask again only for what could not be had; a new snapshot asks "changed since?".
    later = station.portal.asked_for("/tep/t1.csv")[asked:]
    assert [bool(call.headers.get("If-None-Match")) for call in later] == [True]


def test_a_catalogue_that_lost_most_of_its_datasets_is_not_believed(
    open_data_station: Station,
) -> None:
    station = open_data_station
    publish_six(station)
    station.harvest()
    for number in range(4):
        del station.portal.datasets[f"d{number}"]
    (summary,) = station.ingest("datasets", NEXT)
    assert (summary.state, summary.cause) == ("failed", "source")
    assert "2 datasets where 6 were known" in summary.message


def test_a_count_that_does_not_fit_is_asked_for_again_and_then_refused(
    open_data_station: Station,
) -> None:
    station = open_data_station
    publish_six(station)

    def short(call: Call) -> Reply | None:
        if call.path != f"{API}package_search":
            return None
        return done({"count": 7, "results": list(station.portal.datasets.values())})

    station.portal.behaviour = short
    (summary,) = station.ingest("datasets")
    assert (summary.state, summary.cause, summary.row_count) == ("failed", "source", 0)
    assert "2 attempts" in summary.message


def test_a_dataset_that_cannot_be_read_today_keeps_its_id(open_data_station: Station) -> None:
    station = open_data_station
    publish_six(station)
    station.harvest()

    def search_down(call: Call) -> Reply | None:
        if call.path == f"{API}package_search":
            return Reply(500)
        return Reply(500) if call.query.get("id") == "bo-d0" else None

    station.portal.behaviour = search_down
    station.harvest(NEXT)
    found = station.rows(
        "select dataset_id, state, way from raw.open_data_portal__datasets "
        "where _period = '2026-11-20' order by 1"
    )
    assert found[:2] == [("d0", "unreadable", "list"), ("d1", "active", "list")]
    assert len(found) == 6


def test_a_portal_that_shows_its_present_only_is_not_asked_for_the_past(
    open_data_station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = open_data_station
    publish_six(station)
    monkeypatch.setenv("AIRFLOW_CONN_OPEN_DATA_PORTAL", station.portal.address)
    today = datetime.now(UTC).astimezone(LOCAL).date()
    for day, why in ((today - timedelta(days=3), "by hand"), (today, "not over yet")):
        (summary,) = station.ingest("datasets", day)
        assert (summary.state, summary.cause) == ("failed", "source")
        assert why in summary.message
    assert station.portal.calls == []
    station.harvest(today - timedelta(days=1))
    assert set(station.contents("looked", today - timedelta(days=1)).values()) == {"fetched"}


def test_a_catalogue_dropped_by_hand_stands_for_a_day_that_is_long_over(
    open_data_station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = open_data_station
    publish_six(station)
    monkeypatch.setenv("AIRFLOW_CONN_OPEN_DATA_PORTAL", station.portal.address)
    answer = {
        "success": True,
        "result": {"count": 6, "results": list(station.portal.datasets.values())},
    }
    station.drop(DAY, "package_search.json", json.dumps(answer).encode())
    station.harvest()
    assert station.rows("select count(*), min(way) from raw.open_data_portal__datasets") == [
        (6, "dump")
    ]
    assert station.rows("select distinct origin from ops.manifest where resource = 'datasets'") == [
        ("manual",)
    ]
    # Nobody can say today what the files were then.
    assert set(station.contents("looked").values()) == {"not_looked"}
    assert station.portal.calls == []


def test_a_dropped_file_that_is_no_catalogue_refuses_the_day(open_data_station: Station) -> None:
    station = open_data_station
    station.drop(DAY, "ghi-chu.json", b'{"ghi chu": "khong phai danh muc"}')
    (summary,) = station.ingest("datasets")
    assert (summary.state, summary.row_count) == ("failed", 0)
    assert station.portal.calls == []


def test_by_hand_alone_nobody_is_asked(open_data_station: Station) -> None:
    station = open_data_station
    publish_six(station)
    (summary,) = station.ingest("datasets", manual=True)
    assert summary.state == "missing"
    assert station.portal.calls == []


def test_no_contact_and_no_personal_number_gets_past_the_door(open_data_station: Station) -> None:
    station = open_data_station
    station.portal.publish(
        "d1",
        "co-so.csv",
        title="Danh sách 014099000005",
        notes="Liên hệ Nguyễn Văn A, 0912600003",
        maintainer="Nguyễn Văn A",
    )
    station.harvest()
    ((told,),) = station.rows(
        "select string_agg(d::text, '') from raw.open_data_portal__datasets as d"
    )
    for secret in ("014099000005", "0912600003", "soyte.sonla.example"):
        assert secret not in told
    assert "reachable" in told
