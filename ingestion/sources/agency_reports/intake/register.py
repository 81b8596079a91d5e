"""``ops.submission``: what was delivered, and what became of it.

Every step is one short transaction that can be repeated. Deliveries of the same report take turns
under an advisory lock, so that of two that come at once one sees the other.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, text

from ingestion.core.environment import TIMEZONE
from ingestion.core.landing import LandedFile, manifest_fields
from ingestion.core.period import Kind
from ingestion.ledger.obligations import period_of
from ingestion.sources.agency_reports.doors.names import plain_name
from ingestion.sources.agency_reports.forms import SOURCE
from ingestion.sources.agency_reports.intake.delivery import Delivery, DeliveryDoor, ReplyBy

RESOURCE = "submissions"

_NOTHING = hashlib.sha256(b"").hexdigest()
_NAMESPACE = uuid.UUID("8a4b7f0e-52f2-5d0a-9d43-6f1f1c1b9a60")

_COLUMNS = """
    submission_id, receipt_no, door, received_at, received_on, claimed_agency_code, reply_by,
    reply_to, reply_thread, file_name, file_sha256, byte_count, is_synthetic, repeats, state,
    agency_key, agency_code, form_code, form_version, period_type, period_start, hollow_kind,
    reason_code, judgement_path, judged_with, receipt_state"""

_PENDING = "and state = 'received'"

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")

_NUMBER = text("select nextval('ops.receipt_no_seq')")

_INSERT = text("""
    insert into ops.submission (
        submission_id, receipt_no, door, received_at, received_on, claimed_agency_code, reply_by,
        reply_to, reply_thread, file_name, file_sha256, byte_count, is_synthetic, reason_code,
        receipt_state
    ) values (
        :submission_id, :receipt_no, :door, :received_at, :received_on, :claimed_agency_code,
        :reply_by, :reply_to, :reply_thread, :file_name, :file_sha256, :byte_count, :is_synthetic,
        :reason_code, :receipt_state
    )""")

_MANIFEST = text("""
    insert into ops.manifest (
        extract_id, ordinal, source, resource, period, origin, is_synthetic, landing_path, sha256,
        byte_count, row_count, source_url
    ) values (
        :extract_id, 1, :source, :resource, :period, :origin, :is_synthetic, :landing_path,
        :sha256, :byte_count, :row_count, :source_url
    )""")

_JUDGED = text("""
    update ops.submission set
        state = :state,
        agency_key = :agency_key,
        agency_code = :agency_code,
        form_code = :form_code,
        form_version = :form_version,
        period_type = :period_type,
        period_start = :period_start,
        hollow_kind = :hollow_kind,
        reason_code = :reason_code,
        judgement_path = :judgement_path,
        judged_with = :judged_with,
        judged_at = now()
    where submission_id = :submission_id""")

# The same file of the same report is one report, however often it is sent: the first counts.
_REPEATS = text("""
    with same_file as (
        select
            submission_id,
            first_value(submission_id) over (
                partition by agency_key, form_code, period_start, reason_code
                order by received_at, receipt_no
            ) as first_id
        from ops.submission
        where file_sha256 = :file_sha256 and state <> 'received'
    )
    update ops.submission as known
    set repeats = nullif(same_file.first_id, same_file.submission_id)
    from same_file
    where
        known.submission_id = same_file.submission_id
        and known.repeats is distinct from nullif(same_file.first_id, same_file.submission_id)""")

_STANDING = text(f"""
    select {_COLUMNS}
    from ops.submission
    where
        agency_key = :agency_key and form_code = :form_code and period_start = :period_start
        and period_type = :period_type and state in ('accepted', 'partial') and repeats is null
        and (received_at, receipt_no) < (:received_at, :receipt_no)
    order by case when hollow_kind is null then 0 else 1 end, received_at desc, receipt_no desc
    limit 1""")  # noqa: S608 - names of our own

_OF_OTHERS = text(f"""
    select distinct on (agency_key) {_COLUMNS}
    from ops.submission
    where
        agency_key <> :agency_key and form_code = :form_code and period_start = :period_start
        and period_type = :period_type and state in ('accepted', 'partial') and repeats is null
        and (received_at, receipt_no) < (:received_at, :receipt_no)
    order by agency_key asc, received_at desc, receipt_no desc""")  # noqa: S608


@dataclass(frozen=True)
class Registered:
    """A row of ``ops.submission``."""

    submission_id: str
    receipt_no: str
    door: DeliveryDoor
    received_at: datetime
    received_on: date
    claimed_agency_code: str | None
    reply_by: ReplyBy
    reply_to: str | None
    reply_thread: str | None
    file_name: str
    file_sha256: str
    byte_count: int
    is_synthetic: bool
    repeats: str | None
    state: Literal["received", "accepted", "partial", "refused"]
    agency_key: int | None
    agency_code: str | None
    form_code: str | None
    form_version: int | None
    period_type: Kind | None
    period_start: date | None
    hollow_kind: str | None
    reason_code: str | None
    judgement_path: str | None
    judged_with: str | None
    receipt_state: str

    @property
    def is_judged(self) -> bool:
        """Whether it is known what became of it."""
        return self.state != "received"

    @property
    def was_read(self) -> bool:
        """Whether a reader refused the file: it has a reason of the same name as a door's."""
        return self.reason_code == "file_too_large" and self.file_sha256 != _NOTHING


