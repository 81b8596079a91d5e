"""Which earlier report stands beside the cells of a new workbook."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, text

from ingestion.core.environment import TIMEZONE, engine
from ingestion.core.period import Period
from ingestion.sources.agency_reports.forms import read_forms
from ingestion.sources.agency_reports.previous import period_before, previous_values
from ingestion.sources.agency_reports.template.command import template_command

DENOMINATOR = "CV-01.approved_in_force.denominator"
NUMERATOR = "CV-01.approved_in_force.numerator"
RECEIVED = datetime(2026, 7, 9, 8, tzinfo=TIMEZONE)
_LINEAGE = {
    "_source": "agency_reports",
    "_period": "2026-07-09",
    "_extract_id": uuid.UUID(int=1),
    "_load_id": 1,
    "_loaded_at": RECEIVED,
    "_row_number": 1,
}


def deliver(connection: Connection, number: int, values: dict[str, Any], **changes: Any) -> None:
    """One delivery of Sở Nội vụ for the second quarter of 2026, with its accepted values."""
    submission = {
        "submission_id": f"s{number}",
        "_file_sha256": f"{number:064}",
        "receipt_no": f"BN-2026-{number:06}",
        "door": "inbox",
        "received_at": RECEIVED + timedelta(hours=number),
        "agency_key": 119,
        "form_code": "BC-CCHC-Q",
        "period_type": "quarter",
        "period_start": date(2026, 4, 1),
        "state": "accepted",
        **changes,
    }
    _insert(connection, "submissions", submission)
    key = {name: submission[name] for name in ("submission_id", "_file_sha256")}
    for field, value in values.items():
        columns = {int: "number_value", Decimal: "number_value", date: "date_value"}
        column = columns.get(type(value), "choice_code")
        cell = {"field_code": field, "state": "accepted", column: value}
        if value is None:
            cell = {"field_code": field, "state": "refused", "number_value": 999}
        _insert(connection, "values", {**key, **cell})


def _insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    row = {**_LINEAGE, "_resource": "submissions", **row}
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    statement = f"insert into raw.agency_reports__{table} ({names}) values ({places})"
    connection.execute(text(statement), row)


def test_the_latest_report_that_counts_is_taken(warehouse: str) -> None:
    with engine().begin() as connection:
        deliver(connection, 1, {DENOMINATOR: 900})
        deliver(connection, 2, {DENOMINATOR: 1240, NUMERATOR: None}, state="partial")
        deliver(connection, 3, {DENOMINATOR: 0}, hollow_kind="zero")
        deliver(connection, 4, {DENOMINATOR: 5}, state="refused")
        deliver(connection, 5, {DENOMINATOR: 6}, agency_key=107)
        deliver(connection, 6, {DENOMINATOR: 7}, form_code="BC-NV-Q")
        deliver(connection, 7, {DENOMINATOR: 8}, period_start=date(2026, 1, 1))
        again = {"_file_sha256": f"{1:064}"}  # the first file, sent once more by mistake
        deliver(connection, 8, {DENOMINATOR: 900}, **again)
    form = read_forms().by_resource("reform_quarter")

    def before(agency_key: int, period: str) -> dict[str, str]:
        found = previous_values(engine("cchc_ingest"), form, agency_key, Period.parse(period))
        return dict(found)

    assert before(119, "2026-Q3") == {DENOMINATOR: "1240"}
    assert before(119, "2026-Q2") == {DENOMINATOR: "8"}
    assert before(119, "2026-Q4") == {}
    assert before(120, "2026-Q3") == {}


def test_the_command_writes_them_beside(
    warehouse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_AGENCY_REPORTS", "imap://box@mail.example/?form_key=an+example+of+a+form+key"
    )
    values = {
        "PL2.I.1.status": "done",
        "PL2.I.1.completed_on": date(2026, 6, 12),
        "PL2.I.2.status": "in_progress",
    }
    with engine().begin() as connection:
        deliver(connection, 1, values, form_code="BC-NV-Q")
        deliver(connection, 2, {DENOMINATOR: Decimal("1240"), NUMERATOR: 1180})

    told = CliRunner().invoke(template_command, ["SNV", "2026-Q3", "--out", str(tmp_path)])

    assert told.exit_code == 0, told.output
    assert told.stderr == ""
    tasks = openpyxl.load_workbook(tmp_path / "BC-NV-Q_SNV_2026-Q3.xlsx")["Báo cáo"]
    assert [tasks[f"G{row}"].value for row in (9, 10, 11)] == [
        "Hoàn thành\n12/06/2026",
        "Đang thực hiện",
        None,
    ]
    figures = openpyxl.load_workbook(tmp_path / "BC-CCHC-Q_SNV_2026-Q3.xlsx")["Báo cáo"]
    assert [figures[f"F{row}"].value for row in (9, 10)] == [1240, 1180]


@pytest.mark.parametrize(
    ("period", "before"),
    [
        ("2026-Q1", "2025-Q4"),
        ("2026-Q3", "2026-Q2"),
        ("2026-01", "2025-12"),
        ("2026-03", "2026-02"),
        ("2026-H1", "2025-H2"),
        ("2026-H2", "2026-H1"),
        ("2026", "2025"),
        ("2026-03-01", "2026-02-28"),
    ],
)
def test_the_period_before_is_of_the_same_kind(period: str, before: str) -> None:
    assert str(period_before(Period.parse(period))) == before
