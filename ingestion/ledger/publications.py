"""What agencies owed in budget publications, decided from ``marts.fct_publication``.

The marts know by which law and when a document was due and what came; here it only becomes cells.
The province's own documents make no cell: its key stands for the source as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ingestion.core.period import Kind, Period
from ingestion.ledger.cells import PROVINCE_KEY, Cell, Decision
from ingestion.ledger.wording import NOT_PUBLISHED, forms_missing, shadowed

SOURCE: Final = "budget_publications"

_KINDS: Mapping[str, tuple[Kind, int]] = {
    "quarter": ("quarter", 0),
    "half_year": ("half_year", 0),
    # The ledger knows no nine months: the cell is that of the quarter in which they end.
    "nine_months": ("quarter", 6),
    "year": ("year", 0),
}
"""By period of a publication: the ledger's kind, and the months from its start to the cell's."""

_IS_BUILT = text("select to_regclass('marts.fct_publication') is not null")
_DUE = text("""
    select
        agency_key, document_kind, period_type, period_start, anchor_on, due_on, is_published,
        document_count, missing_form_keys, state
    from marts.fct_publication
    where
        is_expected and agency_key > 0 and agency_key <> :province
        and due_on >= :first and due_on <= :last
        and state <> 'not_due'""")
_NOT_BROUGHT = text("""
    select period_start, outcome, cause, reason
    from ops.ledger
    where
        source = :source and resource = 'documents' and agency_key = :province
        and outcome in ('failed', 'missing')
    order by period_start""")


def publication_decisions(connection: Connection, first: date, last: date) -> dict[Cell, Decision]:
    """Cells of publications due between two days, both included; empty before there is a mart.

    What the source or we did not bring is not held against an agency: the cell takes the cause of
    the first window that failed, and stays undecided where no window is known to have failed.
    """
    if not connection.scalar(_IS_BUILT):
        return {}
    failed = connection.execute(_NOT_BROUGHT, {"source": SOURCE, "province": PROVINCE_KEY}).all()
    found: dict[Cell, Decision] = {}
    span = {"first": first, "last": last, "province": PROVINCE_KEY}
    for row in connection.execute(_DUE, span):
        if decision := _decision(row, failed):
            found[_cell(row)] = decision
    return found


def _cell(row: Row[Any]) -> Cell:
    kind, months = _KINDS[row.period_type]
    start: date = row.period_start
    period = Period(start.replace(month=start.month + months), kind)
    return Cell(SOURCE, row.document_kind, period, row.due_on, row.agency_key)


def _decision(row: Row[Any], failed: Sequence[Row[Any]]) -> Decision | None:
    if row.state == "incomplete":
        return Decision("missing", "agency", forms_missing(row.missing_form_keys or ""))
    if row.is_published:
        return Decision("accepted", row_count=row.document_count)
    if row.state == "missing":
        return Decision("missing", "agency", NOT_PUBLISHED, row_count=0)
    around = [item for item in failed if row.anchor_on <= item.period_start <= row.due_on]
    if row.state == "not_judged" and around:
        reason = shadowed(len(around), str(around[0].period_start), around[0].reason)
        return Decision(around[0].outcome, around[0].cause, reason)
    return None