def register(engine: Engine, delivery: Delivery, kept: LandedFile) -> Registered:
    """Give a delivery its receipt number and enter its file into the manifest, once.

    Args:
        engine: the warehouse, as ``cchc_ingest``.
        delivery: what came.
        kept: its file in landing.
    """
    with engine.begin() as connection:
        lock(connection, delivery.submission_id)
        known = _one(connection, "submission_id = :value", delivery.submission_id)
        if known is not None:
            return known
        number: int = connection.execute(_NUMBER).scalar_one()
        period = period_of(SOURCE, RESOURCE, delivery.received_on) or delivery.received_on
        connection.execute(
            _INSERT,
            {
                "submission_id": delivery.submission_id,
                "receipt_no": f"BN-{delivery.received_on.year}-{number:06d}",
                "door": delivery.door,
                "received_at": delivery.received_at,
                "received_on": delivery.received_on,
                "claimed_agency_code": delivery.claimed_agency_code,
                "reply_by": delivery.reply_by,
                "reply_to": delivery.reply_to,
                "reply_thread": delivery.reply_thread,
                "file_name": plain_name(delivery.file_name),
                "file_sha256": kept.sha256,
                "byte_count": delivery.byte_count,
                "is_synthetic": delivery.is_synthetic,
                "reason_code": delivery.refused_with,
                "receipt_state": "none" if delivery.reply_by == "none" else "due",
            },
        )
        connection.execute(
            _MANIFEST,
            {
                "extract_id": uuid.uuid5(_NAMESPACE, delivery.submission_id),
                "source": SOURCE,
                "resource": RESOURCE,
                "period": str(period),
                "origin": delivery.door,
                "is_synthetic": delivery.is_synthetic,
                "source_url": f"{delivery.door}:{delivery.submission_id}",
                **manifest_fields(kept),
            },
        )
        registered = _one(connection, "submission_id = :value", delivery.submission_id)
    assert registered is not None  # noqa: S101 - inserted in this transaction
    return registered


def store_judged(
    engine: Engine, registered: Registered, found: Mapping[str, Any], path: str
) -> Registered:
    """Enter what became of a delivery, and which deliveries of one file repeat each other.

    Args:
        engine: the warehouse, as ``cchc_ingest``.
        registered: the delivery.
        found: columns by name: what the judgement says of the file as a whole.
        path: where landing keeps the judgement.
    """
    with engine.begin() as connection:
        lock(connection, registered.file_sha256)
        connection.execute(
            _JUDGED,
            {**found, "submission_id": registered.submission_id, "judgement_path": path},
        )
        if registered.file_sha256 != _NOTHING:
            connection.execute(_REPEATS, {"file_sha256": registered.file_sha256})
        judged = _one(connection, "submission_id = :value", registered.submission_id)
    assert judged is not None  # noqa: S101 - rows of ops.submission are never deleted
    return judged


def by_receipt_no(engine: Engine, receipt_no: str) -> Registered | None:
    """The delivery with a receipt number; None where there is none."""
    with engine.connect() as connection:
        return _one(connection, "receipt_no = :value", receipt_no)


