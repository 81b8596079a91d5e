"""The offices' reports in the demo: most were filed on paper, the newest come by mail."""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache

from ingestion.embedded import processes
from ingestion.embedded.processes import ServiceError
from ingestion.ledger.obligations import reference_folder
from sandbox.budget.drop import local_landing
from sandbox.demo.services import MAILBOX
from sandbox.mailbox.delivery import deliver, report_mail
from sandbox.mailbox.server import USER
from sandbox.reports.drop import drop_reports
from sandbox.reports.offices import Delivered, Offices

_MOST_MAILS = 5


def bring(offices: Offices, first: dt.date, until: dt.date) -> tuple[int, int]:
    """Bring what offices sent in a span of days; what came on the last such day comes by mail, now.

    Args:
        offices: who reports.
        first: earliest day of receipt.
        until: latest day of receipt.

    Returns:
        Files that were filed, and mails that wait in the mailbox.

    Raises:
        ServiceError: the mailbox does not run.
    """
    last = max((sending.day for sending in offices.sendings(until, first)), default=until)
    filed = drop_reports(offices, local_landing(), first, last - dt.timedelta(days=1))
    newest = [item for item in offices.deliveries(last, last) if _address(item)][:_MOST_MAILS]
    return len(filed), _send(newest)


def _send(items: list[Delivered]) -> int:
    service = processes.find(MAILBOX)
    if service is None:
        raise ServiceError(f"{MAILBOX} does not run")
    now = dt.datetime.now(dt.UTC)
    mails = [
        report_mail(_address(item), {item.file_name: item.content}, now + dt.timedelta(seconds=n))
        for n, item in enumerate(items)
    ]
    return deliver(mails, int(service.notes["port"]), USER, service.notes["password"])


def _address(item: Delivered) -> str:
    """The officer's address of the agency that sends; empty where the contact book has none."""
    return _officers().get(item.agency_code or "", "")


@cache
def _officers() -> dict[str, str]:
    """Officers' addresses of today by agency code."""
    folder = reference_folder()
    with (folder / "agencies.csv").open(encoding="utf-8", newline="") as lines:
        codes = {
            row["agency_key"]: row["agency_code"]
            for row in csv.DictReader(lines)
            if not row["valid_to"]
        }
    with (folder / "agency_contacts.csv").open(encoding="utf-8", newline="") as lines:
        return {
            codes[row["agency_key"]]: row["email"]
            for row in csv.DictReader(lines)
            if row["role"] == "officer" and not row["valid_to"] and row["agency_key"] in codes
        }
