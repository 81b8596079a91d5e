"""The sandbox's history: the units, names, levels, fields and sizes of each day since 2021."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections import defaultdict
from functools import cache
from typing import Any

import orjson
import pytest

from sandbox.clock import day_number
from sandbox.desks import Desk
from sandbox.province import REFERENCE, Province, window_of_days

Record = dict[str, Any]
PROVINCE = Province(seed=3, scale=1.0)
SMALL = Province(seed=3, scale=0.1)
TUESDAYS = [
    dt.date(2021, 11, 16),
    dt.date(2022, 11, 15),
    dt.date(2023, 11, 14),
    dt.date(2024, 11, 12),
    dt.date(2025, 11, 11),
]


def rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def at_work(day: dt.date, kind: str) -> dict[str, Desk]:
    return {desk.unit_code: desk for desk in PROVINCE.desks_on(day) if desk.kind == kind}


@cache
def registered(day: dt.date) -> list[Record]:
    """Dossiers registered on a day as of its end."""
    window = window_of_days(day, day + dt.timedelta(days=1))
    records = [orjson.loads(text) for text in SMALL.dossiers(*window)]
    return [record for record in records if f"-{day:%y%m%d}-" in record["MaHoSo"]]


def share(day: dt.date, field: str, value: str) -> float:
    return sum(r[field] == value for r in registered(day)) / len(registered(day))


@pytest.mark.parametrize(
    ("day", "departments", "districts", "communes"),
    [
        (dt.date(2021, 1, 1), 18, 12, 204),
        (dt.date(2024, 12, 31), 18, 12, 204),
        (dt.date(2025, 1, 1), 18, 12, 200),
        (dt.date(2025, 2, 28), 18, 12, 200),
        (dt.date(2025, 3, 1), 13, 12, 200),
        (dt.date(2025, 6, 30), 13, 12, 200),
        (dt.date(2025, 7, 1), 13, 0, 75),
        (dt.date(2026, 11, 20), 13, 0, 75),
    ],
)
def test_roster_of_the_day(day: dt.date, departments: int, districts: int, communes: int) -> None:
    found = [len(at_work(day, kind)) for kind in ("department", "district", "commune")]

    assert found == [departments, districts, communes]


@pytest.mark.parametrize(
    ("day", "unit_code", "name"),
    [
        (dt.date(2023, 5, 16), "H52.04138", "UBND xã Cò  Nòi"),
        (dt.date(2025, 2, 11), "H52.04138", "UBND xã Cò Nòi"),
        (dt.date(2023, 5, 16), "H52.03712", "UBND xã Nậm ét"),
        (dt.date(2025, 2, 11), "H52.03712", "UBND xã Nặm Ét"),
        (dt.date(2025, 8, 12), "H52.03712", "UBND xã Mường Sại"),
        (dt.date(2024, 12, 31), "H52.03997", "UBND xã Tân Lập"),
        (dt.date(2025, 1, 1), "H52.03997", "UBND xã Tân Yên"),
        (dt.date(2024, 12, 31), "H52.123", "UBND huyện Mộc Châu"),
        (dt.date(2025, 1, 1), "H52.123", "UBND thị xã Mộc Châu"),
        (dt.date(2025, 6, 30), "H52.03646", "UBND phường Chiềng Lề"),
        (dt.date(2025, 7, 1), "H52.03646", "UBND phường Tô Hiệu"),
        (dt.date(2025, 2, 28), "H52.D17", "Sở Tài nguyên và Môi trường"),
        (dt.date(2025, 3, 1), "H52.D19", "Sở Nông nghiệp và Môi trường"),
    ],
)
def test_name_and_code_of_the_day(day: dt.date, unit_code: str, name: str) -> None:
    desk = next(desk for desk in PROVINCE.desks_on(day) if desk.unit_code == unit_code)

    assert desk.processing_unit == name


def test_names_of_the_day_stand_in_the_records() -> None:
    written = {r["DonViXuLy"] for day in (TUESDAYS[0], TUESDAYS[1]) for r in registered(day)}

    assert {"UBND xã Cò  Nòi", "UBND xã Mường é", "UBND huyện Mộc Châu"} <= written
    assert "UBND xã Cò Nòi" not in written


def test_two_communes_are_called_chieng_chung() -> None:
    of_day = at_work(dt.date(2025, 5, 13), "commune").values()

    assert {d.unit_code for d in of_day if d.name == "Xã Chiềng Chung"} == {
        "H52.04015",
        "H52.04129",
    }


def test_the_eleven_units_with_one_constituents_name_and_anothers_code_are_messy() -> None:
    trapped = {
        f"H52.{row['new_code']}"
        for row in rows("communes_200_to_75.csv")
        if row["old_code"] != row["new_code"]
        and row["old_name"].split(" ", 1)[1] == row["new_name"].split(" ", 1)[1]
    }
    declared = {fault.fault_id: set(fault.agencies) for fault in PROVINCE.faults}

    assert len(trapped) == 11
    assert declared["F49"] == trapped


def test_communes_are_as_large_as_what_was_merged_into_them() -> None:
    before, after = (at_work(dt.date(2025, month, 15), "commune") for month in (6, 7))
    merged: dict[str, float] = defaultdict(float)
    for row in rows("communes_200_to_75.csv"):
        merged[f"H52.{row['new_code']}"] += before[f"H52.{row['old_code']}"].size

    assert len(merged) == 75
    assert merged == pytest.approx({code: desk.size for code, desk in after.items()})


def test_sizes_of_a_district_do_not_change_when_its_communes_do() -> None:
    def by_district(day: dt.date) -> dict[str, float]:
        sizes: dict[str, float] = defaultdict(float)
        for desk in at_work(day, "commune").values():
            sizes[desk.district_code] += desk.size
        return sizes

    old, new = by_district(dt.date(2024, 12, 31)), by_district(dt.date(2025, 1, 1))
    desks = at_work(dt.date(2025, 1, 1), "district").values()

    assert old == pytest.approx(new)
    assert {desk.district_code: desk.size for desk in desks} == pytest.approx(new)


def test_merged_communes_work_like_their_heir_on_the_whole() -> None:
    before, after = (at_work(dt.date(2025, month, 15), "commune") for month in (6, 7))
    summed: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows("communes_200_to_75.csv"):
        old = before[f"H52.{row['old_code']}"]
        summed[f"H52.{row['new_code']}"][0] += old.size * old.online
        summed[f"H52.{row['new_code']}"][1] += old.size

    for code, (online, size) in summed.items():
        assert online / size == pytest.approx(after[code].online), code


def volume(first: dt.date, days: int) -> float:
    """Registered dossiers per unit of busyness: flat when the province has no step."""
    numbers = range(day_number(first), day_number(first) + days)
    found = sum(len(PROVINCE._course.registered_on(number)) for number in numbers)
    return found / float(sum(PROVINCE.calendar.busyness[number] for number in numbers))


@pytest.mark.parametrize(
    "day", [dt.date(2022, 1, 1), dt.date(2025, 1, 1), dt.date(2025, 3, 1), dt.date(2025, 7, 1)]
)
def test_the_province_has_no_step_on_the_days_of_change(day: dt.date) -> None:
    before, after = volume(day - dt.timedelta(days=21), 21), volume(day, 21)

    assert after == pytest.approx(before, rel=0.03)


def test_work_of_the_districts_goes_to_communes_and_departments() -> None:
    def by_kind(first: dt.date) -> dict[str, float]:
        counts: dict[str, int] = defaultdict(int)
        for number in range(day_number(first), day_number(first) + 14):
            for desk in PROVINCE._course.registered_on(number).desk.tolist():
                counts[PROVINCE.desks[desk].kind] += 1
        return {kind: count / sum(counts.values()) for kind, count in counts.items()}

    before, after = by_kind(dt.date(2025, 6, 9)), by_kind(dt.date(2025, 7, 7))

    assert 0.18 < before["district"] < 0.27
    assert "district" not in after
    assert after["commune"] - before["commune"] > 0.12
    assert after["department"] - before["department"] > 0.02


def test_tet_dips_every_year() -> None:
    months = {
        year: sum(
            PROVINCE.count_registered(dt.date(year, 2, 1) + dt.timedelta(days=n)) for n in range(28)
        )
        for year in (2021, 2024, 2026)
    }
    may = sum(
        PROVINCE.count_registered(dt.date(2024, 5, 1) + dt.timedelta(days=n)) for n in range(28)
    )

    assert max(months.values()) < 0.85 * may


def levels(day: dt.date) -> set[str]:
    return {row["MUCDO"] for row in PROVINCE.procedure_catalogue(day)}


def test_service_levels_change_on_the_day_of_the_break() -> None:
    break_day = next(
        dt.date.fromisoformat(row["effective_on"])
        for row in rows("comparability_breaks.csv")
        if row["break_key"] == "ONLINE-LEVELS-2022"
    )

    assert levels(break_day - dt.timedelta(days=1)) == {"Mức độ 2", "Mức độ 3", "Mức độ 4"}
    assert levels(break_day) == {"Toàn trình", "Một phần", "Trực tiếp"}


def test_every_month_of_the_history_has_a_snapshot_of_its_last_day() -> None:
    for year in range(2021, 2026):
        for month in range(1, 13):
            following = dt.date(year + month // 12, month % 12 + 1, 1)
            records = PROVINCE.procedure_catalogue(following - dt.timedelta(days=1))
            codes = [record["MATTHC"] for record in records]
            assert len(codes) == len(set(codes)) > 190


def test_procedures_of_the_districts_end_with_them() -> None:
    before, after = (
        {row["MATTHC"]: row for row in PROVINCE.procedure_catalogue(day)}
        for day in (dt.date(2025, 6, 30), dt.date(2025, 7, 1))
    )
    of_districts = {code for code, row in before.items() if row["CAPTHUCHIEN"] == "Cấp huyện"}

    assert len(of_districts) > 20
    assert 0 < len(of_districts - set(after)) < 10, "a few end, most go to the communes"
    assert {row["CAPTHUCHIEN"] for row in after.values()} == {"Cấp tỉnh", "Cấp xã"}
    assert {row["PHIDIAGIOI"] for row in before.values()} == {"0"}
    assert {row["PHIDIAGIOI"] for row in after.values()} == {"0", "1"}


def test_procedures_of_the_districts_are_received_there_only() -> None:
    day = TUESDAYS[2]
    catalogue = PROVINCE.procedure_catalogue(day)
    of_districts = {row["MATTHC"] for row in catalogue if row["CAPTHUCHIEN"] == "Cấp huyện"}
    receivers = {
        record["MaHoSo"].partition("-")[0]
        for record in registered(day)
        if record["MaTTHC"] in of_districts
    }

    assert receivers
    assert receivers <= set(at_work(day, "district"))


INDEX_FIELDS = (
    "HoSoCoThanhPhanSoHoa",
    "TaiKhoanDuocXacThucVoiVNeID",
    "DuocThanhToanTrucTuyen",
)


@pytest.mark.parametrize("field", INDEX_FIELDS)
def test_fields_of_the_index_are_empty_before_it(field: str) -> None:
    assert {record[field] for record in registered(dt.date(2022, 6, 22))} == {""}
    assert "" not in {record[field] for record in registered(dt.date(2022, 6, 23))}


def test_document_flags_are_empty_before_the_index() -> None:
    def flags(day: dt.date) -> set[str]:
        return {d["DuocSoHoa"] for record in registered(day) for d in record["TaiLieuNop"]}

    assert flags(dt.date(2022, 6, 22)) == {""}
    assert flags(dt.date(2022, 6, 23)) == {"0", "1"}


def test_no_vneid_account_before_there_were_any() -> None:
    assert share(dt.date(2022, 7, 12), "TaiKhoanDuocXacThucVoiVNeID", "1") == 0
    assert 0 < share(TUESDAYS[1], "TaiKhoanDuocXacThucVoiVNeID", "1") < 0.1


@pytest.mark.parametrize(
    ("field", "value", "days"),
    [
        ("KenhThucHien", "2", TUESDAYS[::2]),
        ("NoiNopHoSo", "1", TUESDAYS[::2]),
        ("HoSoCoThanhPhanSoHoa", "1", TUESDAYS[1::3]),
        ("TaiKhoanDuocXacThucVoiVNeID", "1", TUESDAYS[1::3]),
        ("DuocThanhToanTrucTuyen", "1", TUESDAYS[1::3]),
    ],
)
def test_digital_habits_grow_over_the_years(field: str, value: str, days: list[dt.date]) -> None:
    shares = [share(day, field, value) for day in days]

    assert all(earlier < later for earlier, later in itertools.pairwise(shares)), shares


def test_results_as_a_file_grow_over_the_years() -> None:
    def linked(day: dt.date) -> float:
        given = [x for record in registered(day) for x in record["DanhSachGiayToKetQua"]]
        return sum(bool(x["DuongDanTepTinKetQua"]) for x in given) / len(given)

    shares = [linked(day) for day in (TUESDAYS[0], TUESDAYS[2], TUESDAYS[4])]

    assert shares[0] < 0.25 < shares[1] < shares[2]


def test_old_identity_cards_disappear() -> None:
    def old(day: dt.date) -> float:
        records = registered(day)
        return sum(r["DinhDanhCHS"]["LoaiDinhDanh"] == "2" for r in records) / len(records)

    assert old(dt.date(2021, 3, 16)) > 0.4
    assert old(TUESDAYS[4]) < 0.06


@cache
def left_open(unit_code: str) -> list[Record]:
    """Dossiers of a desk that ended on 1 July 2025, as of their last update in that month."""
    window = window_of_days(dt.date(2025, 7, 1), dt.date(2025, 8, 1))
    records = [orjson.loads(text) for text in SMALL.dossiers(*window)]
    return [
        r
        for r in records
        if r["MaHoSo"].startswith(unit_code + "-250") and "-2507" not in r["MaHoSo"]
    ]


def test_dossiers_open_at_a_district_are_finished_by_who_took_over() -> None:
    found = left_open("H52.119")
    own = {
        f"UBND {row['new_name'][0].lower()}{row['new_name'][1:]}"
        for row in rows("communes_200_to_75.csv")
        if row["old_district_code"] == "119"
    }
    levels_now = {row["MATTHC"]: row for row in PROVINCE.procedure_catalogue(dt.date(2025, 7, 1))}
    names: dict[str, set[str]] = defaultdict(set)
    for record in found:
        is_province = levels_now.get(record["MaTTHC"], {}).get("CAPTHUCHIEN") == "Cấp tỉnh"
        names["Cấp tỉnh" if is_province else "Cấp xã"].add(record["DonViXuLy"])

    assert "UBND huyện Thuận Châu" in names["Cấp xã"] | names["Cấp tỉnh"], "some keep the old name"
    assert names["Cấp xã"] - {"UBND huyện Thuận Châu"} <= own
    assert names["Cấp tỉnh"] - {"UBND huyện Thuận Châu"} == {"Sở Nông nghiệp và Môi trường"}
    assert len(names["Cấp xã"]) > 3


def test_dossiers_open_at_a_commune_go_to_the_one_it_was_merged_into() -> None:
    found = left_open("H52.03649")

    assert {record["DonViXuLy"] for record in found} == {"UBND phường Tô Hiệu"}


def test_the_silent_commune_of_2022_is_silent_only_then() -> None:
    def updates(first: dt.date, last: dt.date) -> int:
        texts = PROVINCE.dossiers(*window_of_days(first, last))
        return sum(text.startswith('{"MaHoSo":"H52.04138-') for text in texts)

    assert updates(dt.date(2022, 4, 10), dt.date(2022, 4, 18)) == 0
    assert updates(dt.date(2022, 4, 18), dt.date(2022, 4, 19)) > 0
    assert updates(dt.date(2022, 6, 13), dt.date(2022, 6, 16)) > 0


def test_the_days_of_change_are_the_same_bytes_whatever_was_asked_before() -> None:
    window = window_of_days(dt.date(2025, 6, 30), dt.date(2025, 7, 2))
    fresh = Province(seed=3, scale=0.1)

    assert SMALL.dossiers(*window) == fresh.dossiers(*window)
    assert SMALL.ratings(*window) == fresh.ratings(*window)
