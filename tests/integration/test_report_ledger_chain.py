"""From the desk of an office to the reminder in its mail: intake, raw, marts, ledger, rules."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from expectations.check import run_checks
from expectations.findings import OpenFinding, open_findings, record_ids
from expectations.notices.reminders import find_reminders
from ingestion.core.environment import TIMEZONE, engine
from ingestion.core.run import ingest, require_accepted
from ingestion.ledger.settle import settle
from ingestion.transform.runner import render_seeds, run_dbt
from tests.fixtures.reports.clerk import filled, template
from tests.fixtures.reports.plugin import Desk

WHOLE = "CV-01.approved_in_force.denominator"
DUE, LAST = date(2026, 10, 15), date(2026, 10, 23)
MODELS = "+fct_report +fct_reporting_cell +int_dossier_parts__monthly dim_period dim_date"
SHOWN = "stg_ops__ledger fct_reporting_cell --exclude-resource-type unit_test"


def october(day: int) -> datetime:
    return datetime(2026, 10, day, 9, 0, tzinfo=TIMEZONE)


def test_offices_are_told_what_they_owe_and_no_more(
    report_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = report_desk.take
    assert take(filled("SNV"), claimed_agency_code="SNV").state == "accepted"
    unclear = filled("STP", plus=3, changes={WHOLE: "khoảng 60"})
    assert take(unclear, claimed_agency_code="STP", received_at=october(13)).state == "partial"
    assert take(template("SYT"), claimed_agency_code="SYT", received_at=october(14)).hollow_kind
    late = take(filled("SCT", plus=5), claimed_agency_code="SCT", received_at=october(19))
    assert late.state == "accepted", late
    for number, code in enumerate(("STC", "SXD", "SKHCN")):
        # Forms of other offices; the check code of the last one looks like a year.
        sent = filled(code, plus=7 + number)
        refused = take(sent, claimed_agency_code="SGDDT", received_at=october(20))
        assert refused.reason_code == "wrong_agency", (code, refused.reason_vi)

    require_accepted(ingest("agency_reports", "submissions", date(2026, 8, 30), LAST))
    render_seeds()
    without_tests = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    assert run_dbt(["build", "--quiet", "--select", *MODELS.split(), *without_tests]) == 0
    settle(report_desk.engine, DUE, DUE)
    assert run_dbt(["build", "--quiet", "--select", *SHOWN.split()]) == 0

    cells = {
        row.agency_code: tuple(row)[1:]
        for row in report_desk.rows("""
            select agencies.agency_code, cells.outcome, cells.received_on::text, cells.is_on_time,
                cells.working_days_late
            from marts.fct_reporting_cell as cells
            inner join marts.dim_agency as agencies using (agency_key)
            where cells.resource = 'reform_quarter'""")
    }
    assert len(cells) == 88
    assert cells["SNV"] == ("accepted", "2026-10-12", True, None)
    assert cells["SCT"] == ("accepted", "2026-10-19", False, 2)
    assert cells["STP"] == ("missing", "2026-10-13", None, None)
    assert cells["SYT"] == ("missing", "2026-10-14", None, None)
    assert cells["SGDDT"] == ("missing", None, None, None)

    monkeypatch.setenv("WAREHOUSE_URL", str(report_desk.engine.url.render_as_string(False)))
    rules = [f"REP-{number:03d}" for number in range(1, 6)]
    summary = run_checks(date(2026, 10, 1), date(2026, 10, 1), rule_ids=rules)
    assert summary["as_of"] == "2026-10-23T23:59:59+07:00"
    alert = engine("cchc_alert")
    with alert.connect() as connection:
        found = {(f["rule_id"], f["agency_code"]): f for f in open_findings(connection)}
        listed = {key: record_ids(connection, f["evidence_sql"], 9) for key, f in found.items()}
        reminded = find_reminders(connection, date(2026, 10, 22))
    alert.dispose()
    assert all(len(listed[key]) == f["record_count"] for key, f in found.items())
    assert {rule for rule, code in found if code == "SNV"} == {"REP-001"}  # the report on tasks
    assert "cải cách hành chính" not in sentence(found, "REP-001", "SNV")
    assert sentence(found, "REP-002", "SCT").startswith("1 báo cáo đến hạn trong tháng 10/2026 nộp")
    assert found["REP-002", "SCT"]["severity"] == "info"
    assert "để trống" in sentence(found, "REP-003", "SYT")
    assert "còn 1 ô phải sửa" in sentence(found, "REP-004", "STP")
    assert sentence(found, "REP-005", "SGDDT").startswith("3 tệp nộp trong tháng 10/2026")
    assert {key for key in found if key[0] == "REP-005"} == {("REP-005", "SGDDT")}
    assert found["REP-001", "SGDDT"]["severity"] == "critical"
    assert sum(rule == "REP-001" for rule, _ in found) == 89

    # A week later only what never came is asked for: T+5, of every office the same forms as found.
    grades = {reminder.grade for told in reminded.values() for reminder in told}
    assert grades == {"T+5"}
    forms = {
        reminder.agency_code: {r.form_code for r in told}
        for told in reminded.values()
        for reminder in told
    }
    assert forms["SNV"] == forms["STP"] - {"BC-VB-Q"} == forms["SYT"] == {"BC-NV-Q"}
    assert forms["SGDDT"] == {"BC-CCHC-Q", "BC-NV-Q"}


def sentence(found: dict[tuple[str, str], OpenFinding], rule: str, code: str) -> str:
    return found[rule, code]["sentence_vi"]
