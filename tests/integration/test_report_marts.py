"""Agencies' reports in the marts: what counts of judged deliveries written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ingestion.embedded.postgres import Cluster
from ingestion.transform.runner import build
from tests.conftest import copy_of_template
from tests.integration.report_fill import Report, ReportFill

PROVINCE, SYT, STP, SNV, STC, SKHCN, BANK, CITY = 1, 105, 103, 119, 120, 122, 201, 401
Q1_25, Q1, Q2 = date(2025, 1, 1), date(2026, 1, 1), date(2026, 4, 1)
YEAR = date(2026, 1, 1)
WHOLE, PART = "CV-01.approved_in_force.denominator", "CV-01.approved_in_force.numerator"


def reform(
    receipt: str,
    received: str,
    agency: int,
    code: str,
    start: date,
    *figures: int | None,
    **more: Any,
) -> Report:
    """A quarterly report: positions asked, approved; recommendations due, handled; by money."""
    fields = (
        WHOLE, PART, "TC-02.by_count.denominator", "TC-02.by_count.numerator",
        "TC-02.by_value.denominator", "TC-02.by_value.numerator",
    )  # fmt: skip
    values = {f: v for f, v in zip(fields, figures, strict=False) if v is not None}
    return Report(receipt, received, agency, code, "BC-CCHC-Q", "quarter", start, values, **more)


def yearly(receipt: str, agency: int, code: str, form: str, /, **values: Any) -> Report:
    """A report on 2026, received in March 2027; of field names the dots stand as double lines."""
    told = {name.replace("__", ".").replace("_0", "-0", 1): v for name, v in values.items()}
    return Report(receipt, "2027-03-01 08:00", agency, code, form, "year", YEAR, told)


LOADS = {
    "2025-04": [
        reform("BN-01", "2025-04-10 08:00", CITY, "116", Q1_25, 10, 8, nil=("II",)),
        reform("BN-02", "2025-04-11 08:00", SYT, "SYT", Q1_25, 5, 5, 4, 2),
    ],
    "2026-04-10": [
        reform("BN-11", "2026-04-10 08:00", SNV, "SNV", Q1, 60, 50, 4, 3, 200, 100, content="one"),
        reform("BN-12", "2026-04-10 09:00", SYT, "SYT", Q1, 40, 30, 8, 6, 300, 150),
        # the figures of Sở Y tế once more, under another name
        reform("BN-13", "2026-04-10 10:00", STC, "STC", Q1, 40, 30, 8, 6, 300, 150),
    ],
    "2026-04-12": [
        # corrected, then the first file again: the correction stands
        reform("BN-14", "2026-04-12 08:00", SNV, "SNV", Q1, 60, 54, 4, 4, 200, 200),
        reform("BN-15", "2026-04-12 09:00", SNV, "SNV", Q1, 60, 50, 4, 3, 200, 100, content="one"),
        reform(
            "BN-16", "2026-04-12 10:00", SNV, "SNV", Q1, 99, 99,
            said={"state": "refused", "reason_code": "wrong_agency"},
        ),
    ],
    "2026-07-10": [
        reform(
            "BN-21", "2026-07-10 08:00", SNV, "SNV", Q2, 0, 0, 0, 0, 0, 0,
            said={"hollow_kind": "zero"},
        ),
        # every flow as in the quarter before
        reform("BN-22", "2026-07-10 09:00", SYT, "SYT", Q2, 41, 31, 8, 6, 300, 150),
        reform(
            "BN-23", "2026-07-10 10:00", STC, "STC", Q2, 20, None,
            nil=("B",), said={"state": "partial"},
        ),
        Report(
            "BN-24", "2026-07-10 11:00", SNV, "SNV", "BC-NV-Q", "quarter", Q2,
            {"PL2.I.1.status": "in_progress", "PL2.IV.3.status": "done"},
        ),
        Report(
            "BN-25", "2026-07-10 12:00", STC, "STC", "BC-DN-T", "month", date(2026, 5, 1),
            {"TC-04.active_stock.value": 5400, "TC-04.registered_stock.value": 6000},
        ),
        Report(
            "BN-26", "2026-07-10 13:00", STC, "STC", "BC-DN-T", "month", date(2026, 6, 1),
            {"TC-04.active_stock.value": 5512, "TC-04.registered_stock.value": 6100},
        ),
        Report(
            "BN-27", "2026-07-10 14:00", STP, "STP", "BC-VB-Q", "quarter", Q2,
            {"TT-01.reported.denominator": 8, "TT-01.reported.numerator": 8,
             "TT-03.reported.denominator": 9, "TT-03.reported.numerator": 6}, ("B",),
        ),
    ],
    "2027-03-01": [
        yearly("BN-31", SKHCN, "SKHCN", "BC-QTDL-N", SO_03__assessed_level__value=3),
        yearly("BN-32", BANK, "NHNNKV3", "BC-TTKDTM-N", SO_02__grdp__numerator=2740,
               SO_02__grdp__denominator=100),
        yearly("BN-33", SNV, "SNV", "BC-BM-N", BM_01__confirmed__value=1,
               BM_02__confirmed__value=0),
        yearly("BN-34", SNV, "SNV", "BC-HL-N", TTHC_05__survey__denominator=400,
               TTHC_05__survey__numerator=380),
        yearly("BN-35", SNV, "SNV", "BC-CSN-N", **{
            "CTX_01__par_index__value": 88.5, "CTX_01__par_index__rank": 12,
            "CTX_01__par_index__published_on": date(2027, 2, 20),
        }),
    ],
    "2027-06-01": [],
}  # fmt: skip


class Marts:
    """A warehouse to ask."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)

    def rows(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), parameters)]

    def values(
        self, mart: str, reading: str, period_type: str, basis: str = "current"
    ) -> dict[Any, Any]:
        """Value of each agency and period."""
        found = self.rows(
            f"select agency_key, period_start, {reading}_value from marts.{mart}"
            " where period_type = :kind and basis = :basis",
            kind=period_type,
            basis=basis,
        )
        return {(agency, start): value for agency, start, value in found}


