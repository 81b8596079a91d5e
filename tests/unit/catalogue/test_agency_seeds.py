"""The agency seeds: counts by date, succession, crosswalks, source codes and contacts."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from ingestion.catalogue.agencies import (
    Agency,
    SourceCode,
    Succession,
    check_agencies,
    check_source_codes,
)
from ingestion.catalogue.load import CatalogueFolder
from ingestion.catalogue.names import fold

BEFORE = date(2024, 12, 31)
TOWNS = date(2025, 1, 1)
DEPARTMENTS = date(2025, 3, 1)
TWO_TIER = date(2025, 7, 1)


def rows(folder: CatalogueFolder, name: str) -> list[dict[str, str]]:
    with (folder.reference / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def alive(folder: CatalogueFolder, kind: str, day: date) -> list[Agency]:
    return [a for a in folder.agencies if a.kind == kind and a.is_valid_on(day)]


@pytest.mark.parametrize(
    ("day", "total", "by_type"),
    [
        (date(2021, 1, 1), 204, {"Xã": 188, "Phường": 7, "Thị trấn": 9}),
        (BEFORE, 204, {"Xã": 188, "Phường": 7, "Thị trấn": 9}),
        (TOWNS, 200, {"Xã": 177, "Phường": 15, "Thị trấn": 8}),
        (date(2025, 6, 30), 200, {"Xã": 177, "Phường": 15, "Thị trấn": 8}),
        (TWO_TIER, 75, {"Xã": 67, "Phường": 8}),
        (date(2030, 12, 31), 75, {"Xã": 67, "Phường": 8}),
    ],
)
def test_communes_on_a_day(
    folder: CatalogueFolder, day: date, total: int, by_type: dict[str, int]
) -> None:
    communes = alive(folder, "commune", day)
    assert len(communes) == total
    types = Counter(
        next(t for t in ("Thị trấn", "Phường", "Xã") if a.name_vi.startswith(t)) for a in communes
    )
    assert types == by_type


@pytest.mark.parametrize(("day", "count"), [(BEFORE, 12), (TOWNS, 12), (TWO_TIER, 0)])
def test_districts_on_a_day(folder: CatalogueFolder, day: date, count: int) -> None:
    assert len(alive(folder, "district", day)) == count


def test_moc_chau_became_a_town(folder: CatalogueFolder) -> None:
    names = {day: [a.name_vi for a in alive(folder, "district", day) if a.code == "123"]
             for day in (BEFORE, TOWNS)}  # fmt: skip
    assert names == {BEFORE: ["Huyện Mộc Châu"], TOWNS: ["Thị xã Mộc Châu"]}


def test_every_district_has_a_desk_that_ends_in_the_node_of_former_desks(
    folder: CatalogueFolder,
) -> None:
    """The district's own row is a sum: what its desk received stands with the desk."""
    by_key = {a.key: a for a in folder.agencies}
    onward = {e.predecessor: e for e in folder.succession}
    districts = [a for a in folder.agencies if a.kind == "district"]
    desks = [a for a in folder.agencies if a.code.startswith("MC-")]
    assert len(districts) == 13  # Huyện Mộc Châu and Thị xã Mộc Châu are two
    assert {(d.code, d.valid_from, d.valid_to) for d in desks} == {
        (f"MC-{d.code}", d.valid_from, d.valid_to) for d in districts
    }
    for desk in desks:
        assert desk.kind == "public_unit"
        assert f"MC-{desk.parent_code}" == desk.code
        heir = onward[desk.key]
        if desk.valid_to == TOWNS:
            assert (desk.name_vi, by_key[heir.successor].name_vi) == (
                "Bộ phận Một cửa huyện Mộc Châu", "Bộ phận Một cửa thị xã Mộc Châu",
            )  # fmt: skip
            assert (heir.kind, heir.share) == ("rename", 1.0)
        else:
            assert (heir.successor, heir.kind, heir.share) == (-3, "abolish", None)


def test_departments_before_and_after_the_merger(folder: CatalogueFolder) -> None:
    before = {a.code for a in alive(folder, "department", date(2025, 2, 28))}
    after = {a.code for a in alive(folder, "department", DEPARTMENTS)}
    ended = {"SKHDT", "SLDTBXH", "SGTVT", "STTTT", "SNNPTNT", "STNMT", "BDT"}
    assert before - after == ended
    assert after - before == {"SNNMT", "SDTTG"}


def test_seeds_pass_their_own_check(folder: CatalogueFolder) -> None:
    assert check_agencies(folder.agencies, folder.succession, "a", "b") == []


