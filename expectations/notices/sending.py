"""Send the day's digests, each at most once however often it is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import Connection, Engine, text

from expectations import ROLE
from expectations.check import data_as_of
from expectations.findings import OpenFinding, open_findings, record_ids
from expectations.notices.digest import Digest, make_digest, make_message, message_id
from expectations.notices.reminders import Reminder, find_reminders, record_told
from expectations.registry import load_rules
from ingestion.backfill.orders import read_orders
from ingestion.core.connection import read_connection
from ingestion.core.contacts import ContactBook
from ingestion.core.environment import engine
from ingestion.core.log import quote_foreign
from ingestion.core.mail import MailRefused, MailServer
from ingestion.core.outcome import Outcome, recorded_step

LOOKBACK_MONTHS = 3
"""An agency is told of findings of this and the months before, this many in all. Of periods that
were back-filled (``ingestion/backfills/*.yml``) it is never told, however near they lie: those
findings stay in ``ops.finding`` as history, for no desk can mend its year 2021. What is wrong today
is told until it is mended, whenever it began."""


class DigestSummary(TypedDict):
    """What a run did; plain values only, so that it may travel as JSON."""

    on: str
    digests: int
    sent: int
    already_sent: int
    failed: int
    unroutable: list[str]
    for_operators: int
    subjects: list[str]


class DigestsUndelivered(RuntimeError):
    """Some agencies were not reached; the message names how many and which have no address."""


def require_delivered(summary: DigestSummary) -> DigestSummary:
    """Give the summary back, or raise for callers (DAG tasks) that must fail then.

    Raises:
        DigestsUndelivered: a digest was refused or has no address to go to.
    """
    if summary["failed"] or summary["unroutable"]:
        without = ", ".join(summary["unroutable"]) or "none"
        raise DigestsUndelivered(
            f"{summary['failed']} digests were refused; agencies without an address: {without}. "
            "ops.notice and ops.outcome say why; mend agency_contacts.csv, then run it again."
        )
    return summary


def send_digests(on: date, *, dry_run: bool = False) -> DigestSummary:
    """Send every agency with open findings or reports due its digest of a day.

    A digest that was sent is never sent again; one that failed is tried again by the next run.
    An agency without a usable address, and findings of no known agency, are left to operators in
    ``ops.outcome``.

    Args:
        on: the day of the digest.
        dry_run: make the digests, send and record nothing.

    Raises:
        MailServerUnavailable: the mail server is down; nothing is marked as sent.
        ConfigurationError: there is no connection ``smtp_default``.
    """
    warehouse = engine(ROLE)
    outcome = Outcome("notify", source="tthc", resource="dossiers", period=on.isoformat())
    try:
        if dry_run:
            return _send_all(warehouse, None, on, outcome)
        with recorded_step(warehouse, outcome):
            server = MailServer(read_connection("smtp_default"))
            return _send_all(warehouse, server, on, outcome)
    finally:
        warehouse.dispose()


def _send_all(
    warehouse: Engine, server: MailServer | None, on: date, outcome: Outcome
) -> DigestSummary:
    """Send the digests, or only make them where there is no server; tell the outcome about it."""
    with warehouse.connect() as connection:
        told, for_operators = _by_agency(connection, on)
        contacts = ContactBook(connection, on)
        digests = _digests(connection, told, find_reminders(connection, on), on)
    summary: DigestSummary = {
        "on": on.isoformat(),
        "digests": len(digests),
        "sent": 0,
        "already_sent": 0,
        "failed": 0,
        "unroutable": [],
        "for_operators": for_operators,
        "subjects": [digest.subject for digest in digests],
    }
    problems: list[str] = []
    for digest in digests:
        addresses = contacts.addresses(digest.agency_key)
        if not addresses:
            summary["unroutable"].append(digest.agency_code)
            problems.append(f"{digest.agency_code}: no usable address")
        elif server is not None:
            _send_one(warehouse, server, digest, addresses, summary, problems)
    if summary["failed"] or summary["unroutable"]:
        outcome.state, outcome.cause = "failed", "ours"
    outcome.message = "; ".join(problems) or None
    outcome.details.update({key: value for key, value in summary.items() if key != "subjects"})
    return summary


def _by_agency(connection: Connection, on: date) -> tuple[dict[int, list[OpenFinding]], int]:
    """Open findings by agency, and how many are the operators' (no agency's own key).

    Raises:
        BackfillRefused: a back-fill's file is not valid, so nobody knows what may be told.
    """
    months = on.year * 12 + on.month - LOOKBACK_MONTHS
    since = date(months // 12, months % 12 + 1, 1)
    backfills = read_orders()
    lasting = {rule.id for rule in load_rules() if rule.scope == "as_of"}
    told: dict[int, list[OpenFinding]] = defaultdict(list)
    for finding in open_findings(connection, since=since):
        if finding["rule_id"] in lasting or not any(
            backfill.covers(finding["period_start"]) for backfill in backfills
        ):
            told[finding["agency_key"]].append(finding)
    for_operators = sum(len(found) for key, found in told.items() if key <= 0)
    return {key: found for key, found in told.items() if key > 0}, for_operators


def _digests(
    connection: Connection,
    told: dict[int, list[OpenFinding]],
    reminders: dict[int, list[Reminder]],
    on: date,
) -> Sequence[Digest]:
    if not told and not reminders:
        return []
    rules = {rule.id: rule for rule in load_rules()}
    as_of = data_as_of(connection) if told else {}
    is_synthetic = bool(
        connection.execute(text("select bool_or(is_synthetic) from ops.load")).scalar_one()
    )
    last_told: dict[int, datetime] = {
        row.agency_key: row.sent_at
        for row in connection.execute(
            text(
                "select agency_key, max(sent_at) as sent_at from ops.notice "
                "where state = 'sent' and digest_on < :on group by agency_key"
            ),
            {"on": on},
        )
    }
    return [
        make_digest(
            told.get(agency_key, ()),
            rules,
            lambda evidence, limit: record_ids(connection, evidence, limit),
            on=on,
            as_of=as_of,
            is_synthetic=is_synthetic,
            last_told_at=last_told.get(agency_key),
            reminders=reminders.get(agency_key, ()),
        )
        for agency_key in sorted(told.keys() | reminders.keys())
    ]


# The row is claimed in the transaction in which the mail is sent: a second run waits for the first
# one's claim and then finds it taken; a crash in between takes the claim back.
_CLAIM = text("""
    insert into ops.notice (
        agency_key, digest_on, recipient, subject, message_id, finding_count, state
    ) values (:agency_key, :on, :recipient, :subject, :message_id, :finding_count, 'sent')
    on conflict (agency_key, digest_on) do update set
        recipient = excluded.recipient,
        subject = excluded.subject,
        finding_count = excluded.finding_count,
        state = 'sent',
        error = null,
        sent_at = now()
    where notice.state = 'failed'
    returning notice_id
""")

_SETTLE = text("""
    update ops.notice set recipient = :recipient, state = :state, error = :error
    where notice_id = :notice_id
""")


def _send_one(
    warehouse: Engine,
    server: MailServer,
    digest: Digest,
    addresses: Sequence[str],
    summary: DigestSummary,
    problems: list[str],
) -> None:
    with warehouse.begin() as connection:
        notice_id = connection.execute(
            _CLAIM,
            {
                "agency_key": digest.agency_key,
                "on": digest.on,
                "recipient": addresses[0],
                "subject": digest.subject,
                "message_id": message_id(digest, server.sender),
                "finding_count": digest.total,
            },
        ).scalar_one_or_none()
        if notice_id is None:
            summary["already_sent"] += 1
            return
        refusals: list[str] = []
        recipient = _first_taken(server, digest, addresses, refusals)
        connection.execute(
            _SETTLE,
            {
                "notice_id": notice_id,
                "recipient": recipient or addresses[0],
                "state": "sent" if recipient else "failed",
                "error": "; ".join(refusals) or None,
            },
        )
        if recipient:
            record_told(connection, digest.reminders, digest.on)
        summary["sent" if recipient else "failed"] += 1
        problems += [f"{digest.agency_code}: {refusal}" for refusal in refusals]


def _first_taken(
    server: MailServer, digest: Digest, addresses: Sequence[str], refusals: list[str]
) -> str | None:
    """Send to the first address that the server takes; a later one only after a final refusal."""
    for address in addresses:
        try:
            server.send(make_message(digest, server.sender, address), address)
            return address
        except MailRefused as error:
            refusals.append(quote_foreign(str(error)))
            if not error.is_permanent:
                return None
    return None