@pytest.fixture(scope="module")
def marts(postgres_cluster: Cluster, migrated_template: str) -> Iterator[Marts]:
    """All days loaded, the newest first, and built once."""
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    fill = ReportFill(url)
    for period in reversed(LOADS):
        fill.load(period, LOADS[period])
    fill.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        build(quiet=True)
    yield Marts(url)


def test_which_delivery_counts(marts: Marts) -> None:
    told = marts.rows(
        "select receipt_no, hollow_kind, copied_from, repeats, superseded_by, is_counted"
        " from marts.fct_report where form_code = 'BC-CCHC-Q' order by 1"
    )
    assert told == [
        ("BN-01", None, None, None, None, True),
        ("BN-02", None, None, None, None, True),
        ("BN-11", None, None, None, "BN-14", False),
        ("BN-12", None, None, None, None, True),
        ("BN-13", "copied", "BN-12", None, None, False),
        ("BN-14", None, None, None, None, True),
        ("BN-15", None, None, "BN-11", None, False),
        ("BN-16", None, None, None, None, False),
        ("BN-21", "zero", None, None, None, False),
        ("BN-22", "copied", "BN-12", None, None, False),
        ("BN-23", None, None, None, None, True),
    ]


def test_rates_are_sums_over_sums_of_what_counts(marts: Marts) -> None:
    positions = marts.values("ind_cv_01", "approved_in_force", "quarter")
    assert positions[SNV, Q1] == 90
    assert positions[PROVINCE, Q1] == 84  # (54 + 30) of (60 + 40): no copy, no repeated file
    assert positions[PROVINCE, Q2] is None  # 20 asked, approved not told: not reported, no 0
    counted = marts.values("ind_tc_02", "by_count", "quarter")
    assert counted[PROVINCE, Q1] == Decimal("83.333333")  # (4 + 6) of (4 + 8)
    assert counted[STC, Q2] is None
    [(state,)] = marts.rows(
        "select value_state from marts.ind_tc_02 where agency_key = :stc and period_start = :start"
        " and period_type = 'quarter' and basis = 'current'",
        stc=STC,
        start=Q2,
    )
    assert state == "not_applicable"  # declared nil: nothing was due


def test_no_month_is_made_of_a_quarter_and_no_quarter_of_a_year(marts: Marts) -> None:
    told = marts.rows(
        "select distinct indicator_code, period_type from marts.fct_indicator_value"
        " where indicator_code in ('CV-01', 'SO-03', 'TC-04') order by 1, 2"
    )
    assert told == [
        ("CV-01", "half_year"), ("CV-01", "quarter"), ("CV-01", "year"), ("SO-03", "year"),
        ("TC-04", "half_year"), ("TC-04", "month"), ("TC-04", "quarter"), ("TC-04", "year"),
    ]  # fmt: skip


def test_levels_milestones_counts_and_multiples_stand_as_told(marts: Marts) -> None:
    told = marts.rows(
        "select indicator_code, agency_key, value, value_state from marts.fct_indicator_value"
        " where period_type = 'year' and period_start = :year and basis = 'current'"
        " and indicator_code in ('SO-03', 'SO-02', 'TC-04', 'BM-01', 'BM-02', 'BM-03')"
        " order by 1",
        year=YEAR,
    )
    assert [(c, k, v if v is None else round(v, 2), s) for c, k, v, s in told] == [
        ("BM-01", PROVINCE, 1, "reported"),
        ("BM-02", PROVINCE, 0, "zero"),
        ("BM-03", PROVINCE, None, "not_reported"),
        ("SO-02", PROVINCE, Decimal("27.40"), "reported"),
        ("SO-03", PROVINCE, 3, "reported"),
        ("TC-04", PROVINCE, 5512, "reported"),
    ]  # fmt: skip