def test_a_unit_that_ends_nowhere_is_reported(folder: CatalogueFolder) -> None:
    kept = [edge for edge in folder.succession if edge.predecessor != 401]
    problems = check_agencies(folder.agencies, kept, "a", "b")
    assert [(p.rule, p.file) for p in problems] == [("no_successor", "a")]


def test_an_edge_on_the_wrong_day_is_reported(folder: CatalogueFolder) -> None:
    first, *others = folder.succession
    moved = Succession(
        first.predecessor, first.successor, date(2025, 3, 2), "merge", 1.0, "seen", 7
    )
    problems = check_agencies(folder.agencies, [moved, *others], "a", "b")
    assert [(p.rule, p.line) for p in problems] == [("dates_do_not_meet", 7)]


def test_one_code_twice_on_a_day_is_reported(folder: CatalogueFolder) -> None:
    current = alive(folder, "commune", TWO_TIER)[0]
    twin = Agency(9999, current.code, "Xã Thừa", "", "commune", "14", date(2025, 8, 1), None, 400)
    problems = check_agencies([*folder.agencies, twin], folder.succession, "a", "b")
    assert [(p.rule, p.line) for p in problems] == [("code_overlap", 400)]


TWO_ENDS = [
    Agency(1, "A", "Xã A", "", "commune", "", date(2020, 1, 1), TOWNS, 2),
    Agency(2, "B", "Xã B", "", "commune", "", TOWNS, TWO_TIER, 3),
    Agency(3, "C", "Xã C", "", "commune", "", TWO_TIER, None, 4),
    Agency(4, "D", "Xã D", "", "commune", "", TWO_TIER, None, 5),
]
FIRST_STEP = Succession(1, 2, TOWNS, "rename", 1.0, "seen", 2)


@pytest.mark.parametrize(
    ("edges", "rules"),
    [
        ([(3, 1.0)], []),
        ([(3, 0.4), (4, 0.6)], []),
        ([(3, 0.4), (4, None)], []),
        ([(3, None), (4, None)], []),
        ([(3, 0.4), (4, 0.5)], ["shares_do_not_add_up"]),
        ([(3, 0.4)], ["shares_do_not_add_up"]),
        ([(3, 0.7), (4, 0.7)], ["shares_do_not_add_up"]),
        ([(3, 1.5), (4, None)], ["impossible_share", "shares_do_not_add_up"]),
        ([(3, 0.0), (4, None)], ["impossible_share"]),
        ([(3, None), (3, None)], ["duplicate_edge"]),
    ],
)
def test_shares_are_parts_of_one(edges: list[tuple[int, float | None]], rules: list[str]) -> None:
    last = [Succession(2, new, TWO_TIER, "split", share, "seen", 3) for new, share in edges]
    problems = check_agencies(TWO_ENDS, [FIRST_STEP, *last], "a", "b")
    assert sorted({p.rule for p in problems}) == rules


def test_a_circle_is_reported_beside_its_wrong_day() -> None:
    back = Succession(2, 1, TWO_TIER, "rename", 1.0, "seen", 3)
    problems = check_agencies(TWO_ENDS, [FIRST_STEP, back], "a", "b")
    assert [(p.line, p.rule) for p in sorted(problems)] == [
        (2, "succession_circle"), (3, "dates_do_not_meet"), (3, "succession_circle"),
    ]  # fmt: skip


def test_an_unallocated_node_never_ends(folder: CatalogueFolder) -> None:
    node = Agency(-2, "CPB", "Nút", "", "public_unit", "", TOWNS, TWO_TIER, 9)
    others = [a for a in folder.agencies if a.key != -2]
    rules = {p.rule for p in check_agencies([*others, node], folder.succession, "a", "b")}
    assert "node_ends" in rules


def test_source_codes_pass_their_own_check(folder: CatalogueFolder) -> None:
    assert check_source_codes(folder.source_codes, folder.agencies, "c") == []


@pytest.mark.parametrize(
    ("code", "agency", "first", "end", "rule"),
    [
        ("H52.116", "116", date(2020, 1, 1), TWO_TIER, "code_of_a_sum"),
        ("H52.00", "14", date(2020, 1, 1), None, "code_of_a_sum"),
        ("H52.77777", "77777", date(2020, 1, 1), None, "unknown_agency"),
        ("H52.D20", "SKHDT", DEPARTMENTS, None, "unknown_agency"),
    ],
)
def test_a_code_must_mean_a_body_of_its_days(
    folder: CatalogueFolder, code: str, agency: str, first: date, end: date | None, rule: str
) -> None:
    row = SourceCode("tthc", code, agency, first, end, 7)
    problems = check_source_codes([row], folder.agencies, "c")
    assert {(p.rule, p.line) for p in problems} == {(rule, 7)}