def by_id(engine: Engine, submission_id: str) -> Registered | None:
    """The delivery with an identity; None where there is none."""
    with engine.connect() as connection:
        return _one(connection, "submission_id = :value", submission_id)


def received(
    engine: Engine, first: date, last: date, *, only_pending: bool = False
) -> list[Registered]:
    """Deliveries received between two local days, both included, in order of receipt.

    Args:
        engine: the warehouse.
        first: first day.
        last: last day.
        only_pending: only those that are not judged yet.
    """
    statement = f"""
        select {_COLUMNS}
        from ops.submission
        where received_on between :first and :last {_PENDING if only_pending else ""}
        order by received_at, receipt_no"""  # noqa: S608 - names of our own
    with engine.connect() as connection:
        rows = connection.execute(text(statement), {"first": first, "last": last}).all()
    return [_of(row) for row in rows]


def standing_before(engine: Engine, judged: Registered) -> Registered | None:
    """The report that counted for agency, form and period when this delivery came."""
    with engine.connect() as connection:
        row = connection.execute(_STANDING, _about(judged, judged.period_start)).first()
    return None if row is None else _of(row)


def standing_for_period(
    engine: Engine, judged: Registered, period_start: date
) -> Registered | None:
    """The agency's report of another period that counted when this delivery came."""
    with engine.connect() as connection:
        row = connection.execute(_STANDING, _about(judged, period_start)).first()
    return None if row is None else _of(row)


def standing_of_others(engine: Engine, judged: Registered) -> list[Registered]:
    """Reports of other agencies for the same form and period, one each, when this one came."""
    with engine.connect() as connection:
        rows = connection.execute(_OF_OTHERS, _about(judged, judged.period_start)).all()
    return [_of(row) for row in rows]


def note_hollow(engine: Engine, registered: Registered, hollow_kind: str) -> None:
    """Note that a report is hollow beside others: its figures are copied."""
    with engine.begin() as connection:
        connection.execute(
            text("update ops.submission set hollow_kind = :kind where submission_id = :id"),
            {"id": registered.submission_id, "kind": hollow_kind},
        )


def note_told(engine: Engine, receipt_no: str, state: str = "told") -> None:
    """Note that a receipt was handed over, or could not be."""
    with engine.begin() as connection:
        settle_receipt(connection, receipt_no, state)


def settle_receipt(connection: Connection, receipt_no: str, state: str) -> None:
    """The same within a transaction."""
    connection.execute(
        text("""
            update ops.submission set
                receipt_state = :state,
                receipt_told_at = case when :state = 'told' then now() end
            where receipt_no = :receipt_no"""),
        {"receipt_no": receipt_no, "state": state},
    )


def due_by_mail(connection: Connection, passed: Sequence[str]) -> Registered | None:
    """The oldest receipt to be mailed, locked; nobody else is given it meanwhile.

    Args:
        connection: in a transaction.
        passed: receipt numbers that were tried already.
    """
    row = connection.execute(
        text(f"""
            select {_COLUMNS}
            from ops.submission
            where
                receipt_state = 'due' and reply_by = 'mail' and state <> 'received'
                and not (receipt_no = any(:passed))
            order by received_at, receipt_no
            limit 1
            for update skip locked"""),  # noqa: S608 - names of our own
        {"passed": list(passed)},
    ).first()
    return None if row is None else _of(row)


def lock(connection: Connection, name: str) -> None:
    """Take turns on a name until the transaction ends."""
    connection.execute(_LOCK, {"name": f"{SOURCE}/{name}"})


def _about(judged: Registered, period_start: date | None) -> dict[str, Any]:
    return {
        "agency_key": judged.agency_key,
        "form_code": judged.form_code,
        "period_type": judged.period_type,
        "period_start": period_start,
        "received_at": judged.received_at,
        "receipt_no": judged.receipt_no,
    }


def _one(connection: Connection, condition: str, value: str) -> Registered | None:
    statement = f"select {_COLUMNS} from ops.submission where {condition}"  # noqa: S608
    row = connection.execute(text(statement), {"value": value}).first()
    return None if row is None else _of(row)


def _of(row: Row[Any]) -> Registered:
    given = dict(row._mapping)
    return Registered(**{**given, "received_at": given["received_at"].astimezone(TIMEZONE)})
