"""Every trap of the territory's history, on the real seeds and real PostgreSQL, in one build.

Codes and names were given again to other territory in 2025; a dossier must still count with the
unit that received it, and the unit's figures with its one heir or visibly with none.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ingestion.core.environment import engine
from ingestion.embedded.postgres import Cluster
from ingestion.transform.environment import project_dir
from ingestion.transform.runner import render_seeds, run_dbt
from tests.conftest import copy_of_template
from tests.integration.raw_fill import RawFill, Row, dossier

TOWNS, TWO_TIER = date(2025, 1, 1), date(2025, 7, 1)
SELECTED = "+dim_agency +dim_agency_succession +int_readings__located"

# New unit: its name, and the code of the constituent that had that name.
CROSSING = {
    "03646": ("Phường Tô Hiệu", "03649"), "03664": ("Phường Chiềng An", "03667"),
    "03688": ("Xã Mường Chiên", "03682"), "03712": ("Xã Mường Sại", "03709"),
    "03754": ("Xã Chiềng La", "03733"), "03784": ("Xã Nậm Lầu", "03790"),
    "03862": ("Xã Xím Vàng", "03865"), "03880": ("Xã Tạ Khoa", "03889"),
    "03892": ("Xã Chiềng Sại", "03895"), "03943": ("Xã Mường Bang", "03964"),
    "04136": ("Xã Tà Hộc", "04165"),
}  # fmt: skip
# Code that ended on 31 December 2024: the unit it joined, and that unit's heir of July 2025.
GONE = {
    "03751": ("03748", "03721"), "03898": ("03910", "03910"), "03913": ("03910", "03910"),
    "04060": ("04075", "04075"), "03988": ("03997", "03997"), "03991": ("04000", "04000"),
    "04003": ("04015", "04000"),
}  # fmt: skip
UNCHANGED = {"03760", "03820", "03901", "03997", "04099", "04240", "04246"}
RENAMED = {
    "03748": ("Xã Phổng Lăng", "Xã Phổng Ly"), "03997": ("Xã Tân Lập", "Xã Tân Yên"),
    "04000": ("Xã Nà Mường", "Xã Đoàn Kết"), "04015": ("Xã Hua Păng", "Xã Chiềng Chung"),
    "04033": ("Xã Phiêng Luông", "Phường Vân Sơn"), "04075": ("Xã Viêng Lán", "Thị trấn Yên Châu"),
    "03703": ("Xã Mường Giàng", "Thị trấn Mường Giàng"),
}  # fmt: skip
RESPELT = {
    "03712": "Nặm Ét", "03754": "Nong Lay", "04009": "Liên Hòa", "04066": "Sặp Vạt",
    "04117": "Mường Chanh", "04136": "Nà Bó", "04138": "Cò Nòi", "04162": "Nà Ớt",
    "04174": "Pú Bẩu",
}  # fmt: skip


def _dossiers() -> list[Row]:
    """One dossier per question asked below; the code tells the unit and the day."""
    rows: list[Row] = []

    def ask(unit: str, day: date, name: str = "Chuyên viên") -> None:
        number = len(rows) + 1
        moment = f"{day} 08:00"
        code = f"H52.{unit}-{day:%y%m%d}-{number:05d}"
        rows.append(dossier(code, moment, moment, don_vi_xu_ly=name))

    for new, (name, old) in CROSSING.items():
        ask(new, date(2025, 6, 30), f"UBND {name[0].lower()}{name[1:]}")
        ask(old, date(2025, 7, 2), f"UBND {name[0].lower()}{name[1:]}")
    for code in GONE:
        ask(code, date(2024, 12, 31))
        ask(code, date(2025, 2, 3))
        ask(code, date(2025, 8, 1))
    for day in (date(2024, 12, 30), date(2025, 3, 3)):
        ask("99999", day, "UBND xã Chiềng Chung")
    for unit in ("04015", "04129", "04030", "04056", "03985", "123"):
        ask(unit, date(2025, 6, 5))
    for unit in ("03979", "03982", "03985", "04030", "123"):
        ask(unit, date(2024, 12, 5))
    ask("03979", date(2025, 1, 2), "UBND thị trấn Mộc Châu")
    ask("123", date(2025, 7, 3))
    ask("X", date(2025, 6, 4), "Bộ phận Một cửa thị xã Mộc Châu")
    ask("X", date(2024, 6, 4), "UBND huyện Mộc Châu")
    ask("D13", date(2025, 3, 4), "Sở Lao động - Thương binh và Xã hội")
    ask("D12", date(2025, 3, 4), "Sở Kế hoạch và Đầu tư")
    return rows


@dataclass(frozen=True)
class Placed:
    """Where one dossier went."""

    unit: str
    received: date
    agency: str
    name: str
    mapping: str
    other: bool


class Map:
    """Questions to the built warehouse."""

    def __init__(self, warehouse: Engine) -> None:
        self.engine = warehouse

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def by_code(self, code: str, day: date) -> tuple[int, str]:
        """Key and name of the agency that a unit code means on a day, by a valid code."""
        [found] = self.rows(
            "select codes.agency_key, agencies.name_vi"
            " from intermediate.int_agency_codes__effective as codes"
            " inner join marts.dim_agency as agencies using (agency_key)"
            " where codes.unit_code = :code and codes.agency_mapping = 'code'"
            " and codes.valid_from <= :day and codes.valid_to > :day",
            code=f"H52.{code}",
            day=day,
        )
        return found[0], found[1]

    def heir(self, key: int, day: date) -> tuple[int, str, bool, str]:
        """Heir on a day: key, code, exact or not, certainty."""
        [found] = self.rows(
            "select heir_key, heir_code, is_exact, certainty from marts.dim_agency_succession"
            " where agency_key = :key and carries_figures"
            " and heir_from <= :day and (heir_to is null or heir_to > :day)",
            key=key,
            day=day,
        )
        return found[0], found[1], found[2], found[3]

    def placed(self, unit: str, received: date) -> Placed:
        [found] = self.rows(
            "select agencies.agency_code, agencies.name_vi, dossiers.agency_mapping,"
            " dossiers.is_unit_name_other"
            " from marts.fct_dossier as dossiers"
            " inner join marts.dim_agency as agencies using (agency_key)"
            " where dossiers.dossier_code like :code",
            code=f"H52.{unit}-{received:%y%m%d}-%",
        )
        return Placed(unit, received, *found)

    def counted(self, agency_key: int, month: date, level: str, basis: str = "as_was") -> int:
        """Dossiers received in a month as one row of the located readings has them."""
        found = self.rows(
            "select cast(denominator as integer) from intermediate.int_readings__located"
            " where reading_code = 'per_received' and agency_key = :key and month_start = :month"
            " and agency_level = :level and basis = :basis",
            key=agency_key,
            month=month,
            level=level,
            basis=basis,
        )
        return int(found[0][0]) if found else 0


@pytest.fixture(scope="module")
def territory(
    postgres_cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Map]:
    """The agencies of every era and one dossier per question, built once with dbt's own tests."""
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("CCHC_VAR", str(tmp_path_factory.mktemp("var")))
        fill = RawFill(url)
        fill.load("dossiers", "2025-08-01", _dossiers())
        fill.close()
        render_seeds()
        command = ["build", "--exclude-resource-type", "unit_test"]
        command += ["--indirect-selection", "cautious", "--select", SELECTED]
        assert run_dbt(command, quiet=True) == 0
        warehouse = engine(None, url)
        yield Map(warehouse)
        warehouse.dispose()