def test_a_unit_code_of_two_agencies_on_a_day_is_reported(folder: CatalogueFolder) -> None:
    twin = SourceCode("tthc", "H52.D03", "SCT", date(2026, 1, 1), None, 900)
    problems = check_source_codes([*folder.source_codes, twin], folder.agencies, "c")
    assert [(p.rule, p.line) for p in problems] == [("source_code_overlap", 900)]


def test_every_current_commune_began_on_the_two_tier_day(folder: CatalogueFolder) -> None:
    assert {a.valid_from for a in alive(folder, "commune", TWO_TIER)} == {TWO_TIER}


def test_the_seven_unchanged_units_are_transfers(folder: CatalogueFolder) -> None:
    names = {a.key: a.name_vi for a in folder.agencies}
    moved = {
        names[edge.successor].removeprefix("Xã ")
        for edge in folder.succession
        if edge.effective_on == TWO_TIER and edge.kind == "transfer"
    }
    assert moved == {
        "Mường Bám", "Ngọc Chiến", "Suối Tọ", "Tân Yên", "Phiêng Khoài", "Mường Lèo", "Mường Lạn",
    }  # fmt: skip


def test_the_200_edges_are_those_of_the_crosswalk(folder: CatalogueFolder) -> None:
    by_key = {a.key: a for a in folder.agencies}
    edges = {
        (by_key[e.predecessor].code, by_key[e.successor].code)
        for e in folder.succession
        if e.effective_on == TWO_TIER and by_key[e.predecessor].kind == "commune"
    }
    crosswalk = rows(folder, "communes_200_to_75.csv")
    assert edges == {(row["old_code"], row["new_code"]) for row in crosswalk}
    assert len(edges) == 200


def test_names_agree_with_the_crosswalks(folder: CatalogueFolder) -> None:
    def names(day: date) -> dict[str, str]:
        return {a.code: fold(a.name_vi) for a in alive(folder, "commune", day)}

    crosswalk = rows(folder, "communes_200_to_75.csv")
    assert names(TWO_TIER) == {r["new_code"]: fold(r["new_name"]) for r in crosswalk}
    assert names(TOWNS) == {r["old_code"]: fold(r["old_name"]) for r in crosswalk}
    old = {r["code_2024"]: r for r in rows(folder, "communes_2021_2024.csv")}
    held = names(BEFORE)
    assert held.keys() == old.keys()
    differing = {code for code, name in held.items() if name != fold(old[code]["name_2024"])}
    # Spelling changes keep one row under the later spelling; "NT" is "Nông trường" in full.
    assert differing == {"03754", "04136", "04174", "03982"}
    for code in differing - {"03982"}:
        assert held[code] == fold(old[code]["name_200_era"])
    assert held["03982"] == "thi tran nong truong moc chau"


CROSSING = {
    "03646": ("Tô Hiệu", "03649"), "03664": ("Chiềng An", "03667"),
    "03688": ("Mường Chiên", "03682"), "03712": ("Mường Sại", "03709"),
    "03754": ("Chiềng La", "03733"), "03784": ("Nậm Lầu", "03790"),
    "03862": ("Xím Vàng", "03865"), "03880": ("Tạ Khoa", "03889"),
    "03892": ("Chiềng Sại", "03895"), "03943": ("Mường Bang", "03964"),
    "04136": ("Tà Hộc", "04165"),
}  # fmt: skip


def test_eleven_new_units_have_the_name_of_one_constituent_and_the_code_of_another(
    folder: CatalogueFolder,
) -> None:
    """So neither the code nor the name may be a key without its dates."""

    def bare(agency: Agency) -> str:
        return agency.name_vi.removeprefix("Xã ").removeprefix("Phường ")

    by_key = {a.key: a for a in folder.agencies}
    found = {}
    for edge in folder.succession:
        old, new = by_key[edge.predecessor], by_key[edge.successor]
        if edge.effective_on != TWO_TIER or old.kind != "commune":
            continue
        if bare(old) == bare(new) and old.code != new.code:
            found[new.code] = (bare(new), old.code)
    assert found == CROSSING


