"""What a window returns: reproducible, half-open, and nothing lost when it is cut differently."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.clock import ZONE, moment_of
from sandbox.province import Province, window_of_days

START = dt.datetime(2026, 11, 2, tzinfo=ZONE)
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def province() -> Province:
    return Province(seed=11, scale=0.03)


def read(province: Province, start: dt.datetime, end: dt.datetime) -> list[dict[str, Any]]:
    return [orjson.loads(text) for text in province.dossiers(start, end)]


def test_same_seed_same_bytes_whatever_was_asked_before(province: Province) -> None:
    province.dossiers(START + 40 * DAY, START + 41 * DAY)
    province.dossiers(START - 90 * DAY, START - 80 * DAY)
    fresh = Province(seed=11, scale=0.03)

    assert province.dossiers(START, START + DAY) == fresh.dossiers(START, START + DAY)
    assert province.ratings(START, START + DAY) == fresh.ratings(START, START + DAY)


def test_another_seed_gives_other_dossiers(province: Province) -> None:
    other = Province(seed=12, scale=0.03)

    assert province.dossiers(START, START + DAY) != other.dossiers(START, START + DAY)


def test_pages_put_together_are_the_window(province: Province) -> None:
    end = START + 3 * DAY
    whole = province.dossiers(START, end)
    pages = [
        record
        for first in range(0, province.count_dossiers(START, end), 70)
        for record in province.dossiers(START, end, first, 70)
    ]

    assert pages == whole
    assert province.dossiers(START, end, len(whole), 70) == []


def test_window_is_half_open_on_the_update_time(province: Province) -> None:
    records = read(province, START, START + DAY)
    middle = dt.datetime.strptime(
        records[len(records) // 2]["NgayCapNhat"] + "+0700", "%Y%m%d%H%M%S%z"
    )
    inside = {r["NgayCapNhat"] for r in read(province, middle, START + DAY)}
    before = {r["NgayCapNhat"] for r in read(province, START, middle)}

    assert f"{middle:%Y%m%d%H%M%S}" in inside
    assert max(before) < f"{middle:%Y%m%d%H%M%S}" == min(inside)
    assert read(province, middle, middle) == []


def test_order_is_update_time_then_code(province: Province) -> None:
    keys = [(r["NgayCapNhat"], r["MaHoSo"]) for r in read(province, START, START + 4 * DAY)]

    assert keys == sorted(keys)


def test_a_long_window_keeps_the_last_of_the_daily_states(province: Province) -> None:
    days = [read(province, START + n * DAY, START + (n + 1) * DAY) for n in range(6)]
    last_states = {record["MaHoSo"]: record for day in days for record in day}
    whole = {record["MaHoSo"]: record for record in read(province, START, START + 6 * DAY)}

    assert whole == last_states
    assert sum(map(len, days)) > len(whole), "some dossiers must have changed on several days"


def test_states_of_one_dossier_only_go_forward(province: Province) -> None:
    seen: dict[str, dict[str, Any]] = {}
    for number in range(12):
        for record in read(province, START + number * DAY, START + (number + 1) * DAY):
            earlier = seen.get(record["MaHoSo"])
            if earlier:
                assert earlier["NgayCapNhat"] < record["NgayCapNhat"]
                assert earlier["MaTTHC"] == record["MaTTHC"]
                assert earlier["ChuHoSo"] == record["ChuHoSo"]
                assert earlier["TaiLieuNop"] == record["TaiLieuNop"]
            seen[record["MaHoSo"]] = record


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(min_value=1, max_value=3 * 86_400 - 1), max_size=5))
def test_cutting_a_window_loses_no_update(province: Province, cuts: list[int]) -> None:
    begin = 216_000_000 // 86_400 * 86_400  # a day of November 2026, in sandbox seconds
    bounds = [begin, *sorted(begin + cut for cut in cuts), begin + 3 * 86_400]
    whole = province.dossiers(moment_of(bounds[0]), moment_of(bounds[-1]))
    states: dict[str, str] = {}
    for low, high in itertools.pairwise(bounds):
        for text in province.dossiers(moment_of(low), moment_of(high)):
            states[text[: text.index(",")]] = text

    assert sorted(states.values()) == sorted(whole)


def test_ratings_of_days_add_up(province: Province) -> None:
    days = [r for n in range(5) for r in province.ratings(START + n * DAY, START + (n + 1) * DAY)]

    assert days == province.ratings(START, START + 5 * DAY)
    assert {r["MucDoHaiLong"] for r in days} <= set("12345")


def test_a_window_outside_the_played_years_is_refused(province: Province) -> None:
    late = dt.datetime(2040, 1, 1, tzinfo=ZONE)
    with pytest.raises(ValueError, match="outside the years"):
        province.dossiers(late, late + DAY)
    with pytest.raises(ValueError, match="outside the years"):
        window_of_days(dt.date(2019, 1, 1), dt.date(2019, 1, 2))
