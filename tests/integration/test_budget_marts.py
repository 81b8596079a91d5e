"""Budget publications in the marts, built once from documents written by hand.

The source was looked at from January 2024 to 20 November 2026, but for 5 October 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, text

from expectations.check import run_checks
from ingestion.core.environment import engine
from ingestion.embedded.postgres import Cluster
from ingestion.ledger.cells import write_decisions
from ingestion.ledger.publications import publication_decisions
from ingestion.transform.runner import build
from tests.conftest import copy_of_template
from tests.integration.budget_fill import BudgetFill, Form, Published, commune_forms, line

PROVINCE = "UBND tỉnh Sơn La"
SYT = 105
REVENUE_60 = "execution.60.province"


def _revenue(scale: float, **figures: float) -> tuple[dict[str, Any], ...]:
    cells = [
        line("total_revenue", "actual", figures["actual"] * 1.2 * scale, row=9, column="E"),
        line("domestic_revenue", "estimate_central", figures["central"] * scale, column="C"),
        line("domestic_revenue", "estimate_council", figures["council"] * scale, column="D"),
        line("domestic_revenue", "actual", figures["actual"] * scale, column="E", parent_line_no=9),
    ]
    return tuple(dict(cell) for cell in cells)


def _eight_cells(base: int) -> list[dict[str, Any]]:
    return [dict(line(f"item {n}", "actual", base + 7 * n, row=10 + n)) for n in range(8)]


DOCUMENTS = [
    # TC-01: the execution of 2024, then its settlement; 2025 in the wrong unit.
    Published(
        PROVINCE,
        (Form(REVENUE_60, _revenue(1, central=4_000_000, council=4_400_000, actual=4_200_000)),),
        2024,
        published="2025-03-10",
        approved="2025-03-05",
    ),
    Published(
        PROVINCE,
        (
            Form(
                "settlement.63.province",
                _revenue(1, central=4_000_000, council=4_400_000, actual=4_100_000),
            ),
        ),
        2024,
        published="2025-12-20",
        approved="2025-12-08",
    ),
    # The department of finance publishes for the province.
    Published(
        "Sở Tài chính tỉnh Sơn La",
        (Form(REVENUE_60, _revenue(1000, central=4_100_000, council=4_500_000, actual=4_300_000)),),
        2025,
        published="2026-03-10",
        approved="2026-03-05",
    ),
    # A ward: on time, late, a form missing.
    Published(
        "UBND phường Tô Hiệu",
        commune_forms("decided", range(108, 113)),
        2026,
        published="2026-01-10",
        approved="2025-12-20",
    ),
    Published(
        "UBND phường Tô Hiệu",
        commune_forms("execution", range(113, 116), _eight_cells(100)),
        2026,
        "quarter",
        published="2026-04-08",
    ),
    Published(
        "Ủy ban nhân dân PHƯỜNG TÔ HIỆU",
        commune_forms("execution", range(113, 116), _eight_cells(300)),
        2026,
        "half_year",
        published="2026-07-15",
    ),
    Published(
        "UBND phường Tô Hiệu",
        commune_forms("execution", (113, 114)),
        2026,
        "nine_months",
        published="2026-10-07",
    ),
    # Replaced after the due date: it had been there in time.
    Published(
        "Sở Y tế",
        (Form("execution.unit", tuple(_eight_cells(500))),),
        2026,
        "quarter",
        published="2026-04-09",
        address="SYT quý I",
        record={"is_current": False},
    ),
    Published(
        "Sở Y tế",
        (
            Form(
                "execution.unit",
                (
                    *_eight_cells(500),
                    line(
                        "broken", "actual", 5, row=40, hold_code="identity_sum", hold_vi="Tổng lệch"
                    ),
                    line(
                        "refused",
                        "actual",
                        None,
                        row=41,
                        state="refused",
                        hold_code="ambiguous_separator",
                        hold_vi="Ô C41: 1.234 đọc được hai cách",
                    ),
                ),
            ),
        ),
        2026,
        "quarter",
        published="2026-05-20",
        address="SYT quý I",
        version=2,
    ),
    # Last year's figures again.
    Published(
        "Sở Tư pháp",
        (Form("execution.unit", tuple(_eight_cells(900))),),
        2025,
        "quarter",
        published="2025-04-10",
    ),
    Published(
        "Sở Tư pháp",
        (Form("execution.unit", tuple(_eight_cells(900))),),
        2026,
        "quarter",
        published="2026-04-10",
    ),
    # A scan that no program reads counts as published, its file states no period.
    Published(
        "UBND phường Chiềng An",
        (),
        2026,
        "quarter",
        published="2026-04-10",
        record={"form_text": "Biểu số 113/CK-NSNN", "file_kind": "pdf_scan"},
        reading={"state": "needs_confirmation", "reason_code": "scan", "reason_vi": "Bản quét"},
    ),
    # The file of another year under this year's record.
    Published(
        "Sở Công Thương",
        (
            Form(
                "execution.unit",
                tuple(_eight_cells(40)),
                {"budget_year": 2025, "period_start": date(2025, 1, 1)},
            ),
        ),
        2026,
        "quarter",
        published="2026-04-10",
    ),
    Published(
        "UBND xã Không Có Thật",
        commune_forms("execution", (113,)),
        2026,
        "quarter",
        published="2026-04-10",
    ),
    # One form of a commune from two doors.
    *(
        Published(
            "UBND phường Chiềng Cơi",
            commune_forms("execution", (114,), _eight_cells(70)),
            2026,
            "half_year",
            published="2026-07-08",
            address=door,
            record={"door": door},
        )
        for door in ("web", "ckns")
    ),
]


@pytest.fixture(scope="module")
def url(postgres_cluster: Cluster, migrated_template: str) -> str:
    return postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))


@pytest.fixture(scope="module")
def built(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("CCHC_VAR", str(tmp_path_factory.mktemp("var")))
        fill = BudgetFill(url)
        fill.look_at(date(2024, 1, 1), date(2026, 11, 20), date(2026, 10, 5))
        fill.load(*DOCUMENTS)
        fill.close()
        build(quiet=True)
        warehouse = engine(None, url)
        yield warehouse
        warehouse.dispose()


def _rows(warehouse: Engine, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _states(warehouse: Engine, code: str, year: int = 2026) -> dict[tuple[str, str], str]:
    rows = _rows(
        warehouse,
        "select document_kind, period_type, state from marts.fct_publication"
        " inner join marts.dim_agency using (agency_key)"
        f" where agency_code = '{code}' and dim_agency.is_current and budget_year = {year}",
    )
    return {(kind, period): state for kind, period, state in rows}


def test_publications_are_judged_by_the_law_of_their_year(built: Engine) -> None:
    assert _states(built, "03646") == {
        ("draft_estimate", "year"): "missing",
        ("decided_estimate", "year"): "on_time",
        ("execution", "quarter"): "on_time",
        ("execution", "half_year"): "late",
        ("execution", "nine_months"): "incomplete",
    }
    assert _rows(
        built,
        "select due_on, published_on, days_late, forms_required, forms_found, missing_form_keys,"
        " due_basis from marts.fct_publication inner join marts.dim_agency using (agency_key)"
        " where agency_code = '03646' and is_current and budget_year = 2026"
        " and period_type in ('half_year', 'nine_months') order by 1",
    ) == [
        (date(2026, 7, 10), date(2026, 7, 15), 5, 3, 3, None, "period_end"),
        (date(2026, 10, 10), date(2026, 10, 7), None, 3, 2, "execution.115.commune", "period_end"),
    ]


def test_a_day_not_looked_at_is_nobodys_omission(built: Engine) -> None:
    states = _states(built, "SNV")
    assert states["execution", "half_year"] == "missing"
    assert states["execution", "nine_months"] == "not_judged"


def test_a_replaced_file_was_there_in_time(built: Engine) -> None:
    assert _states(built, "SYT")["execution", "quarter"] == "on_time"
    assert _rows(
        built,
        "select is_current, published_on from marts.fct_publication_document"
        f" where agency_key = {SYT} order by 2",
    ) == [(False, date(2026, 4, 9)), (True, date(2026, 5, 20))]


def test_a_scan_is_published_and_not_machine_readable(built: Engine) -> None:
    found = _rows(
        built,
        "select criterion, is_passed from marts.fct_publication_criterion"
        " inner join marts.dim_agency using (agency_key)"
        " where name_vi = 'Phường Chiềng An' and is_current and period_type = 'quarter'"
        " and budget_year = 2026 order by 1",
    )
    assert found == [
        ("availability", True),
        ("completeness", False),
        ("convenience", False),
        ("timeliness", True),
    ]


def test_cells_are_held_refused_or_right(built: Engine) -> None:
    found = _rows(
        built,
        "select item_text, state, published_value, value_vnd_million, hold_code"
        f" from marts.fct_budget_line where agency_key = {SYT}"
        " and item_text in ('item 1', 'broken', 'refused') order by 1",
    )
    assert found == [
        ("broken", "held", Decimal(5), None, "identity_sum"),
        ("item 1", "value", Decimal(507), Decimal(507), None),
        ("refused", "refused", None, None, "ambiguous_separator"),
    ]
    assert _rows(
        built, "select count(*) from marts.fct_budget_line where state = 'held' and hold_vi is null"
    ) == [(0,)]


def test_last_years_figures_again_are_a_stale_copy(built: Engine) -> None:
    assert _rows(
        built,
        "select budget_year, state, hold_code, count(*) from marts.fct_budget_line"
        " inner join marts.dim_agency using (agency_key) where agency_code = 'STP'"
        " group by 1, 2, 3 order by 1",
    ) == [(2025, "value", None, 8), (2026, "held", "stale_copy", 8)]


def test_a_file_of_another_year_is_held_and_fills_no_publication(built: Engine) -> None:
    assert _rows(
        built,
        "select distinct state, hold_code from marts.fct_budget_line"
        " inner join marts.dim_agency using (agency_key) where agency_code = 'SCT'",
    ) == [("held", "period_conflict")]
    assert _states(built, "SCT")["execution", "quarter"] == "incomplete"


def test_two_doors_count_once(built: Engine) -> None:
    assert _rows(
        built,
        "select door, is_counted, count(*), sum(value_vnd_million) from marts.fct_budget_line"
        " inner join marts.dim_agency using (agency_key) where name_vi = 'Phường Chiềng Cơi'"
        " group by 1, 2 order by 1",
    ) == [("ckns", True, 8, Decimal(756)), ("web", False, 8, Decimal(756))]


def test_parents_are_no_leaves(built: Engine) -> None:
    assert _rows(
        built,
        "select item_code, is_leaf from marts.fct_budget_line where form_key like 'settlement%'"
        " and measure_code = 'actual' order by 1",
    ) == [("domestic_revenue", True), ("total_revenue", False)]


def test_an_unknown_publisher_stays_visible(built: Engine) -> None:
    assert _rows(
        built,
        "select publisher_name, agency_key from marts.fct_publication_document"
        " where agency_mapping = 'none'",
    ) == [("UBND xã Không Có Thật", -1)]


def test_revenue_takes_the_settlement_and_no_slip(built: Engine) -> None:
    found = _rows(
        built,
        "select period_start, excess_numerator, excess_denominator, excess_value, ratio_value,"
        " round(excess_council_value, 2), basis from marts.ind_tc_01 order by basis",
    )
    figures = (
        date(2024, 1, 1),
        Decimal(100_000_000_000),
        Decimal(4_000_000_000_000),
        Decimal("2.5"),
        Decimal("102.5"),
        Decimal("-6.82"),
    )
    assert found == [(*figures, "as_was"), (*figures, "current")]
    # 2025 and the same form of the year before contradict each other by 1,000: neither is used.
    assert _rows(
        built,
        "select distinct budget_year, hold_code from marts.fct_budget_line"
        f" where form_key = '{REVENUE_60}' order by 1",
    ) == [(2024, "unit_slip"), (2025, "unit_slip")]


def test_units_that_published_are_a_stock_at_the_end_of_the_month(built: Engine) -> None:
    found = _rows(
        built,
        "select period_start, complete_on_time_numerator, published_numerator,"
        " complete_on_time_denominator from marts.ind_tc_03b"
        " inner join marts.dim_agency using (agency_key) where agency_code = '03646'"
        " and is_current and basis = 'as_was' and period_type = 'month'"
        " and period_start >= '2026-01-01' order by 1",
    )
    numerators = [(int(on_time), int(published)) for _, on_time, published, _ in found]
    # April: the settlement of 2025 fell due and did not come.
    assert numerators == [(1, 1)] * 3 + [(0, 0)] * 8
    assert {int(row[3]) for row in found} == {1}
    assert _rows(
        built,
        "select cast(complete_on_time_denominator as integer) from marts.ind_tc_03b"
        " where agency_key = 1 and basis = 'current' and period_type = 'quarter'"
        " and period_start = '2026-01-01'",
    ) == [(75,)]


def test_drill_down_lists_what_stands_behind_a_value(built: Engine) -> None:
    [(statement,)] = _rows(built, "select drill_sql from marts.ind_tc_01 where basis = 'as_was'")
    measures = {(row[1], row[2]) for row in _rows(built, statement)}
    assert ("settlement.63.province", "actual") in measures
    for mart in ("ind_tc_03a", "ind_tc_03b"):
        cells = _rows(
            built,
            f"select drill_sql, complete_on_time_denominator from marts.{mart}"
            " where agency_level = 'province' and period_type = 'month'"
            " and period_start >= '2026-01-01'",
        )
        assert cells
        for statement, units in cells:
            assert len(_rows(built, statement)) >= units


def test_progress_shows_the_three_targets(built: Engine) -> None:
    found = {
        key: (value, reason)
        for key, value, reason in _rows(
            built,
            "select target_key, value, reason_vi from marts.fct_target_progress"
            " where indicator_code like 'TC-0%'",
        )
    }
    assert found["I.2.a.TC-01"][0] == Decimal("2.5")
    assert found["I.2.a.TC-03a"][0] is not None
    assert found["I.2.a.TC-03b"][0] is not None
    assert found["I.2.a.TC-02"][1] == "Chưa kết nối nguồn báo cáo của cơ quan"


def test_the_conflict_of_the_settlement_is_shown_with_both_dates(built: Engine) -> None:
    found = _rows(
        built,
        "select task_key, budget_year, due_by_plan, due_by_law, conflict_vi is not null"
        " from marts.rpt_finance_task_evidence where year = 2026 order by 1",
    )
    assert [row[0] for row in found] == [f"PL2.VI.{n}" for n in range(1, 7)]
    assert found[3][1:] == (2025, date(2026, 12, 31), date(2026, 7, 30), True)


def test_checks_run_without_the_other_source(built: Engine, url: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        summary = run_checks(date(2026, 1, 1), date(2026, 11, 1))
    assert summary["sources"] == ["budget_publications"]
    fired = {rule for rule, number in summary["by_rule"].items() if number}
    assert fired == {
        "BUD-001",
        "BUD-002",
        "BUD-003",
        "BUD-004",
        "BUD-006",
        "BUD-007",
        "BUD-008",
        "BUD-009",
        "BUD-010",
        "BUD-011",
    }


def test_the_ledger_has_a_cell_for_what_was_due(built: Engine, url: str) -> None:
    ingest = engine("cchc_ingest", url)
    with ingest.begin() as connection:
        connection.execute(
            text(
                "insert into ops.ledger (source, resource, agency_key, period_type, period_start,"
                " due_on, outcome, cause, reason) values ('budget_publications', 'documents', 1,"
                " 'day', '2026-10-05', '2026-10-06', 'failed', 'source', 'Cổng lỗi')"
            )
        )
        decided = publication_decisions(connection, date(2026, 1, 1), date(2026, 11, 20))
        write_decisions(connection, decided)
    ingest.dispose()
    found = {
        (code, str(kind), str(start)): (outcome, cause)
        for code, kind, start, outcome, cause in _rows(
            built,
            "select agency_code, resource, period_start, outcome, cause from ops.ledger"
            " inner join marts.dim_agency using (agency_key)"
            " where source = 'budget_publications' and agency_code in ('03646', 'SNV')"
            " and is_current and agency_key <> 1",
        )
    }
    assert found["03646", "execution", "2026-01-01"] == ("accepted", None)
    assert found["03646", "execution", "2026-07-01"] == ("missing", "agency")
    assert found["03646", "settlement", "2025-01-01"] == ("missing", "agency")
    assert found["SNV", "execution", "2026-07-01"] == ("failed", "source")


def test_late_documents_change_values_with_that_cause(built: Engine, url: str) -> None:
    fill = BudgetFill(url)
    fill.load(
        Published(
            "UBND phường Tô Hiệu",
            commune_forms("settlement", range(116, 121)),
            2025,
            published="2026-04-20",
            approved="2026-03-25",
        )
    )
    fill.close()
    build("stg_budget_publications__documents+ stg_budget_publications__readings+", quiet=True)
    assert _rows(
        built,
        "select complete_on_time_numerator from marts.ind_tc_03b"
        " inner join marts.dim_agency using (agency_key) where agency_code = '03646' and is_current"
        " and basis = 'as_was' and period_type = 'month' and period_start = '2026-04-01'",
    ) == [(Decimal(1),)]
    assert _rows(
        built,
        "select distinct indicator_code, cause from marts.rpt_revision"
        " where publication_id = (select max(publication_id) from ops.publication)",
    ) == [("TC-03b", "late_data")]
