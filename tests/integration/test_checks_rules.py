"""Every rule on a real PostgreSQL: fires on its bad example, silent on its good one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, create_engine, text

from expectations.check import CheckSummary, run_checks
from expectations.examples import AS_OF, MONTHS, Example, background, make_examples
from expectations.findings import OpenFinding, open_findings
from expectations.registry import load_rules
from ingestion.embedded.postgres import Cluster
from tests.integration.checked_marts import load, make_warehouse

EXAMPLES = make_examples(load_rules())
BAD = [example for example in EXAMPLES if example.is_bad]


@pytest.fixture(scope="module")
def examples_url(postgres_cluster: Cluster, migrated_template: str) -> str:
    url = make_warehouse(postgres_cluster, migrated_template)
    engine = create_engine(url)
    load(engine, [*background(), *(row for example in EXAMPLES for row in example.rows)])
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def module_patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def summary(examples_url: str, module_patch: pytest.MonkeyPatch) -> CheckSummary:
    module_patch.setenv("WAREHOUSE_URL", examples_url)
    return run_checks(*MONTHS)


@pytest.fixture(scope="module")
def warehouse_engine(examples_url: str, summary: CheckSummary) -> Iterator[Engine]:
    engine = create_engine(examples_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def found(warehouse_engine: Engine) -> list[OpenFinding]:
    with warehouse_engine.connect() as connection:
        return open_findings(connection)


def expected_key(example: Example) -> tuple[str, int, date, int]:
    expected = example.expected
    agency_key = -1 if expected.get("agency") == "unknown" else example.agency_key
    period_start = date.fromisoformat(expected.get("period_start", "2026-11-01"))
    return (example.rule.id, agency_key, period_start, expected["record_count"])


def test_the_findings_are_exactly_the_bad_examples(found: list[OpenFinding]) -> None:
    seen = {(f["rule_id"], f["agency_key"], f["period_start"], f["record_count"]) for f in found}

    assert seen == {expected_key(example) for example in BAD}


def test_the_time_of_the_data_is_the_newest_update(summary: CheckSummary) -> None:
    assert summary["as_of"] == AS_OF.isoformat()
    assert summary["findings"]["new"] == len(BAD)
    assert summary["sources"] == [
        "agency_reports",
        "budget_publications",
        "open_data_portal",
        "tthc",
    ]
    assert summary["for_operators"] == 4


@pytest.mark.parametrize("example", BAD, ids=lambda example: example.rule.id)
def test_evidence_run_as_bi_reader_returns_exactly_the_records(
    example: Example, found: list[OpenFinding], warehouse_engine: Engine
) -> None:
    rule_id, agency_key, period_start, record_count = expected_key(example)
    finding = next(
        f
        for f in found
        if (f["rule_id"], f["agency_key"], f["period_start"]) == (rule_id, agency_key, period_start)
    )

    with warehouse_engine.connect() as connection:
        connection.execute(text("set role bi_reader"))
        connection.execute(text("set transaction read only"))
        rows = connection.exec_driver_sql(finding["evidence_sql"]).all()

    assert len(rows) == record_count
    codes = {row["dossier_code"] for _, row in example.rows if "dossier_code" in row}
    if rows[0]._fields[0] == "dossier_code":
        assert {row[0] for row in rows} <= codes


def test_sentences_speak_the_readers_language(found: list[OpenFinding]) -> None:
    finding = next(f for f in found if f["rule_id"] == "TTHC-011")

    assert finding["sentence_vi"] == (
        "3 trên 20 hồ sơ tiếp nhận tháng 11/2026 (15 %) không có ngày hẹn trả; mức cho phép là 5 %."
    )
    assert finding["sentence_en"] == (
        "3 of 20 dossiers received in November 2026 (15%) have no due date; 5% are allowed."
    )
    assert (finding["observed"], finding["expected"]) == ("15 %", "không quá 5 %")


def test_datasets_are_named_with_what_is_wrong(found: list[OpenFinding]) -> None:
    sentences = {f["rule_id"]: (f["sentence_vi"], f["sentence_en"]) for f in found}

    assert sentences["OPEN-008"] == (
        "1 bộ dữ liệu mở có tệp không tải được hoặc rỗng, từ tháng 11/2026: “Danh sách chợ trên "
        "địa bàn” – Tệp “cho.csv” (CSV): liên kết không còn dẫn đến tệp nào (từ 03/11/2026).",
        "Files that cannot be had or are empty since November 2026 in 1 open dataset(s): “Danh "
        "sách chợ trên địa bàn” – the link is dead.",
    )
    assert sentences["OPEN-004"][0].endswith("“OPEN-004/1” – không có tên.")
    assert sentences["OPEN-005"][0].endswith("“Danh sách chợ trên địa bàn” – không nêu đầu mối.")


def test_a_rule_dated_by_a_seed_is_as_severe_as_the_seed_says(found: list[OpenFinding]) -> None:
    severities = {f["rule_id"]: f["severity"] for f in found}

    assert [severities[f"OPEN-{number:03d}"] for number in (2, 5, 10, 14, 15, 16)] == [
        *("critical", "warning", "info"),
        *("critical", "warning", "info"),
    ]


def test_reports_are_named_with_their_period_and_graded_by_working_days(
    found: list[OpenFinding],
) -> None:
    reports = {f["rule_id"]: f for f in found if f["rule_id"].startswith("REP-")}

    # From Thursday 2026-10-15 to the 19th of November: 25 working days.
    assert reports["REP-001"]["severity"] == "critical"
    assert reports["REP-001"]["sentence_vi"] == (
        "1 báo cáo đến hạn trong tháng 10/2026 chưa nộp, quá hạn lâu nhất 25 ngày làm việc: Báo "
        "cáo cải cách hành chính quý (Quý III/2026, hạn 15/10/2026)."
    )
    # Monday is the second working day after a Thursday.
    assert reports["REP-002"]["severity"] == "info"
    assert "muộn, lâu nhất 2 ngày làm việc" in reports["REP-002"]["sentence_vi"]
    assert reports["REP-003"]["observed"] == (
        "chép lại số của báo cáo khác, toàn số 0 mà không khai không phát sinh, để trống"
    )
    assert reports["REP-005"]["agency_key"] != 999
