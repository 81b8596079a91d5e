"""A month of simulated reports through the intake into the marts, against what the offices meant.

No figure silently wrong: each cell that counts is the one that its office meant, and stands for the
right agency, form and period; what is hollow, another office's or unreadable counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from ingestion.core.environment import TIMEZONE, engine
from ingestion.core.landing import Landing
from ingestion.core.run import ingest
from ingestion.embedded.postgres import Cluster
from ingestion.sources.agency_reports.intake import Delivery, Intake
from ingestion.transform.runner import render_seeds, run_dbt
from sandbox.reports.offices import SANDBOX_KEY, Delivered, Offices
from tests.conftest import copy_of_template

FIRST, LAST = date(2026, 4, 8), date(2026, 4, 16)
SHARE = 0.02
MARTS = ("+fct_report_cell", "+fct_report", "+int_report_readings__monthly")


@dataclass(frozen=True)
class Played:
    """What was sent, and what the marts make of it.

    Attributes:
        sent: each delivery by the number of its receipt.
        reports: rows of fct_report.
        cells: counted rows of fct_report_cell.
    """

    sent: dict[str, Delivered]
    reports: list[Any]
    cells: list[Any]


@pytest.fixture(scope="module")
def played(
    postgres_cluster: Cluster,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Played]:
    """The days on which the reports of a quarter are due."""
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    var = tmp_path_factory.mktemp("var")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("CCHC_VAR", str(var))
        patch.delenv("CCHC_LANDING", raising=False)
        address = f"http://mailbox.example/?form_key={SANDBOX_KEY.secret}"
        patch.setenv("AIRFLOW_CONN_AGENCY_REPORTS", address)
        warehouse = engine("cchc_ingest")
        sent = {}
        with Intake(warehouse, Landing(str(var / "landing"))) as intake:
            for number, given in enumerate(Offices(share=SHARE).deliveries(LAST, FIRST)):
                sent[intake.take(_delivery(given, number)).receipt_no] = given
        ingest("agency_reports", "submissions", FIRST, LAST)
        render_seeds()
        arguments = ["build", "--exclude-resource-type", "unit_test", "test"]
        assert run_dbt([*arguments, "--select", *MARTS], quiet=True) == 0
        with warehouse.connect() as connection:
            reports = list(connection.execute(text("select * from marts.fct_report")))
            counted = "select * from marts.fct_report_cell where is_counted"
            cells = list(connection.execute(text(counted)))
        warehouse.dispose()
    yield Played(sent, reports, cells)


def _delivery(given: Delivered, number: int) -> Delivery:
    morning = datetime.combine(given.day, time(7, 30), TIMEZONE)
    return Delivery(
        given.content,
        given.file_name,
        "archive",
        morning + timedelta(seconds=number),
        key=str(number),
        claimed_agency_code=given.agency_code,
        is_synthetic=True,
    )


def test_every_delivery_is_in_the_mart_once(played: Played) -> None:
    assert len(played.sent) > 20
    assert sorted(row.receipt_no for row in played.reports) == sorted(played.sent)


def test_no_figure_that_counts_is_another_than_its_office_meant(played: Played) -> None:
    wrong = []
    for cell in played.cells:
        given = played.sent[cell.receipt_no]
        meant = {a.field_code: Decimal(a.value) for a in given.expected.cells if a.kind == "number"}
        if cell.form_code != given.expected.form_code:
            wrong.append((cell.receipt_no, given.behaviour, cell.form_code))
        elif cell.cell_state == "nil" or cell.number_value is None:
            continue
        elif meant.get(cell.field_code) != cell.number_value:
            wrong.append((cell.receipt_no, given.behaviour, cell.field_code))
    assert wrong == []
    assert len(played.cells) > 40


def test_what_counts_stands_for_whom_it_is_meant(played: Played) -> None:
    for row in played.reports:
        expected = played.sent[row.receipt_no].expected
        if row.is_counted:
            assert expected.group not in ("hollow", "wrong_agency", "wrong_form", "unreadable")
            assert (row.agency_code, row.form_code) == (expected.agency_code, expected.form_code)


def test_every_report_as_it_should_be_counts_unless_a_later_one_does(played: Played) -> None:
    lost = [
        (row.receipt_no, row.state, row.hollow_kind, row.reason_code)
        for row in played.reports
        if played.sent[row.receipt_no].expected.group == "clean"
        and not (row.is_counted or row.superseded_by or row.repeats)
    ]
    assert lost == []