def _crosswalk() -> list[dict[str, str]]:
    path = project_dir() / "seeds" / "reference" / "communes_200_to_75.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _bare(name: str) -> str:
    words = " ".join(name.split())
    for kind in ("Xã ", "Phường ", "Thị trấn "):
        words = words.removeprefix(kind)
    return words


def test_all_75_new_codes_are_codes_of_former_units(territory: Map) -> None:
    codes = {row["new_code"] for row in _crosswalk()}
    assert len(codes) == 75
    for code in codes:
        before, _ = territory.by_code(code, date(2025, 6, 30))
        after, _ = territory.by_code(code, TWO_TIER)
        assert before != after
        # Always the code of one of the merged ones.
        assert territory.heir(before, TWO_TIER) == (after, code, True, "seen")


def test_18_re_used_codes_belonged_to_units_of_another_name(territory: Map) -> None:
    changed = territory.rows(
        "select agencies.agency_code from marts.dim_agency as agencies"
        " inner join marts.dim_agency as former on agencies.agency_code = former.agency_code"
        " where agencies.kind = 'commune' and agencies.valid_from = :day and former.valid_to = :day"
        " and regexp_replace(agencies.name_folded, '^(xa|phuong|thi tran) ', '')"
        " <> regexp_replace(former.name_folded, '^(xa|phuong|thi tran) ', '')",
        day=TWO_TIER,
    )
    codes = {code for (code,) in changed}
    assert CROSSING.keys() < codes
    # The 18th in the lists is only written otherwise: Mường é, Mường É.
    assert len(codes) == 17
    written_otherwise = {
        row["new_code"]
        for row in _crosswalk()
        if row["new_code"] == row["old_code"] and _bare(row["new_name"]) != _bare(row["old_name"])
    }
    assert written_otherwise == {*codes, "03727"}


def test_all_200_go_whole_into_the_unit_of_the_crosswalk(territory: Map) -> None:
    for row in _crosswalk():
        old, _ = territory.by_code(row["old_code"], date(2025, 6, 30))
        _, heir, is_exact, certainty = territory.heir(old, date(2026, 1, 1))
        assert (heir, is_exact, certainty) == (row["new_code"], True, "seen")


