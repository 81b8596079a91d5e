"""The steps of a run that a scheduler drives: small answers, JSON only.

The day that is still open is loaded again whenever something came. The first run after midnight
loads the day that ended once more: then it is closed, and what agencies owed can be judged.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from ingestion.core import environment
from ingestion.core.connection import read_connection
from ingestion.core.environment import TIMEZONE, ConfigurationError
from ingestion.core.errors import IngestionError
from ingestion.core.landing import Landing
from ingestion.core.log import mask
from ingestion.core.mail import MailServer, MailServerUnavailable
from ingestion.core.period import Period
from ingestion.core.run import ingest, require_accepted
from ingestion.ledger.obligations import period_of
from ingestion.sources.agency_reports.doors.archive import collect_archive
from ingestion.sources.agency_reports.doors.inbox import Inbox
from ingestion.sources.agency_reports.doors.mailbox import collect as collect_mails
from ingestion.sources.agency_reports.extractor import says_synthetic
from ingestion.sources.agency_reports.forms import SOURCE
from ingestion.sources.agency_reports.intake import Intake
from ingestion.sources.agency_reports.intake.register import RESOURCE
from ingestion.sources.agency_reports.receipts.sending import send_receipts
from ingestion.sources.agency_reports.settings import read_intake_settings

_MAILBOXES = ("imap", "imaps")

# Windows whose load is older than a judgement of theirs, or that were never loaded.
_CHANGED = text("""
    with loaded as (
        select period, max(loaded_at) as loaded_at from ops.load
        where source = :source and resource = :resource
        group by period
    ),

    judged as (
        select
            received_on,
            max(greatest(registered_at, judged_at)) as changed_at
        from ops.submission
        group by received_on
    )

    select judged.received_on, judged.changed_at, loaded.loaded_at
    from judged
    left join loaded on loaded.period in (
        to_char(judged.received_on, 'YYYY-MM-DD'), to_char(judged.received_on, 'YYYY-MM')
    )
    where loaded.loaded_at is null or loaded.loaded_at < judged.changed_at""")

_LOADED = text("""
    select period, max(loaded_at) as loaded_at from ops.load
    where source = :source and resource = :resource and period = any(:periods)
    group by period""")


def collect(first: date, last: date) -> dict[str, int]:
    """Take in what came through the doors, and send the receipts that are due.

    A door that fails does not keep the others shut, nor the receipts from going out.

    Args:
        first: first day of the run; the archive is looked into from some days before.
        last: last day.

    Returns:
        How many files each door gave, and how many receipts were sent.

    Raises:
        ConfigurationError: there is no connection; nothing can be judged without its form key.
        IngestionError: a door or the mail server failed; the message says which.
    """
    connection = read_connection(SOURCE)
    engine = environment.engine("cchc_ingest")
    landing_url = environment.landing_url()
    is_synthetic = says_synthetic(connection)
    counts: dict[str, int] = {}
    problems: list[str] = []
    try:
        with Intake(engine, Landing(landing_url)) as intake:
            inbox = Inbox(landing_url, intake, is_synthetic=is_synthetic)

            def archive() -> int:
                return sum(
                    collect_archive(landing_url, day, intake, is_synthetic=is_synthetic)
                    for day in _days(first, last)
                )

            def mails() -> int:
                return collect_mails(connection, intake, engine, own=_own_addresses()).taken

            steps: dict[str, Callable[[], int]] = {
                "inbox": lambda: len(inbox.collect()),
                "archive": archive,
                "finished": intake.finish_pending,
                "receipts": lambda: _send(engine, intake),
            }
            if connection.conn_type in _MAILBOXES:
                steps = {"mailbox": mails, **steps}
            for name, step in steps.items():
                try:
                    counts[name] = step()
                except (IngestionError, MailServerUnavailable, OSError) as error:
                    problems.append(f"{name}: {mask(str(error)) or type(error).__name__}")
    finally:
        engine.dispose()
    if problems:
        raise IngestionError("; ".join(problems))
    return counts


def windows(first: date, last: date) -> list[Period]:
    """Windows to be loaded now, in order.

    Args:
        first: first day of the run.
        last: last day of the run, itself perhaps still open.

    Returns:
        Windows in which something changed since they were loaded, and ended ones of the last days
        that were last loaded before they ended.
    """
    engine = environment.engine("cchc_ingest")
    touched = {_window(day) for day in _days(first, last)}
    ended = {window for window in touched if window and window.end <= last}
    names = {"source": SOURCE, "resource": RESOURCE}
    try:
        with engine.connect() as connection:
            changed = {_window(row.received_on) for row in connection.execute(_CHANGED, names)}
            loaded: dict[str, datetime] = {
                row.period: row.loaded_at
                for row in connection.execute(
                    _LOADED, {**names, "periods": [str(window) for window in ended]}
                )
            }
    finally:
        engine.dispose()
    closing = {
        window
        for window in ended
        if str(window) not in loaded or loaded[str(window)] < window.bounds(TIMEZONE)[1]
    }
    return sorted({window for window in changed if window} | closing)


def load(first: date, last: date, *, whole: bool = False) -> dict[str, Any]:
    """Load the windows that have to be loaded.

    Args:
        first: first day of the run.
        last: last day of the run.
        whole: every window that ends between the two days instead.

    Returns:
        ``windows`` that were loaded, ``rows`` and ``span``: first and last day that changed; the
        span is empty when nothing had to be loaded.

    Raises:
        DataRefused, IngestionError: a window was not accepted.
    """
    if whole:
        summaries = ingest(SOURCE, RESOURCE, first, last)
        chosen = [Period.parse(summary.period) for summary in summaries]
    else:
        chosen = windows(first, last)
        summaries = []
        if chosen:
            ends = [window.end - timedelta(days=1) for window in chosen]
            summaries = ingest(SOURCE, RESOURCE, min(ends), max(ends), only=chosen)
    require_accepted(summaries)
    span = []
    if chosen:
        span = [chosen[0].start.isoformat(), (chosen[-1].end - timedelta(days=1)).isoformat()]
    return {
        "windows": [str(window) for window in chosen],
        "rows": sum(summary.row_count for summary in summaries),
        "span": span,
    }


def _days(first: date, last: date) -> list[date]:
    """The days of a run and those that it looks back on."""
    since = first - timedelta(days=read_intake_settings().look_back_days)
    return [since + timedelta(days=n) for n in range((last - since).days + 1)]


def _window(day: date) -> Period | None:
    return period_of(SOURCE, RESOURCE, day)


def _own_addresses() -> list[str]:
    """Where our own mails come from; what is sent from there is no report."""
    try:
        return [MailServer(read_connection("smtp_default")).sender]
    except ConfigurationError:
        return []


def _send(engine: Engine, intake: Intake) -> int:
    """Send receipts; without a mail server they wait."""
    try:
        server = MailServer(read_connection("smtp_default"))
    except ConfigurationError:
        return 0
    sent = send_receipts(engine, intake.receipt, server)
    if sent.undeliverable:
        raise IngestionError(f"no address takes the receipts {', '.join(sent.undeliverable)}")
    return len(sent.told)
