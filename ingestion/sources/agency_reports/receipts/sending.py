"""Sending receipts by mail: at least once to the server, one receipt per delivery, none lost.

A receipt stays due until the server took it. After a crash between the server's yes and our note of
it the same mail goes out again, with the same Message-ID, so that it is shown once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy import Connection, Engine, text

from ingestion.core.contacts import ContactBook
from ingestion.core.log import event, quote_foreign
from ingestion.core.mail import MailPolicy, MailRefused, MailServer
from ingestion.core.outcome import Outcome, write_outcome
from ingestion.core.wording import one_line
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.forms import SOURCE
from ingestion.sources.agency_reports.intake import register
from ingestion.sources.agency_reports.intake.receipt import Receipt
from ingestion.sources.agency_reports.intake.register import Registered
from ingestion.sources.agency_reports.receipts.rendering import as_html, as_text, subject

logger = logging.getLogger(__name__)

# The contact book is a seed: before the first build there is none.
_HAS_CONTACTS = text("""
    select
        to_regclass('reference.agency_contacts') is not null
        and to_regclass('marts.dim_agency') is not null""")


@dataclass
class Sent:
    """What became of the receipts that were due.

    Attributes:
        told: receipt numbers that the server took.
        waiting: refused for now; tried again by the next run.
        undeliverable: refused for good at every address; a matter for operators.
    """

    told: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    undeliverable: list[str] = field(default_factory=list)


def send_receipts(
    engine: Engine, receipt_of: Callable[[str], Receipt | None], server: MailServer
) -> Sent:
    """Send every receipt that is due by mail, oldest first.

    Args:
        engine: the warehouse, as ``cchc_ingest``.
        receipt_of: gives the receipt of a number, such as `Intake.receipt`.
        server: takes the mails.

    Raises:
        MailServerUnavailable: the server is down; the receipts that are left stay due.
    """
    sent = Sent()
    while _send_next(engine, receipt_of, server, sent):
        pass
    return sent


def make_message(receipt: Receipt, due: Registered, sender: str, recipient: str) -> EmailMessage:
    """The receipt as a mail that answers the delivery's."""
    message = EmailMessage(MailPolicy())
    message["Subject"] = subject(receipt)
    message["From"] = sender
    message["To"] = recipient
    message["Date"] = format_datetime(receipt.received_at)
    message["Message-ID"] = f"<receipt.{receipt.receipt_no}@{sender.rpartition('@')[2]}>"
    if due.reply_thread and (thread := _message_id(due.reply_thread)):
        message["In-Reply-To"] = thread
        message["References"] = thread
    message["Auto-Submitted"] = "auto-replied"
    message["X-CCHC-Receipt"] = receipt.receipt_no
    message["X-CCHC-State"] = receipt.state
    message["X-CCHC-Synthetic"] = "true" if receipt.is_synthetic else "false"
    message.set_content(as_text(receipt))
    message.add_alternative(as_html(receipt), subtype="html")
    message["Content-Language"] = "vi"  # before the parts it would have become the first one's
    return message


def _send_next(
    engine: Engine, receipt_of: Callable[[str], Receipt | None], server: MailServer, sent: Sent
) -> bool:
    """Send one receipt; False when none is due any more."""
    with engine.begin() as connection:
        passed = [*sent.told, *sent.waiting, *sent.undeliverable]
        due = register.due_by_mail(connection, passed)
        if due is None:
            return False
        receipt = receipt_of(due.receipt_no)
        if receipt is None:
            sent.waiting.append(due.receipt_no)
            return True
        refusals: list[str] = []
        is_final = True
        for address in _addresses(connection, due):
            try:
                server.send(make_message(receipt, due, server.sender, address), address)
            except MailRefused as refusal:
                refusals.append(quote_foreign(str(refusal)))
                is_final = refusal.is_permanent
                if is_final:
                    continue
                break
            register.settle_receipt(connection, due.receipt_no, "told")
            sent.told.append(due.receipt_no)
            return True
        if is_final:
            register.settle_receipt(connection, due.receipt_no, "undeliverable")
            sent.undeliverable.append(due.receipt_no)
        else:
            sent.waiting.append(due.receipt_no)
    event(logger, "receipt not taken", level=logging.WARNING, receipt=due.receipt_no, why=refusals)
    if is_final:
        _tell_operators(engine, due, refusals)
    return True


def _addresses(connection: Connection, due: Registered) -> list[str]:
    """Where the receipt goes: back to the sender, else to the agency's other contacts."""
    others: list[str] = []
    codes = (due.agency_code, due.claimed_agency_code)
    agency = next(
        (a for a in all_agencies() if a.code in codes and a.is_valid_on(due.received_on)), None
    )
    if agency and connection.execute(_HAS_CONTACTS).scalar_one():
        others = ContactBook(connection, due.received_on).addresses(agency.key)
    return list(dict.fromkeys(filter(None, [due.reply_to, *others])))


def _tell_operators(engine: Engine, due: Registered, refusals: list[str]) -> None:
    outcome = Outcome(
        "notify",
        SOURCE,
        register.RESOURCE,
        due.received_on.isoformat(),
        state="failed",
        cause="ours",
        message=f"receipt {due.receipt_no}: no address takes it: {'; '.join(refusals)}",
    )
    write_outcome(engine, outcome)


def _message_id(text: str) -> str:
    """A Message-ID of another's mail, fit for a header of ours; empty when it is none."""
    plain = one_line(text)
    return plain if plain.startswith("<") and plain.endswith(">") and " " not in plain else ""