@pytest.mark.parametrize("code", sorted(CROSSING))
def test_name_of_one_constituent_and_code_of_another(territory: Map, code: str) -> None:
    """Before the merger the code decides against the name; afterwards the other is the heir's."""
    name, other = CROSSING[code]
    before = territory.placed(code, date(2025, 6, 30))
    assert (before.agency, before.mapping) == (code, "code")
    # Without accents Mường Sại is Mường Sai and Mường Bang is Mường Bằng: nobody's for certain.
    assert before.other == (code not in {"03712", "03943"})
    assert before.name != name
    late = territory.placed(other, date(2025, 7, 2))
    assert (late.agency, late.name, late.mapping, late.other) == (
        code, name, "heir_of_code", False,
    )  # fmt: skip


def test_two_communes_chieng_chung_are_told_apart_by_code_only(territory: Map) -> None:
    for code, heir in (("04015", "04000"), ("04129", "04117")):
        found = territory.placed(code, date(2025, 6, 5))
        assert (found.agency, found.name) == (code, "Xã Chiềng Chung")
        key, _ = territory.by_code(code, date(2025, 6, 5))
        assert territory.heir(key, TWO_TIER)[1] == heir
    for day in (date(2024, 12, 30), date(2025, 3, 3)):
        nobody = territory.placed("99999", day)
        assert (nobody.agency, nobody.mapping) == ("KXD", "none")


def test_only_chieng_son_draws_from_two_districts(territory: Map) -> None:
    drawn = territory.rows(
        "select succession.heir_code, count(distinct units.district_key),"
        " string_agg(distinct districts.name_vi, '; ' order by districts.name_vi)"
        " from marts.dim_agency_succession as succession"
        " inner join marts.dim_agency as units using (agency_key)"
        " inner join marts.dim_agency as districts on units.district_key = districts.agency_key"
        " where units.kind = 'commune' and units.valid_to = :day and succession.heir_from = :day"
        " group by succession.heir_code",
        day=TWO_TIER,
    )
    assert len(drawn) == 75
    assert [row for row in drawn if row[1] > 1] == [
        ("03985", 2, "Huyện Vân Hồ; Thị xã Mộc Châu"),
    ]


def test_chieng_son_joins_two_districts_that_stay_apart_as_they_were(territory: Map) -> None:
    june = date(2025, 6, 1)
    heir, _ = territory.by_code("03985", TWO_TIER)
    assert territory.counted(heir, june, "unit", "current") == 2  # 03985 and 04056
    assert territory.counted(412, june, "district") == 1  # Vân Hồ: 04056
    # Thị xã Mộc Châu: 04015, 04030, 03985, and its desk by code and by name.
    assert territory.counted(413, june, "district") == 5
    assert territory.counted(407, june, "district") == 0


def test_both_moc_chaus_hold_the_same_communes_one_after_the_other(territory: Map) -> None:
    # Huyện Mộc Châu: both towns, 03985, 04030, its desk, and the three codes gone next day.
    assert territory.counted(407, date(2024, 12, 1), "district") == 8
    assert territory.counted(413, date(2024, 12, 1), "district") == 0
    members = territory.rows(
        "select districts.district_key, districts.valid_from, districts.valid_to"
        " from intermediate.int_agencies__districts as districts"
        " inner join marts.dim_agency using (agency_key)"
        " where agency_code = '03985' order by 2"
    )
    assert members[0][0::2] == (407, TOWNS)
    assert members[1][:2] == (413, TOWNS)
    assert len(members) == 2


def test_the_two_moc_chau_towns_stay_in_the_unallocated_node(territory: Map) -> None:
    december = date(2024, 12, 1)
    for code in ("03979", "03982"):
        town, name = territory.by_code(code, date(2024, 12, 5))
        assert name.startswith("Thị trấn")
        assert territory.heir(town, date(2024, 12, 31)) == (town, code, True, "seen")
        for day in (TOWNS, TWO_TIER):
            assert territory.heir(town, day)[:3] == (-2, "CPB-MOCCHAU", False)
        [(is_exact, reason)] = territory.rows(
            "select current_is_exact, unallocated_reason_vi from marts.dim_agency"
            " where agency_key = :key",
            key=town,
        )
        assert not is_exact
        assert "chưa có tỷ lệ" in reason
        assert territory.counted(town, december, "unit") == 1
        # Its code is another unit's next day, and that decides.
        assert territory.by_code(code, TOWNS)[0] != town
    assert territory.counted(-2, december, "unit", "current") == 2
    late = territory.placed("03979", date(2025, 1, 2))
    assert (late.name, late.mapping) == ("Phường Mộc Sơn", "code")


