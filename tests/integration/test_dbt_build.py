"""One build of the whole dbt project on real PostgreSQL, checked against figures counted by hand.

The fill: October 2026, Sở Tư pháp (103) and a dossier of an unknown unit; June 2025 on the old map.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from ingestion.core.environment import engine
from ingestion.embedded.postgres import Cluster
from ingestion.transform.command import marts
from ingestion.transform.runner import BuildFailed, BuildSummary, build, run_dbt
from tests.conftest import copy_of_template
from tests.integration.raw_fill import RawFill, dossier, procedure, rating, supplement


def _fill(fill: RawFill) -> None:
    fill.load(
        "procedures",
        "2026-10-30",
        [
            procedure("1.004001"),
            procedure("1.004002", muc_do="Một phần", charged_fee_count=0, result_kind_count=0),
            procedure("1.004003", du_dieu_kien="0"),
        ],
    )
    finished = {"trang_thai_ho_so": "9", "result_count": 1, "linked_result_count": 1}
    fill.load(
        "dossiers",
        "2026-10-20",
        [
            # Five working days from Monday 5 October: until Monday 12 October.
            dossier(
                "H52.D03-261005-00001",
                "2026-10-05 08:00",
                "2026-10-12 09:00",
                ngay_hen_tra="2026-10-12 17:00",
                ngay_ket_thuc_xu_ly="2026-10-12 09:00",
                kenh_thuc_hien="2",
                digitised_document_count=2,
                reused_document_count=1,
                duoc_thanh_toan_truc_tuyen="1",
                fee_count=1,
                charged_fee_count=1,
                **finished,
            ),
            # On time by an appointment that was moved, late by the statutory days; input as result.
            dossier(
                "H52.D03-261005-00002",
                "2026-10-05 08:00",
                "2026-10-20 09:00",
                ngay_hen_tra="2026-10-30 17:00",
                ngay_ket_thuc_xu_ly="2026-10-20 09:00",
                input_as_result_count=1,
                duoc_thanh_toan_truc_tuyen="2",
                fee_count=1,
                charged_fee_count=1,
                **finished,
            ),
            # One supplement of three days: late by the clock, on time without the wait.
            dossier(
                "H52.D03-261005-00003",
                "2026-10-05 08:00",
                "2026-10-14 09:00",
                ngay_hen_tra="2026-10-12 17:00",
                ngay_ket_thuc_xu_ly="2026-10-14 09:00",
                ma_tthc="1.004001",
                supplement_count=1,
                duoc_thanh_toan_truc_tuyen="3",
                fee_count=1,
                charged_fee_count=1,
                trang_thai_ho_so="10",
            ),
            # No unit, unknown procedure, still open and past its appointment.
            dossier(
                "83921",
                "2026-10-06 08:00",
                "2026-10-06 08:00",
                ma_tthc="9.999999",
                don_vi_xu_ly="Chuyên viên",
                ngay_hen_tra="2026-10-08 17:00",
            ),
        ],
        [
            supplement(
                "H52.D03-261005-00003", "2026-10-14 09:00", "2026-10-06 09:00", "2026-10-09 09:00"
            )
        ],
    )
    fill.load(
        "ratings",
        "2026-10-21",
        [
            rating("A", "H52.D03-261005-00001", "2026-10-21 10:00"),
            rating("B", "H52.D03-261005-00002", "2026-10-21 10:00", muc_do_hai_long="3"),
        ],
    )
    # Two old departments (108, 112) merge whole into 120; a district has no single successor.
    for code, number in (("H52.D08", 1), ("H52.D12", 2), ("H52.116", 3)):
        fill.load(
            "dossiers",
            f"2025-02-0{number}",
            [
                dossier(
                    f"{code}-250203-0000{number}",
                    "2025-02-03 08:00",
                    "2025-02-05 08:00",
                    ngay_ket_thuc_xu_ly="2025-02-05 08:00",
                    digitised_document_count=number % 2,
                    **finished,
                )
            ],
        )


@pytest.fixture(scope="module")
def built(
    postgres_cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, BuildSummary]]:
    """A warehouse filled by hand and built once."""
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("CCHC_VAR", str(tmp_path_factory.mktemp("var")))
        fill = RawFill(url)
        _fill(fill)
        fill.close()
        summary = build(quiet=True)
        warehouse = engine(None, url)
        yield warehouse, summary
        warehouse.dispose()


def _rows(warehouse: Engine, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_first_build_is_full_and_recorded(built: tuple[Engine, BuildSummary]) -> None:
    warehouse, summary = built
    assert summary.full_refresh
    assert set(summary.statuses) == {"success", "pass", "no-op"}  # exposures are no-ops
    [(state, details)] = _rows(
        warehouse, "select state, details from ops.outcome where step = 'build'"
    )
    assert state == "ok"
    assert json.loads(details)["full_refresh"] is True


def test_dossiers_on_time_as_claimed_and_recomputed(built: tuple[Engine, BuildSummary]) -> None:
    found = _rows(
        built[0],
        "select dossier_code, agency_key, is_on_time_system, is_on_time_recomputed,"
        " cast(statutory_due_at at time zone 'Asia/Ho_Chi_Minh' as text)"
        " from marts.fct_dossier where received_month = '2026-10-01' order by 1",
    )
    assert found == [
        ("83921", -1, None, None, None),
        ("H52.D03-261005-00001", 103, True, True, "2026-10-12 23:59:59"),
        ("H52.D03-261005-00002", 103, True, False, "2026-10-12 23:59:59"),
        ("H52.D03-261005-00003", 103, False, True, "2026-10-12 23:59:59"),
    ]


def test_readings_of_october(built: tuple[Engine, BuildSummary]) -> None:
    found = _rows(
        built[0],
        "select indicator_code, reading_code, cast(numerator as integer),"
        " cast(denominator as integer), value_state from marts.fct_indicator_reading"
        " where agency_key = 103 and period_type = 'month' and period_start = '2026-10-01'"
        " and basis = 'current' order by 1, 2",
    )
    assert found == [
        ("TTHC-01", "eligible_full", 1, 2, "reported"),
        ("TTHC-02", "as_reported", 2, 3, "reported"),
        ("TTHC-02", "valid_e_result", 1, 3, "reported"),
        ("TTHC-03", "rating_online", 1, 1, "reported"),
        ("TTHC-04", "both", 1, 3, "reported"),
        ("TTHC-04", "dossiers", 1, 3, "reported"),
        ("TTHC-04", "results", 1, 3, "reported"),
        ("TTHC-05", "computed_766", None, None, "not_reported"),
        ("TTHC-05", "rating", 1, 2, "reported"),
        ("TTHC-06", "construction", 0, 0, "not_applicable"),
        ("TTHC-06", "investment", 0, 0, "not_applicable"),
        ("TTHC-06", "land", 1, 2, "reported"),
        ("TTHC-06", "pooled", 1, 2, "reported"),
        ("TTHC-07", "flagged_766", 0, 3, "zero"),
        ("TTHC-07", "per_digitised", 1, 1, "reported"),
        ("TTHC-07", "per_received", 1, 3, "reported"),
        ("TTHC-08", "transactions_portal", 1, 2, "reported"),
        ("TTHC-09", "dossiers_online", 2, 3, "reported"),
    ]


def test_history_on_both_maps(built: tuple[Engine, BuildSummary]) -> None:
    query = (
        "select agency_key, cast(numerator as integer), cast(denominator as integer)"
        " from marts.fct_indicator_reading where reading_code = 'dossiers'"
        " and period_type = 'quarter' and period_start = '2025-01-01' and basis = '{}' order by 1"
    )
    assert _rows(built[0], query.format("as_was")) == [
        (1, 2, 3),
        (108, 1, 1),
        (112, 0, 1),
        (401, 1, 1),  # Thành phố Sơn La as it was: its desk and its communes
        (501, 1, 1),
    ]
    assert _rows(built[0], query.format("current")) == [(-3, 1, 1), (1, 2, 3), (120, 1, 2)]


def test_on_time_report_counts_the_overdue(built: tuple[Engine, BuildSummary]) -> None:
    found = _rows(
        built[0],
        "select agency_key, finished_count, overdue_count, due_count, on_time_system_count,"
        " on_time_recomputed_count, gap_points from marts.rpt_on_time_by_agency"
        " where month_start = '2026-10-01' order by 1",
    )
    assert found == [
        (-1, 0, 1, 1, 0, 0, Decimal(0)),
        (1, 3, 1, 4, 2, 2, Decimal(0)),
        (103, 3, 0, 3, 2, 2, Decimal(0)),
    ]


def test_drill_down_lists_the_rows_of_every_cell(built: tuple[Engine, BuildSummary]) -> None:
    warehouse, _ = built
    drilled = 0
    for mart, denominator in (
        ("ind_tthc_01", "eligible_full"),
        ("ind_tthc_02", "valid_e_result"),
        ("ind_tthc_04", "both"),
        ("ind_tthc_06", "pooled"),
        ("ind_tthc_09", "dossiers_online"),
    ):
        cells = _rows(
            warehouse,
            f"select drill_sql, {denominator}_denominator from marts.{mart}"
            f" where {denominator}_denominator > 0",
        )
        for sql, count in cells:
            assert len(_rows(warehouse, sql.replace(":", r"\:"))) == count, (mart, sql)
            drilled += 1
    assert drilled > 40


def test_every_target_has_a_value_or_a_vietnamese_reason(
    built: tuple[Engine, BuildSummary],
) -> None:
    found = {
        row[0]: row[1:]
        for row in _rows(
            built[0],
            "select progress.target_key, progress.value, progress.status, progress.reason_vi,"
            " target.mart_name, progress.is_synthetic from marts.fct_target_progress as progress"
            " inner join marts.dim_target as target using (target_key)",
        )
    }
    assert found["PL1.I.1"] == (Decimal(50), "far", None, "marts.ind_tthc_01", True)
    not_connected = "Chưa kết nối nguồn báo cáo của cơ quan"
    assert found["PL1.I.4"][1:4] == ("no_value", not_connected, "marts.ind_cv_01")
    assert all(value is not None or reason for value, _, reason, _, _ in found.values())
    marts_built = {
        f"marts.{name}"
        for (name,) in _rows(
            built[0],
            "select table_name from information_schema.tables"
            " where table_schema = 'marts' and table_name like 'ind%'",
        )
    }
    of_context = {"marts.ind_ctx_01"}  # indices of others: the plan sets no figure
    assert {mart for *_, mart, _ in found.values() if mart} | of_context == marts_built


def test_bi_reader_reads_marts_only(built: tuple[Engine, BuildSummary]) -> None:
    warehouse, _ = built
    with warehouse.connect() as connection:
        connection.execute(text("set role bi_reader"))
        assert connection.scalar(text("select count(*) from marts.fct_target_progress")) > 0
        assert connection.scalar(text("select count(*) from reference.agencies")) > 0
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("select 1 from raw.tthc__dossiers"))


def test_unit_tests_of_the_formulas_pass(built: tuple[Engine, BuildSummary]) -> None:
    assert run_dbt(["test", "--select", "test_type:unit"], quiet=True) == 0


def test_a_failing_build_says_what_failed(built: tuple[Engine, BuildSummary]) -> None:
    warehouse, _ = built
    with warehouse.begin() as connection:
        connection.execute(text("revoke select on raw.tthc__procedures from cchc_transform"))
    try:
        with pytest.raises(BuildFailed, match="int_procedures__monthly_snapshots"):
            build("int_procedures__monthly_snapshots", quiet=True)
    finally:
        with warehouse.begin() as connection:
            connection.execute(text("grant select on raw.tthc__procedures to cchc_transform"))
    states = _rows(warehouse, "select state, cause from ops.outcome order by outcome_id")
    assert states[-1] == ("failed", "ours")


def test_hash_command_lists_every_mart(built: tuple[Engine, BuildSummary]) -> None:
    result = CliRunner().invoke(marts, ["hash", "--json"], catch_exceptions=False)
    document = json.loads(result.output)
    names = [mart["name"] for mart in document["marts"]]
    assert "fct_dossier" in names
    assert names == sorted(names)
    assert len(document["overall"]) == 64


def test_project_folder_is_no_package() -> None:
    """With an __init__.py dbt would import the folder as one of its plugins."""
    assert not (Path(__file__).parents[2] / "dbt_project" / "__init__.py").exists()
