"""The receipt of a delivery: what came, what counts, and what has to be mended in which cell.

A receipt is made of what was registered and of the judgement that landing keeps, so it can be shown
again, the same, at any time. How it reads: package ``receipts``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingestion.sources.agency_reports.intake.delivery import DeliveryDoor, ReplyBy

ReceiptState = Literal["accepted", "partial", "refused"]


@dataclass(frozen=True)
class AcceptedCell:
    """A value that counts.

    Attributes:
        value_vi: as it was understood, written the Vietnamese way.
    """

    sheet: str
    cell: str
    label_vi: str
    value_vi: str


@dataclass(frozen=True)
class CellToMend:
    """A cell whose value does not count, and what to do about it.

    Attributes:
        sheet, cell: where it stands; empty where the file has no such cell.
        code: problem code, such as ``not_a_number``.
    """

    sheet: str
    cell: str
    label_vi: str
    sentence_vi: str
    code: str


@dataclass(frozen=True)
class Receipt:
    """The answer to one delivery.

    Attributes:
        receipt_no: ``BN-2026-000123``.
        state: ``accepted`` (complete), ``partial`` (what is good counts, the rest is to be mended)
            or ``refused`` (nothing counts).
        reason_vi: why it was refused; empty otherwise.
        agency_key: of whom the report is; None where the file does not tell.
        period_vi: such as ``quý III năm 2026``; empty where unknown.
        hollow_kind: ``empty``, ``zero`` or ``copied``: a hollow report is not on time.
        completeness: weight of accepted of asked fields, 0 to 1; None where nothing was asked.
        repeats: receipt number of the earlier delivery of the same file; this one changes nothing.
        supersedes: receipt number of the earlier report that this one replaces.
        counts_instead: receipt number of the report that counts instead of this one.
        warnings: sentences, such as that figures are those of the last period.
    """

    receipt_no: str
    submission_id: str
    received_at: datetime
    door: DeliveryDoor
    file_name: str
    sha256: str
    byte_count: int
    is_synthetic: bool
    reply_by: ReplyBy
    state: ReceiptState
    reason_code: str | None = None
    reason_vi: str = ""
    agency_key: int | None = None
    agency_code: str | None = None
    agency_name: str = ""
    form_code: str | None = None
    form_name: str = ""
    period_vi: str = ""
    hollow_kind: str | None = None
    asked_count: int = 0
    filled_count: int = 0
    completeness: float | None = None
    accepted: tuple[AcceptedCell, ...] = ()
    problems: tuple[CellToMend, ...] = ()
    warnings: tuple[str, ...] = ()
    repeats: str | None = None
    supersedes: str | None = None
    counts_instead: str | None = None
