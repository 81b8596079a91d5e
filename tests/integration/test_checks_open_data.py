"""The rules about open data on marts that dbt built from snapshots of the portal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from expectations.check import CheckSummary, run_checks
from expectations.findings import OpenFinding, open_findings
from expectations.registry import load_rules
from ingestion.embedded.postgres import Cluster
from ingestion.transform.runner import build
from tests.conftest import copy_of_template
from tests.integration.open_data_fill import Dataset, File, OpenDataFill

RULES = [rule.id for rule in load_rules() if rule.source == "open_data_portal"]
READ = "+dim_open_dataset +fct_open_data_publisher +fct_open_data_change +dim_agency"
"""What the rules read, with all that it is made of."""

NOVEMBER = date(2026, 11, 1)
HEALTH, SCIENCE = "Sở Y tế", "Sở Khoa học và Công nghệ"

GOOD = Dataset("good")
PDF = File("pdf-r1", {"format_text": "PDF"}, {"real_format": "pdf", "table_state": "not_tabular"})
DEAD = File("dead-r1", {}, {"problem_code": "dead_link", "problem_first_on": "2026-11-18"})
LEAK = File("leak-r1", {}, {"personal_count": 7, "personal_columns": "cccd"})
CHANGED = File("swap-r1", {}, {"content_sha256": "another"})
UNLICENSED = Dataset("licence").but(licence_id=None, licence_title=None, is_open_stated=None)
STRANGER = Dataset("stranger").but(publisher_id="org-nobody")
DOWN = File("down-r1", {}, {"looked": "portal_down", "looked_at": None, "problem_code": None})
SCIENTIFIC = Dataset("science", {"publisher_id": "org-skhcn", "title": "Nhiệm vụ khoa học"})

SNAPSHOTS = {
    "2026-10-30": [GOOD, UNLICENSED, Dataset("swap"), Dataset("gone"), SCIENTIFIC],
    "2026-11-18": [GOOD, UNLICENSED, Dataset("swap"), Dataset("leak").having(LEAK), SCIENTIFIC],
    "2026-11-19": [
        GOOD,
        UNLICENSED,
        Dataset("swap").having(CHANGED),
        Dataset("pdf").having(PDF),
        Dataset("dead").having(DEAD),
        STRANGER,
        SCIENTIFIC.having(DOWN),
    ],
}


@pytest.fixture(scope="module")
def marts(postgres_cluster: Cluster, migrated_template: str) -> Iterator[Engine]:
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    fill = OpenDataFill(url)
    for day, datasets in SNAPSHOTS.items():
        fill.load(day, datasets)
    fill.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("DBT_INDIRECT_SELECTION", "cautious")  # no test of what is not built
        build(READ, quiet=True)
        engine = create_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def summary(marts: Engine) -> CheckSummary:
    return run_checks(NOVEMBER, NOVEMBER, rule_ids=RULES)


@pytest.fixture(scope="module")
def found(marts: Engine, summary: CheckSummary) -> list[OpenFinding]:
    with marts.connect() as connection:
        return open_findings(connection)


def told(found: list[OpenFinding], name: str) -> dict[str, Any]:
    return {
        finding["rule_id"]: (finding["period_start"].strftime("%Y-%m"), finding["record_count"])
        for finding in found
        if finding["agency_name"] == name
    }


def test_each_body_is_told_its_own_and_since_when(
    summary: CheckSummary, found: list[OpenFinding]
) -> None:
    assert summary["as_of"] == "2026-11-19T23:59:59+07:00"
    assert told(found, HEALTH) == {
        "OPEN-001": ("2026-11", 1),
        "OPEN-002": ("2026-10", 1),
        "OPEN-008": ("2026-11", 1),
        # Withdrawn were two; the one with personal data had to go.
        "OPEN-015": ("2026-11", 1),
        "OPEN-016": ("2026-11", 1),
    }


def test_what_an_outage_left_unknown_is_nobodys(found: list[OpenFinding]) -> None:
    assert told(found, SCIENCE) == {}


def test_bodies_that_publish_nothing_are_told(marts: Engine, found: list[OpenFinding]) -> None:
    silent = [finding for finding in found if finding["rule_id"] == "OPEN-014"]
    with marts.connect() as connection:
        obliged = connection.execute(
            text(
                "select count(*) from marts.fct_open_data_publisher "
                "where checked_on = '2026-11-19' and is_obliged"
            )
        ).scalar_one()

    assert len(silent) == obliged - 2
    assert {finding["period_start"] for finding in silent} == {date(2026, 10, 1)}


def test_a_publisher_that_nobody_knows_is_the_operators(
    summary: CheckSummary, found: list[OpenFinding]
) -> None:
    assert [f["rule_id"] for f in found if f["agency_key"] == -1] == ["OPEN-003"]
    assert summary["for_operators"] == 1


def test_sentences_say_which_dataset_and_file(found: list[OpenFinding]) -> None:
    sentences = {f["rule_id"]: f["sentence_vi"] for f in found if f["agency_name"] == HEALTH}

    assert sentences["OPEN-008"] == (
        "1 bộ dữ liệu mở có tệp không tải được hoặc rỗng, từ tháng 11/2026: “Danh sách cơ sở y tế "
        "dead” – Tệp “Tệp dead-r1” (CSV): liên kết không còn dẫn đến tệp nào (từ 18/11/2026)."
    )
    assert "“Danh sách cơ sở y tế gone”" in sentences["OPEN-015"]
    assert "“Tệp swap-r1” (bộ dữ liệu “Danh sách cơ sở y tế swap”)" in sentences["OPEN-016"]


def test_readers_of_the_warehouse_can_see_the_evidence(
    marts: Engine, found: list[OpenFinding]
) -> None:
    named: dict[str, str] = {}
    with marts.connect() as connection:
        connection.execute(text("set role bi_reader"))
        for finding in found:
            rows = connection.exec_driver_sql(finding["evidence_sql"].replace("%", "%%")).all()
            assert len(rows) == finding["record_count"], finding["finding_key"]
            named[finding["rule_id"]] = rows[0][0]
    assert named["OPEN-008"] == "“Danh sách cơ sở y tế dead”, mã tệp dead-r1"
    assert named["OPEN-014"] == "chưa có bộ dữ liệu nào"
    assert named["OPEN-016"] == "“Danh sách cơ sở y tế swap”, tệp Tệp swap-r1"
