"""What the sandbox keeps in memory: bounded, however long the history that is read."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

import sandbox.province
from sandbox.kept import Kept
from sandbox.province import Province, window_of_days


def test_the_least_used_value_is_dropped_first() -> None:
    kept: Kept[str, str] = Kept(5, len)
    for key in ("a", "b", "a", "c"):
        kept.get(key, lambda key=key: key * 2)  # type: ignore[misc]

    assert kept.get("a", lambda: "anew") == "aa"
    assert kept.get("b", lambda: "anew") == "anew"
    assert kept.weight <= 5


def test_a_value_above_the_limit_is_given_but_not_kept() -> None:
    kept: Kept[str, str] = Kept(3, len)

    assert kept.get("a", lambda: "much too long") == "much too long"
    assert kept.weight == 0


def read_month(province: Province, first: dt.date) -> int:
    """Read the daily windows of 28 days, by pages; return the dossiers read."""
    read = 0
    for number in range(28):
        day = first + dt.timedelta(days=number)
        window = window_of_days(day, day + dt.timedelta(days=1))
        for skipped in range(0, province.count_dossiers(*window), 100):
            read += len(province.dossiers(*window, skipped, 100))
    return read


def test_memory_is_flat_over_a_long_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.province, "_KEPT_DOSSIERS", 4_000)
    monkeypatch.setattr(sandbox.province, "_KEPT_ROWS", 500)
    province = Province(seed=4, scale=0.01)
    weights = []
    for year in range(2021, 2027):
        assert read_month(province, dt.date(year, 3, 1)) > 500
        weights.append((province._days.weight, province._windows.weight))

    assert all(days <= 4_000 and rows <= 500 for days, rows in weights)
    assert min(days for days, _ in weights) > 2_500, "the memory must be in use"


def test_readers_in_different_years_do_not_drive_each_other_out() -> None:
    province = Province(seed=4, scale=0.01)
    course, drawn = province._course, []
    plain = course.registered_on
    course.registered_on = lambda day: (drawn.append(day), plain(day))[1]  # type: ignore[method-assign, func-returns-value]
    months = [dt.date(year, 3, 1) for year in range(2021, 2026)]
    with ThreadPoolExecutor(5) as pool:
        read = list(pool.map(lambda month: read_month(province, month), months))

    assert all(read)
    assert len(drawn) == len(set(drawn)), "a day was drawn twice"