def test_moc_chau_towns_stay_visibly_unallocated(folder: CatalogueFolder) -> None:
    by_key = {a.key: a for a in folder.agencies}
    edges = [e for e in folder.succession if e.successor == -2]
    assert {by_key[e.predecessor].name_vi for e in edges} == {
        "Thị trấn Mộc Châu",
        "Thị trấn Nông trường Mộc Châu",
    }
    assert all(e.share is None and e.certainty == "open" and e.kind == "split" for e in edges)
    assert "Chưa phân bổ" in by_key[-2].name_vi


def test_the_204_to_200_step_is_marked_as_inferred(folder: CatalogueFolder) -> None:
    by_key = {a.key: a for a in folder.agencies}
    edges = [
        e for e in folder.succession
        if e.effective_on == TOWNS and by_key[e.predecessor].kind == "commune"
    ]  # fmt: skip
    assert {e.certainty for e in edges if e.successor > 0} == {"inferred"}
    gone = {by_key[e.predecessor].code: by_key[e.successor].code for e in edges}
    for old, new in {"03751": "03748", "03898": "03910", "03913": "03910", "04060": "04075",
                     "03988": "03997", "03991": "04000", "04003": "04015"}.items():  # fmt: skip
        assert gone[old] == new


def test_no_share_is_invented(folder: CatalogueFolder) -> None:
    """A share is 1 for a whole unit or empty; nothing in between is known."""
    assert {edge.share for edge in folder.succession} == {1.0, None}


def test_every_edge_has_certainty_and_basis(folder: CatalogueFolder) -> None:
    for row in rows(folder, "agency_succession.csv"):
        assert row["certainty"] in {"seen", "recalled", "inferred", "open"}
        assert row["legal_basis"]


def test_source_codes_cover_every_unit_of_every_era(folder: CatalogueFolder) -> None:
    codes = [row for row in rows(folder, "agency_source_codes.csv") if row["source"] == "tthc"]
    covered = {(row["agency_code"], row["valid_from"], row["valid_to"]) for row in codes}
    for agency in folder.agencies:
        until = agency.valid_to.isoformat() if agency.valid_to else ""
        code_of_its_own = (agency.code, agency.valid_from.isoformat(), until) in covered
        receives = agency.kind in {"department", "commune"} or agency.code.startswith("MC-")
        assert code_of_its_own == receives, agency
    assert all(row["is_synthetic"] == "true" for row in codes)


def test_a_source_code_means_one_agency_on_a_day(folder: CatalogueFolder) -> None:
    spans: dict[str, list[tuple[str, str]]] = {}
    for row in rows(folder, "agency_source_codes.csv"):
        spans.setdefault(row["unit_code"], []).append((row["valid_from"], row["valid_to"]))
    for entries in spans.values():
        entries.sort()
        for (_, end), (start, _) in itertools.pairwise(entries):
            assert end
            assert end <= start


def test_every_current_agency_has_an_officer_and_a_head(folder: CatalogueFolder) -> None:
    contacts = rows(folder, "agency_contacts.csv")
    roles: dict[int, set[str]] = {}
    for row in contacts:
        assert row["email"].endswith(".example")
        roles.setdefault(int(row["agency_key"]), set()).add(row["role"])
    current = [a for a in folder.agencies if a.valid_to is None and not a.is_technical]
    for agency in current:
        assert {"officer", "head"} <= roles[agency.key]
    assert "fallback" in roles[1]
    assert set(roles) == {a.key for a in current}


def test_holidays_hold_tet_of_every_year(folder: CatalogueFolder) -> None:
    holidays = rows(folder, "public_holidays.csv")
    days = [row["date"] for row in holidays]
    assert len(set(days)) == len(days)
    new_year = {row["date"] for row in holidays if row["name_vi"] == "Tết Nguyên Đán"}
    assert {day[:4] for day in new_year} == {str(year) for year in range(2021, 2031)}
    assert "2026-02-17" in new_year
    assert {f"{year}-09-02" for year in range(2021, 2031)} <= set(days)


def test_seed_columns_are_typed(folder: CatalogueFolder) -> None:
    """Every hand-kept seed declares the type of each of its columns, in order."""
    import yaml

    declared = yaml.safe_load((folder.dbt_project / "seeds" / "_seeds.yml").read_text("utf-8"))
    types = {seed["name"]: list(seed["config"]["column_types"]) for seed in declared["seeds"]}
    paths: list[Path] = sorted(folder.reference.glob("*.csv"))
    assert paths
    for path in paths:
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert types[path.stem] == header
