"""A clerk's way: ``cchc template`` → filled in → each door → receipt → mart → scorecard."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from dashboards import scorecard
from dashboards.site import page
from ingestion.core.environment import TIMEZONE
from ingestion.core.period import Period
from ingestion.sources.agency_reports import daily
from ingestion.sources.agency_reports.command import reports_group
from ingestion.sources.agency_reports.doors.tokens import Tokens
from ingestion.sources.agency_reports.doors.upload import make_app
from ingestion.sources.agency_reports.previous import period_before
from ingestion.sources.agency_reports.template.command import template_command
from ingestion.transform.runner import build
from sandbox.mailbox.delivery import report_mail
from tests.fixtures.mailbox import running_mailbox
from tests.fixtures.reports.clerk import KEY, agency_of, filled
from tests.fixtures.reports.plugin import CONNECTION, Desk
from tests.fixtures.smtp import Mailbox, mailbox

__all__ = ["mailbox"]

WHOLE, PART = "CV-01.approved_in_force.denominator", "CV-01.approved_in_force.numerator"
FIGURES = {"SNV": (100, 80), "SYT": (50, 30), "STC": (50, 10)}
"""Bodies that need approved positions and those that have them: 120 of 200."""


def last_quarter(today: datetime) -> Period:
    """The quarter that offices report on now: doors give every delivery the time it comes at."""
    return period_before(Period.parse(f"{today.year}-Q{(today.month + 2) // 3}"))


def call(command: object, *arguments: str) -> str:
    done = CliRunner().invoke(command, list(arguments), catch_exceptions=False)  # type: ignore[arg-type]
    assert done.exit_code == 0, done.output
    return done.output


def written(code: str, period: Period, folder: Path) -> bytes:
    """The workbook of an office, made by the command and filled in by its clerk."""
    call(template_command, code, str(period), "--form", "BC-CCHC-Q", "--out", str(folder / code))
    [path] = (folder / code).rglob("*.xlsx")
    whole, part = FIGURES[code]
    changes = {WHOLE: whole, PART: part}
    return filled(code, period=period, empty=path.read_bytes(), changes=changes)


def test_a_report_reaches_the_scorecard_through_each_door(
    report_desk: Desk, mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = datetime.now(TIMEZONE)
    period = last_quarter(today)
    files = {code: written(code, period, tmp_path / "forms") for code in FIGURES}

    # The inbox folder.
    inbox = report_desk.landing_folder / "inbox" / "SNV"
    inbox.mkdir(parents=True)
    (inbox / "Báo cáo quý.xlsx").write_bytes(files["SNV"])
    # The upload page.
    app = make_app(report_desk.intake, report_desk.engine)
    token = Tokens(report_desk.engine).issue("SYT", 1)
    answer = TestClient(app).post(
        "/bao-cao",
        headers={"Authorization": f"Bearer {token}"},
        params={"ten": "q.xlsx"},
        content=files["SYT"],
    )
    uploaded = answer.json()
    assert (uploaded["state"], uploaded["agency_code"]) == ("accepted", "SYT")
    # The mailbox; then all doors are emptied as the scheduler does it.
    with running_mailbox() as server:
        server.put(report_mail("cchc.stc@sonla.example", {"bc.xlsx": files["STC"]}, today))
        given = server.connection
        told = {
            "conn_type": given.conn_type,
            "host": given.host,
            "port": given.port,
            "login": given.login,
            "password": given.password,
            "extra": {"form_key": KEY.secret},
        }
        monkeypatch.setenv("AIRFLOW_CONN_AGENCY_REPORTS", json.dumps(told))
        counts = json.loads(call(reports_group, "take", "--json"))
    assert (counts["inbox"], counts["mailbox"], counts["receipts"]) == (1, 1, 1)

    # Each office has its receipt, the way it came.
    [beside] = report_desk.landing_folder.rglob("*.bien-nhan.html")
    assert "Đã tiếp nhận" in beside.read_text()
    [(address, mail)] = mailbox.mails
    assert address == "cchc.stc@sonla.example"
    assert "Đã tiếp nhận" in mail["Subject"]
    states = report_desk.rows("select distinct state, receipt_state from ops.submission")
    assert [tuple(row) for row in states] == [("accepted", "told")]

    # Raw, marts, scorecard.
    assert daily.load(today.date(), today.date())["rows"] == 3
    build(quiet=True)
    rows = report_desk.rows(
        "select agency_key, approved_in_force_value from marts.ind_cv_01 "
        "where period_type = 'quarter' and period_start = :start and basis = 'current'",
        start=period.start,
    )
    values = {row.agency_key: row.approved_in_force_value for row in rows}
    assert {code: values[agency_of(code, today.date()).key] for code in FIGURES} == {
        "SNV": 80,
        "SYT": 60,
        "STC": 20,
    }
    card = scorecard.read()
    [target] = [item for item in card.targets if item.plan_ref == "PL1.I.4"]
    assert (target.value, target.numerator, target.denominator) == (60, 120, 200)
    assert target.period_start == period.start
    page.build(card, tmp_path / "site")
    shown = (tmp_path / "site" / "index.html").read_text()
    assert "CV-01" in shown

    # The same file again changes nothing.
    monkeypatch.setenv("AIRFLOW_CONN_AGENCY_REPORTS", CONNECTION)  # the mailbox is gone
    (inbox / "lan nua.xlsx").write_bytes(files["SNV"])
    call(reports_group, "take")
    again = report_desk.rows("select repeats from ops.submission where file_name = 'lan nua.xlsx'")
    assert again[0].repeats
