"""What the offices believe they owe is what the obligations say they owe."""

from __future__ import annotations

import datetime as dt

from ingestion.ledger.due import all_agencies, due_cells
from ingestion.ledger.obligations import read_obligations
from ingestion.sources.agency_reports.forms import read_forms
from sandbox.reports.owed import owed_reports

FIRST, UNTIL = dt.date(2021, 1, 1), dt.date(2027, 12, 31)


def test_offices_owe_what_the_obligations_ask_on_the_same_day() -> None:
    asked = [
        obligation
        for obligation in read_obligations()
        if obligation.source == "agency_reports" and obligation.party == "agency"
    ]
    forms = {form.resource: form.code for form in read_forms().all}
    due = {
        (cell.agency_key, forms[cell.resource], str(cell.period), cell.due_on)
        for cell in due_cells(asked, all_agencies(), FIRST, UNTIL)
    }
    owed = {
        (owed.office.key, owed.form_code, str(owed.period), owed.due_on)
        for owed in owed_reports(FIRST, UNTIL)
    }

    assert len(owed) > 1_500
    assert owed == due