def test_nothing_of_a_denominator_of_nought_is_not_applicable(marts: Marts) -> None:
    found = marts.rows(
        "select indicator_code, value_state, value from marts.fct_indicator_value"
        " where indicator_code in ('TT-01', 'TT-03', 'TT-04', 'TT-05') and period_type = 'quarter'"
        " and basis = 'current' order by 1"
    )
    assert [(c, s, v if v is None else round(v, 2)) for c, s, v in found] == [
        ("TT-01", "reported", 100),
        ("TT-03", "reported", Decimal("66.67")),
        ("TT-04", "not_applicable", None),
        ("TT-05", "not_reported", None),
    ]


def test_a_former_district_goes_on_in_its_node_of_today(marts: Marts) -> None:
    was = marts.values("ind_cv_01", "approved_in_force", "quarter", "as_was")
    now = marts.values("ind_cv_01", "approved_in_force", "quarter", "current")
    assert was[CITY, Q1_25] == 80
    assert (CITY, Q1_25) not in now
    [(heir,)] = marts.rows("select current_agency_key from marts.dim_agency where agency_key = 401")
    assert now[heir, Q1_25] == 80
    assert was[PROVINCE, Q1_25] == now[PROVINCE, Q1_25]


def test_a_survey_is_the_provinces_and_the_years(marts: Marts) -> None:
    found = marts.rows(
        "select agency_key, period_type, period_start, survey_numerator, survey_value"
        " from marts.ind_tthc_05 where survey_value is not null and basis = 'current'"
    )
    assert found == [(PROVINCE, "year", YEAR, 380, 95)]


def test_every_target_has_a_value_or_a_reason(marts: Marts) -> None:
    told = marts.rows(
        "select target.target_key, progress.value, progress.reason_vi"
        " from marts.dim_target as target"
        " left join marts.fct_target_progress as progress using (target_key)"
    )
    assert len(told) == 43
    assert [key for key, value, reason in told if value is None and not reason] == []


def test_the_drill_down_lists_the_cells_behind_a_value(marts: Marts) -> None:
    for mart, reading, numerator in (
        ("ind_cv_01", "approved_in_force", 84),
        ("ind_tc_02", "by_count", 10),
    ):
        [(sql, told)] = marts.rows(
            f"select drill_sql, {reading}_numerator from marts.{mart} where agency_key = 1"
            " and period_type = 'quarter' and period_start = :start and basis = 'current'",
            start=Q1,
        )
        listed = marts.rows(f"select number_value from ({sql}) as listed where in_numerator")
        assert sum(value for (value,) in listed) == told == numerator


def test_tasks_by_agency_and_quarter(marts: Marts) -> None:
    found = marts.rows(
        "select task_ref, told_status, is_done, is_overdue from marts.fct_plan_task_status"
        " where agency_key = :snv and period_start = :start and task_ref in"
        " ('PL2.I.1', 'PL2.I.2', 'PL2.IV.3') order by 1",
        snv=SNV,
        start=Q2,
    )
    assert found == [
        ("PL2.I.1", "in_progress", False, False),
        ("PL2.I.2", "not_told", False, False),
        ("PL2.IV.3", "done", True, False),
    ]
    [(overdue,)] = marts.rows(
        "select count(*) from marts.fct_plan_task_status"
        " where task_ref = 'PL2.III.4' and is_overdue"
    )
    assert overdue > 0  # due in February 2026, and never told as done
    [(tasks,)] = marts.rows("select count(distinct task_ref) from marts.fct_plan_task_status")
    assert tasks == 50


def test_indices_of_others_and_completeness(marts: Marts) -> None:
    assert marts.rows(
        "select index_code, year, score, rank_no, published_on, receipt_no"
        " from marts.fct_external_index"
    ) == [("par_index", 2026, Decimal("88.5000"), 12, date(2027, 2, 20), "BN-35")]
    whole = marts.rows(
        "select received_count, answered_count, hollow_count from marts.fct_report_completeness"
        " where form_code = 'BC-CCHC-Q' and period_start = :start and field_code is null",
        start=Q2,
    )
    assert whole == [(3, 1, 2)]
    field = marts.rows(
        "select asked_count, answered_count from marts.fct_report_completeness"
        " where form_code = 'BC-CCHC-Q' and period_start = :start and field_code = :field",
        start=Q2,
        field=PART,
    )
    assert field == [(1, 0)]
