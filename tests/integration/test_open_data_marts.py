"""Open data in the marts from snapshots written by hand, loaded in order and out of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ingestion.embedded.postgres import Cluster
from ingestion.transform.runner import build
from tests.conftest import copy_of_template
from tests.integration.open_data_fill import Dataset, File, OpenDataFill, build_open_data
from tests.integration.raw_fill import at

SYT, TO_HIEU, SKHCN = 105, 1401, 122
MARTS = (
    "fct_open_dataset_check",
    "fct_open_data_publisher",
    "fct_open_data_change",
    "dim_open_dataset",
    "dim_open_resource",
)

GOOD = Dataset("good")
OF_THE_WARD = Dataset("ward").but(publisher_id="org-tohieu")
OF_NOBODY = Dataset("nobody").but(publisher_id="org-nobody")
OF_A_FORMER = Dataset("former").but(publisher_id="org-former")
PRIVATE = Dataset("private").but(state="private", licence_id=None)
OLD_ID = Dataset("old-id").but(title="Danh sách trường học")
NEW_ID = Dataset("new-id").but(title="Danh sách trường học")
THE_LIST = Dataset("list").having(
    File("list-r1", {"role": "list"}, entries=(("Danh sách cơ sở y tế good", None, None),))
)
FAILING = Dataset("failing").having(
    File("f1"),
    File(
        "f2",
        {"name": "Bảng giường bệnh"},
        {"table_state": "ragged", "table_problem_vi": "Dòng 4 có 5 ô, tiêu đề có 4"},
    ),
)
OTHER_CONTENT = {"content_sha256": "another"}

AUGUST: Sequence[Dataset] = (GOOD, OF_THE_WARD, PRIVATE, OLD_ID, FAILING)
FIRST: Sequence[Dataset] = (
    GOOD,
    OF_THE_WARD,
    PRIVATE,
    OLD_ID,
    FAILING,
    THE_LIST,
    Dataset("edited"),
    Dataset("silent"),
    Dataset("content").having(File("c1"), File("c2"), File("c3"), File("c4")),
)
SECOND: Sequence[Dataset] = (
    GOOD,
    OF_NOBODY,
    OF_A_FORMER,
    PRIVATE,
    NEW_ID,
    THE_LIST,
    Dataset("edited").but(licence_id="cc-zero", modified_at=at("2026-10-02 09:00")),
    Dataset("silent").but(licence_id="cc-zero"),
    Dataset("content").having(
        File("c1", {}, OTHER_CONTENT),
        File("c2", {"modified_at": at("2026-10-02 09:00")}, OTHER_CONTENT),
        File("c3-new", {}, {"followed_from_id": "c3"}),
        File("c5"),
    ),
)
THIRD: Sequence[Dataset] = (*SECOND, OF_THE_WARD)
DAYS = {
    "2026-08-20": AUGUST,
    "2026-10-01": FIRST,
    "2026-10-02": SECOND,
    "2026-10-03": THIRD,
}


@dataclass(frozen=True)
class Marts:
    """A warehouse to ask."""

    url: str

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(statement))]
        engine.dispose()
        return found

    def without_loads(self, mart: str) -> list[dict[str, Any]]:
        """All rows of a mart but for the number of their load."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            rows = connection.execute(text(f"select * from marts.{mart}")).mappings()
            found = [{k: v for k, v in row.items() if k != "_load_id"} for row in rows]
        engine.dispose()
        return sorted(found, key=repr)


@pytest.fixture(scope="module")
def in_order(postgres_cluster: Cluster, migrated_template: str) -> Iterator[Marts]:
    """All days loaded one after another, then built at once."""
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    fill = OpenDataFill(url)
    for day, datasets in DAYS.items():
        fill.load(day, datasets)
    fill.load_datasets_only("2026-10-04", [GOOD])
    fill.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        build(quiet=True)
    yield Marts(url)


