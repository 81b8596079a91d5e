"""Whether the simulated province looks like a province: shape, volumes, eras, channels."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest

from sandbox.province import Province, window_of_days


@pytest.fixture(scope="module")
def province() -> Province:
    return Province(seed=3, scale=1.0)


@pytest.fixture(scope="module")
def records(province: Province) -> list[dict[str, Any]]:
    window = window_of_days(dt.date(2026, 10, 20), dt.date(2026, 10, 21))
    return [orjson.loads(text) for text in province.dossiers(*window)]


def count(province: Province, *days: dt.date) -> float:
    return sum(province.count_registered(day) for day in days) / len(days)


def run_of_days(first: dt.date, length: int) -> list[dt.date]:
    return [first + dt.timedelta(days=n) for n in range(length)]


def scalars(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in scalars(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in scalars(part)]
    return [value]


def test_every_scalar_is_a_string(records: list[dict[str, Any]], province: Province) -> None:
    catalogue = province.procedure_catalogue(dt.date(2026, 10, 20))

    assert all(isinstance(leaf, str) for record in records for leaf in scalars(record))
    assert all(isinstance(leaf, str) for record in catalogue for leaf in scalars(record))


def test_nested_lists_are_used(records: list[dict[str, Any]]) -> None:
    for name in ("TaiLieuNop", "DanhSachLePhi", "DanhSachGiayToKetQua", "DanhSachHoSoBoSung"):
        assert any(record[name] for record in records), name


def test_volume_is_that_of_a_province(province: Province) -> None:
    year = run_of_days(dt.date(2025, 11, 1), 365)
    total = sum(province.count_registered(day) for day in year[::5]) * 5

    assert 800_000 < total < 1_000_000


def test_week_ends_are_quiet(province: Province) -> None:
    week = count(province, *run_of_days(dt.date(2026, 11, 2), 5))
    week_end = count(province, dt.date(2026, 11, 7), dt.date(2026, 11, 8))

    assert week_end < 0.15 * week


def test_tet_dips_and_quarter_ends_rush(province: Province) -> None:
    ordinary = count(province, *run_of_days(dt.date(2026, 5, 11), 5))
    tet = count(province, *run_of_days(dt.date(2026, 2, 16), 5))
    rush = count(province, *run_of_days(dt.date(2026, 9, 21), 5))

    assert tet < 0.1 * ordinary
    assert rush > 1.15 * ordinary


def test_volume_follows_the_scale(province: Province) -> None:
    small = Province(seed=3, scale=0.1)
    days = run_of_days(dt.date(2026, 11, 2), 5)

    assert count(small, *days) == pytest.approx(0.1 * count(province, *days), rel=0.15)


@pytest.mark.parametrize(
    ("day", "communes", "districts"),
    [
        (dt.date(2024, 6, 3), 204, 12),
        (dt.date(2025, 4, 1), 200, 12),
        (dt.date(2025, 7, 1), 75, 0),
    ],
)
def test_desks_are_those_of_the_day(
    province: Province, day: dt.date, communes: int, districts: int
) -> None:
    kinds = [desk.kind for desk in province.desks_on(day)]

    assert kinds.count("commune") == communes
    assert kinds.count("district") == districts


def test_codes_of_a_day_belong_to_desks_of_that_day(province: Province) -> None:
    day = dt.date(2023, 5, 16)
    known = {desk.unit_code for desk in province.desks_on(day)}
    window = window_of_days(day, day + dt.timedelta(days=1))
    issued = {
        code.rpartition(f"-{day:%y%m%d}-")[0]
        for code in (orjson.loads(text)["MaHoSo"] for text in province.dossiers(*window))
        if f"-{day:%y%m%d}-" in code
    }

    assert len(issued) > 200
    assert issued <= known


def test_online_share_grows_and_differs_by_desk(province: Province) -> None:
    def share(day: dt.date) -> float:
        lives = province.lives_of(day)
        return float((lives.channel == 2).mean())

    lives = province.lives_of(dt.date(2026, 11, 3))
    by_desk = [
        float((lives.channel[lives.desk == desk] == 2).mean())
        for desk in set(lives.desk.tolist())
        if (lives.desk == desk).sum() > 30
    ]

    assert share(dt.date(2021, 11, 2)) < 0.6 * share(dt.date(2026, 11, 3))
    assert max(by_desk) - min(by_desk) > 0.2


def test_most_dossiers_are_on_time_and_some_are_late(province: Province) -> None:
    lives = province.lives_of(dt.date(2026, 9, 15))
    late = (lives.ended > lives.due_after_supplement)[~lives.is_refused].mean()

    assert 0.01 < late < 0.15


def test_catalogue_has_the_agreed_make_up(province: Province) -> None:
    day = dt.date(2026, 11, 20)
    rows = province.procedure_catalogue(day)
    departments = {d.unit_code for d in province.desks_on(day) if d.kind == "department"}

    assert 190 <= len(rows) <= 210
    assert len({row["MATTHC"] for row in rows}) == len(rows)
    assert {row["MADONVI"] for row in rows} <= departments
    assert {row["CAPTHUCHIEN"] for row in rows} == {"Cấp tỉnh", "Cấp xã"}
    assert {row["MUCDO"] for row in rows} == {"Toàn trình", "Một phần", "Trực tiếp"}
    assert {row["DONVITINH"] for row in rows} == {"Ngày làm việc", "Ngày", "Giờ"}


def test_procedures_come_online_over_the_years(province: Province) -> None:
    def full(day: dt.date) -> int:
        return sum(row["MUCDO"] == "Toàn trình" for row in province.procedure_catalogue(day))

    assert full(dt.date(2021, 6, 1)) < full(dt.date(2023, 6, 1)) < full(dt.date(2026, 6, 1))


def test_departments_of_the_era_own_the_procedures(province: Province) -> None:
    def owner(day: dt.date, field: str) -> str:
        rows = province.procedure_catalogue(day)
        return next(str(row["TENDONVI"]) for row in rows if row["MALINHVUC"] == field)

    assert owner(dt.date(2024, 6, 1), "DD01") == "Sở Tài nguyên và Môi trường"
    assert owner(dt.date(2025, 6, 1), "DD01") == "Sở Nông nghiệp và Môi trường"


def test_personal_values_are_listed_and_look_real(province: Province) -> None:
    window = window_of_days(dt.date(2026, 11, 8), dt.date(2026, 11, 9))
    values = list(province.people(*window))
    fields = {line["field"] for line in values}
    identities = [v["value"] for v in values if v["field"] == "SoGiayToChuHoSo"]
    phones = [v["value"] for v in values if v["field"] == "SoDienThoai"]
    texts = "".join(province.dossiers(*window))

    assert {"ChuHoSo", "Email", "ThongTinKhac", "TaiLieuNop.DuongDanTaiTepTin"} <= fields
    assert all(len(text) in {9, 12} and text.isdigit() for text in identities)
    assert all(len(text) == 10 and text.startswith("0") for text in phones)
    assert all(line["value"] in texts for line in values)


@pytest.mark.parametrize(
    "day", [dt.date(2021, 1, 4), dt.date(2025, 1, 2), dt.date(2025, 2, 28), dt.date(2025, 3, 3)]
)
def test_every_era_has_dossiers_and_a_catalogue(province: Province, day: dt.date) -> None:
    window = window_of_days(day, day + dt.timedelta(days=1))

    assert province.count_dossiers(*window) > 500
    assert len(province.procedure_catalogue(day)) > 150
