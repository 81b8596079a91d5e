"""Resources that move, change, disappear or wait for their turn, day after day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ingestion.sources.open_data_portal.bounds import read_bounds
from tests.fixtures.open_data.portal import Call, Reply
from tests.fixtures.open_data.station import DAY, FakePool, Station, quick, use_bounds

NEXT = DAY + timedelta(days=1)
LATER = DAY + timedelta(days=2)
MOVED = "followed_from_id, looked"


def test_a_resource_under_a_new_id_at_the_same_address_is_followed(
    open_data_station: Station,
) -> None:
    station = open_data_station
    station.portal.publish("d1", "co-so.csv")
    station.harvest()
    station.portal.datasets["d1"]["resources"][0]["id"] = "new-id"
    station.harvest(NEXT)
    station.harvest(LATER)
    assert station.contents(MOVED, NEXT) == {"new-id": ("d1-1", "unchanged")}
    assert (
        station.contents("content_sha256", NEXT)["new-id"]
        == station.contents("content_sha256")["d1-1"]
    )
    # Its content is what it was: asked "changed since?", and neither sent nor inspected again.
    assert station.portal.asked_for("/tep/co-so.csv")[-1].headers["If-None-Match"]
    assert len(FakePool.seen) == 1
    assert station.facts("contents", NEXT)["moved"] == 1
    # The day after it is simply there.
    assert station.contents(MOVED, LATER) == {"new-id": (None, "unchanged")}


def test_a_resource_under_a_new_id_and_address_is_known_by_its_name(
    open_data_station: Station,
) -> None:
    station = open_data_station
    dataset = station.portal.publish("d1", "co-so.csv")
    station.harvest()
    station.portal.files["/moi/co-so.csv"] = station.portal.files.pop("/tep/co-so.csv")
    url = f"{station.portal.address}/moi/co-so.csv"
    dataset["resources"] = [station.portal.resource("new-id", "co-so.csv", url=url)]
    station.harvest(NEXT)
    assert station.contents(MOVED, NEXT) == {"new-id": ("d1-1", "unchanged")}


def test_a_resource_with_nothing_but_its_content_in_common_is_known_by_it(
    open_data_station: Station,
) -> None:
    station = open_data_station
    dataset = station.portal.publish("d1", "co-so.csv", "thuoc.csv")
    station.harvest()
    station.portal.files["/moi/khac.csv"] = station.portal.files.pop("/tep/co-so.csv")
    url = f"{station.portal.address}/moi/khac.csv"
    dataset["resources"][0] = station.portal.resource("new-id", "khac.csv", url=url)
    station.harvest(NEXT)
    assert station.contents(MOVED, NEXT) == {
        "new-id": ("d1-1", "fetched"),
        "d1-2": (None, "unchanged"),
    }


def test_two_that_came_for_one_that_is_gone_are_not_guessed_at(open_data_station: Station) -> None:
    station = open_data_station
    dataset = station.portal.publish("d1", "co-so.csv")
    station.harvest()
    station.portal.files["/tep/khac.csv"] = b"a,b\n1,2\n"
    dataset["resources"] = [
        station.portal.resource(f"new-{n}", "co-so.csv", url=f"{station.portal.address}{path}")
        for n, path in enumerate(("/tep/khac.csv", "/tep/khac.csv?2"))
    ]
    dataset["num_resources"] = 2
    station.harvest(NEXT)
    assert station.contents(MOVED, NEXT) == {
        "new-0": (None, "fetched"),
        "new-1": (None, "fetched"),
    }


@pytest.mark.parametrize("etags", [True, False])
def test_a_file_that_is_said_to_be_changed_is_fetched_at_once(
    open_data_station: Station, etags: bool
) -> None:
    station = open_data_station
    station.portal.gives_etags = etags
    station.portal.publish("d1", "co-so.csv")
    station.harvest()
    station.portal.files["/tep/co-so.csv"] += b"2,them\n"
    station.portal.touch("d1")
    station.harvest(NEXT)
    assert station.contents("looked, row_count", NEXT) == {"d1-1": ("fetched", 2)}
    assert station.contents("row_count") == {"d1-1": 1}


def test_a_silent_change_is_found_when_it_is_looked_at_again(open_data_station: Station) -> None:
    station = open_data_station
    station.portal.publish("d1", "co-so.csv")
    station.harvest()
    station.portal.files["/tep/co-so.csv"] += b"2,them\n"
    recheck = read_bounds().contents.recheck_days
    for days in range(1, recheck + 1):
        station.harvest(DAY + timedelta(days=days))
    found = {
        days: station.contents("looked, row_count", DAY + timedelta(days=days))["d1-1"]
        for days in range(1, recheck + 1)
    }
    assert found == {
        **dict.fromkeys(range(1, recheck), ("unchanged", 1)),
        recheck: ("fetched", 2),
    }


def test_new_and_changed_files_come_before_those_not_looked_at_for_long(
    open_data_station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = open_data_station
    bounds = quick(read_bounds())
    few = replace(bounds, contents=replace(bounds.contents, files=2, recheck_days=1))
    use_bounds(monkeypatch, few)
    station.portal.publish("d1", "a.csv", "b.csv", "c.csv")
    station.harvest()
    first = station.contents("looked")
    assert sorted(first.values()) == ["fetched", "fetched", "not_looked"]
    assert station.facts("contents")["left_for_later"] == 1
    late = next(name for name, looked in first.items() if looked == "not_looked")
    station.portal.publish("d2", "moi.csv")
    station.harvest(NEXT)
    second = station.contents("looked", NEXT)
    assert (second["d2-1"], second[late]) == ("fetched", "fetched")
    # What was known of the others is carried on.
    carried = [name for name, looked in second.items() if looked == "carried"]
    assert len(carried) == 2
    assert all(station.contents("row_count", NEXT)[name] == 1 for name in carried)
    station.harvest(LATER)
    third = station.contents("looked", LATER)
    assert [third[name] for name in carried] == ["unchanged", "unchanged"]


def test_what_is_removed_stays_in_the_days_before(open_data_station: Station) -> None:
    station = open_data_station
    station.portal.publish("d1", "co-so.csv")
    station.portal.publish("d2", "truong.csv")
    station.harvest()
    del station.portal.datasets["d2"]
    station.harvest(NEXT)
    assert station.rows(
        "select _period, string_agg(dataset_id, ',' order by dataset_id) "
        "from raw.open_data_portal__datasets group by 1 order by 1"
    ) == [("2026-11-19", "d1,d2"), ("2026-11-20", "d1")]
    assert list(station.contents("looked", NEXT)) == ["d1-1"]


def test_metadata_has_a_hash_that_a_silent_edit_changes(open_data_station: Station) -> None:
    station = open_data_station
    dataset = station.portal.publish("d1", "co-so.csv")
    station.harvest()
    station.harvest(NEXT)
    dataset["resources"][0]["description"] = "Sửa mà không đổi ngày cập nhật"
    station.harvest(LATER)
    hashes = [
        found
        for (found,) in station.rows(
            "select metadata_sha256 from raw.open_data_portal__datasets order by _period"
        )
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_publishers_list_is_read_and_carried_with_its_content(open_data_station: Station) -> None:
    station = open_data_station
    station.portal.files["/tep/danh-muc.csv"] = "stt,ten\n1,Cơ sở y tế\n2,Nhà thuốc\n".encode()
    dataset = station.portal.publish("d1", "danh-muc.csv")
    dataset["resources"][0]["name"] = "Danh mục dữ liệu mở của Sở Y tế"
    station.harvest()
    station.harvest(NEXT)
    assert station.contents("looked", NEXT) == {"d1-1": "unchanged"}
    assert station.rows(
        "select _period, position, title from raw.open_data_portal__list_entries order by 1, 2"
    ) == [
        (day, place, title)
        for day in ("2026-11-19", "2026-11-20")
        for place, title in ((1, "Cơ sở y tế"), (2, "Nhà thuốc"))
    ]


def test_another_inspector_looks_at_every_file_again(
    open_data_station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = open_data_station
    station.portal.publish("d1", "co-so.csv")
    station.harvest()
    from ingestion.sources.open_data_portal import inspection

    monkeypatch.setattr(inspection, "inspector_version", lambda: "inspector-2")
    station.harvest(NEXT)
    assert station.contents("looked, inspector_version", NEXT) == {
        "d1-1": ("fetched", "inspector-2")
    }
    assert len(FakePool.seen) == 2


def test_a_file_that_is_no_table_is_a_fact_about_it(open_data_station: Station) -> None:
    station = open_data_station
    station.portal.files["/tep/hong.csv"] = b"hong"
    station.portal.publish("d1", "hong.csv")
    station.harvest()
    assert station.contents("looked, problem_code, table_state, table_problem_vi") == {
        "d1-1": ("fetched", None, "unparsable", "Tệp không phải là bảng số liệu")
    }


def test_a_dataset_that_is_not_open_is_not_looked_into(open_data_station: Station) -> None:
    station = open_data_station
    station.portal.publish("d1", "co-so.csv")
    station.portal.publish("d2", "kin.csv")
    station.harvest()
    station.portal.datasets["d2"]["private"] = True

    def hidden(call: Call) -> Reply | None:
        return Reply(404) if call.path == "/tep/kin.csv" else None

    station.portal.behaviour = hidden
    station.harvest(NEXT)
    assert station.rows(
        "select state from raw.open_data_portal__datasets "
        "where _period = '2026-11-20' order by dataset_id"
    ) == [("active",), ("private",)]
    assert station.contents("looked, problem_code", NEXT).get("d2-1", ("not_looked", None)) == (
        "not_looked",
        None,
    )