@pytest.mark.parametrize("code", sorted(GONE))
def test_a_code_gone_in_2025_means_the_heir_of_the_day(territory: Map, code: str) -> None:
    joined, heir = GONE[code]
    assert territory.placed(code, date(2024, 12, 31)).mapping == "code"
    first = territory.placed(code, date(2025, 2, 3))
    assert (first.agency, first.mapping) == (joined, "heir_of_code")
    last = territory.placed(code, date(2025, 8, 1))
    assert (last.agency, last.mapping) == (heir, "heir_of_code")
    key, _ = territory.by_code(code, date(2024, 12, 31))
    assert territory.heir(key, TOWNS)[1:] == (joined, True, "inferred")
    assert territory.heir(key, TWO_TIER)[1:] == (heir, True, "inferred")  # the weakest on the way


@pytest.mark.parametrize("code", sorted(RENAMED))
def test_a_renamed_unit_is_two_rows_and_one_exact_step(territory: Map, code: str) -> None:
    old_name, new_name = RENAMED[code]
    before, after = territory.by_code(code, date(2024, 12, 31)), territory.by_code(code, TOWNS)
    assert (before[1], after[1]) == (old_name, new_name)
    assert territory.heir(before[0], TOWNS) == (after[0], code, True, "inferred")


@pytest.mark.parametrize("code", sorted(RESPELT))
def test_a_respelt_unit_is_one_row(territory: Map, code: str) -> None:
    before, after = territory.by_code(code, date(2021, 1, 4)), territory.by_code(code, TOWNS)
    assert before == after
    assert after[1].endswith(RESPELT[code])


@pytest.mark.parametrize("code", sorted(UNCHANGED))
def test_an_unchanged_unit_passes_to_itself_under_a_new_key(territory: Map, code: str) -> None:
    before, after = territory.by_code(code, date(2025, 6, 30)), territory.by_code(code, TWO_TIER)
    assert before[1] == after[1]
    assert before[0] != after[0]
    sources = territory.rows(
        "select agency_key from marts.dim_agency_succession where heir_key = :key"
        " and steps = 1 and carries_figures",
        key=after[0],
    )
    assert sources == [(before[0],)]


def test_a_district_desk_is_a_body_of_its_own_without_a_single_heir(territory: Map) -> None:
    desks = territory.rows(
        "select desks.agency_key, districts.agency_code from marts.dim_agency as desks"
        " inner join marts.dim_agency as districts on desks.district_key = districts.agency_key"
        " where desks.agency_code like 'MC-%' and desks.current_agency_key = -3"
        " and not desks.current_is_exact and desks.unallocated_reason_vi is not null"
    )
    assert len(desks) == 13
    now = territory.placed("123", date(2025, 6, 5))
    assert (now.name, now.mapping) == ("Bộ phận Một cửa thị xã Mộc Châu", "code")
    late = territory.placed("123", date(2025, 7, 3))
    assert (late.agency, late.mapping) == ("KXD", "none")
    # By name: the district's name means its desk.
    for day, name in (
        (date(2025, 6, 4), "Bộ phận Một cửa thị xã Mộc Châu"),
        (date(2024, 6, 4), "Bộ phận Một cửa huyện Mộc Châu"),
    ):
        by_name = territory.placed("X", day)
        assert (by_name.name, by_name.mapping) == (name, "name")


def test_a_divided_department_has_no_heir_but_its_parts_are_shown(territory: Map) -> None:
    divided = territory.placed("D13", date(2025, 3, 4))
    assert (divided.agency, divided.mapping) == ("KXD", "none")
    merged = territory.placed("D12", date(2025, 3, 4))
    assert (merged.agency, merged.mapping) == ("STC", "heir_of_code")
    parts = territory.rows(
        "select heir_code, carries_figures, share from marts.dim_agency_succession"
        " where agency_code = 'STTTT' and steps > 0 order by 1"
    )
    assert parts == [("CPB-KHAC", True, None), ("SKHCN", False, None), ("SVHTTDL", False, None)]


def test_the_province_is_the_same_on_both_maps_and_districts_add_up(territory: Map) -> None:
    for month in (date(2024, 12, 1), date(2025, 6, 1), date(2025, 7, 1)):
        as_was = territory.counted(1, month, "province")
        assert as_was == territory.counted(1, month, "province", "current") > 0
        [(in_districts, in_units)] = territory.rows(
            "select coalesce(sum(denominator) filter (where agency_level = 'district'), 0),"
            " sum(denominator) filter (where agency_level = 'unit'"
            " and agency_key in (select agency_key from intermediate.int_agencies__districts))"
            " from intermediate.int_readings__located"
            " where reading_code = 'per_received' and basis = 'as_was' and month_start = :month",
            month=month,
        )
        assert in_districts == (in_units or 0)