@pytest.fixture(scope="module")
def out_of_order(postgres_cluster: Cluster, migrated_template: str) -> Iterator[tuple[Marts, bool]]:
    """The same days, some late and one loaded twice, built after each; were other days left?"""
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    marts = Marts(url)
    fill = OpenDataFill(url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        fill.load("2026-10-01", [OF_NOBODY])
        fill.load("2026-10-03", THIRD)
        build_open_data()
        untouched = (
            "select ctid, xmin from marts.fct_open_dataset_check"
            " where checked_on = '2026-10-03' order by 1"
        )
        before = marts.rows(untouched)
        fill.load("2026-10-01", FIRST)
        fill.load("2026-10-02", SECOND)
        fill.load("2026-08-20", AUGUST)
        build_open_data()
        is_left = before == marts.rows(untouched) != []
    fill.close()
    yield marts, is_left


def test_the_order_of_loading_makes_no_difference(
    in_order: Marts, out_of_order: tuple[Marts, bool]
) -> None:
    marts, is_left = out_of_order
    for mart in MARTS:
        assert marts.without_loads(mart) == in_order.without_loads(mart), mart
    assert is_left  # a late day and one loaded again did not touch the day after them


def test_a_failing_file_is_named_with_its_place(in_order: Marts) -> None:
    assert in_order.rows(
        "select rule_id, passed, is_critical, reason_code, detail_vi, resource_count, failed_count,"
        " failed_resource_ids from marts.fct_open_dataset_check"
        " where dataset_key = 'failing' and state = 'failed' and checked_on = '2026-08-20'"
    ) == [
        (
            *("OPEN-009", False, True, "ragged"),
            "Tệp “Bảng giường bệnh” (CSV): số cột không đều giữa các dòng"
            " (Dòng 4 có 5 ô, tiêu đề có 4)",
            *(2, 1, "f2"),
        )
    ]


def test_only_public_datasets_of_whole_days_are_judged(in_order: Marts) -> None:
    judged = in_order.rows(
        "select distinct dataset_key, checked_on from marts.fct_open_dataset_check"
    )
    assert "private" not in {key for key, _ in judged}
    assert {day for _, day in judged} == {date.fromisoformat(day) for day in DAYS}


def test_a_dataset_is_on_the_list_of_its_publisher_or_not(in_order: Marts) -> None:
    assert in_order.rows(
        "select dataset_key, state, reason_code from marts.fct_open_dataset_check"
        " where rule_id = 'OPEN-012' and checked_on = '2026-10-03' order by 1"
    ) == [
        ("content", "failed", "not_listed"),
        ("edited", "failed", "not_listed"),
        ("former", "not_judged", "no_list"),
        ("good", "passed", None),
        ("list", "not_applicable", "is_the_list"),
        ("new-id", "failed", "not_listed"),
        ("nobody", "not_judged", "no_list"),
        ("silent", "failed", "not_listed"),
        ("ward", "not_judged", "no_list"),
    ]


def test_what_changed_is_told_once_and_by_its_kind(in_order: Marts) -> None:
    changes = in_order.rows(
        "select cast(changed_on as text), what, dataset_key, resource_key, from_id"
        " from marts.fct_open_data_change order by 1, 3, 4 nulls first, 2"
    )
    assert changes == [
        ("2026-10-01", "added", "content", None, None),
        ("2026-10-01", "added", "edited", None, None),
        ("2026-10-01", "added", "list", None, None),
        ("2026-10-01", "added", "silent", None, None),
        ("2026-10-02", "silently_edited", "content", None, None),
        ("2026-10-02", "silently_changed", "content", "content/c1", None),
        ("2026-10-02", "content_changed", "content", "content/c2", None),
        ("2026-10-02", "moved", "content", "content/c3-new", "c3"),
        ("2026-10-02", "removed", "content", "content/c4", None),
        ("2026-10-02", "added", "content", "content/c5", None),
        ("2026-10-02", "edited", "edited", None, None),
        ("2026-10-02", "removed", "failing", None, None),
        ("2026-10-02", "added", "former", None, None),
        ("2026-10-02", "moved", "new-id", None, "old-id"),
        ("2026-10-02", "added", "nobody", None, None),
        ("2026-10-02", "silently_edited", "silent", None, None),
        ("2026-10-02", "removed", "ward", None, None),
        ("2026-10-03", "returned", "ward", None, None),
    ]


def test_bodies_of_the_day_are_obliged_and_conform_or_not(in_order: Marts) -> None:
    assert in_order.rows(
        "select agency_key, is_obliged, dataset_count, has_live_dataset, critical_failed_count,"
        " conforms from marts.fct_open_data_publisher"
        " where checked_on = '2026-10-03' and dataset_count > 0 order by 1"
    ) == [
        (-1, False, 2, True, 2, False),
        (SYT, True, 6, True, 0, True),
        (TO_HIEU, True, 1, True, 0, True),
    ]
    assert in_order.rows(
        "select obligation_group, count(*), sum(case when conforms then 1 else 0 end)"
        " from marts.fct_open_data_publisher where checked_on = '2026-10-03' and is_obliged"
        " group by 1 order by 1"
    ) == [("commune", 75, 1), ("department", 13, 1)]


def test_a_former_department_and_a_stranger_are_nobody(in_order: Marts) -> None:
    assert in_order.rows(
        "select dataset_key, reason_code, detail_vi from marts.fct_open_dataset_check"
        " where rule_id = 'OPEN-003' and state = 'failed' and checked_on = '2026-10-03' order by 1"
    ) == [
        (
            "former",
            "publisher_ended",
            "Cơ quan công bố ghi “Sở Kế hoạch và Đầu tư”:"
            " cơ quan này đã thôi hoạt động hoặc đã đổi tên",
        ),
        (
            "nobody",
            "publisher_unknown",
            "Cơ quan công bố ghi “Công ty Dữ liệu”: không có trong danh mục cơ quan của tỉnh",
        ),
    ]


def test_the_month_stands_for_its_last_snapshot_in_three_readings(in_order: Marts) -> None:
    values = in_order.rows(
        "select cast(period_start as text), reading_code, numerator, denominator, value_state"
        " from marts.fct_indicator_reading where indicator_code = 'SO-01' and basis = 'current'"
        " and agency_level = 'province' and period_type = 'month' order by 1, 2"
    )
    assert values == [
        ("2026-08-01", "all_critical_passed", 1, 88, "reported"),  # the ward; the department fails
        ("2026-08-01", "departments_only", 0, 13, "zero"),
        # 8 critical checks a dataset that is judged, and one for each body without any
        ("2026-08-01", "graded_share", 4 * 7 + 2 - 1, 4 * 7 + 88, "reported"),
        ("2026-09-01", "all_critical_passed", None, None, "not_reported"),
        ("2026-09-01", "departments_only", None, None, "not_reported"),
        ("2026-09-01", "graded_share", None, None, "not_reported"),
        ("2026-10-01", "all_critical_passed", 2, 88, "reported"),
        ("2026-10-01", "departments_only", 1, 13, "reported"),
        ("2026-10-01", "graded_share", 7 * 7 + 2, 7 * 7 + 88, "reported"),
    ]


def test_the_plan_reads_the_indicator(in_order: Marts) -> None:
    assert in_order.rows(
        "select all_critical_passed_value, departments_only_denominator from marts.ind_so_01"
        " where agency_level = 'province' and basis = 'current' and period_type = 'month'"
        " and period_start = '2026-10-01'"
    ) == [(Decimal("2.272727"), Decimal(13))]
    assert in_order.rows(
        "select mart_name from marts.dim_target where indicator_code = 'SO-01'"
    ) == [("marts.ind_so_01",)]
    [(drill,)] = in_order.rows(
        "select drill_sql from marts.ind_so_01 where agency_level = 'province'"
        " and basis = 'current' and period_type = 'month' and period_start = '2026-10-01'"
    )
    behind = in_order.rows(drill)
    assert (len(behind), sum(row[-1] for row in behind)) == (88, 2)
