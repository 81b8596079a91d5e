"""Deliveries through the intake: receipts, repeats, corrections, files that cannot be read."""

from __future__ import annotations

from tests.fixtures.reports.clerk import filled
from tests.fixtures.reports.plugin import Desk


def test_a_whole_report_is_accepted_and_its_receipt_says_what_was_read(report_desk: Desk) -> None:
    receipt = report_desk.take(filled(), claimed_agency_code="SNV")
    assert (receipt.state, receipt.problems, receipt.agency_code) == ("accepted", (), "SNV")
