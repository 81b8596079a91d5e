"""Who owes which agency report: by era, by office, by the day on which an office must exist."""

from __future__ import annotations

from collections import Counter
from datetime import date

from ingestion.core.period import Period
from ingestion.ledger.due import all_agencies, due_cells
from ingestion.ledger.obligations import read_obligations

CODES = {agency.key: agency.code for agency in all_agencies()}
KINDS = {agency.key: agency.kind for agency in all_agencies()}


def owed(resource: str, period: str) -> list[tuple[str, str]]:
    """Codes of the agencies that owe a form for a period, with the due day."""
    asked = [i for i in read_obligations() if (i.party, i.resource) == ("agency", resource)]
    whole = Period.parse(period)
    last = list(whole.days())[-1].start
    return [
        (CODES[cell.agency_key], cell.due_on.isoformat())
        for cell in due_cells(asked, all_agencies(), whole.start, last)
    ]


def kinds_that_owe(resource: str, period: str) -> Counter[str]:
    asked = [i for i in read_obligations() if (i.party, i.resource) == ("agency", resource)]
    whole = Period.parse(period)
    last = list(whole.days())[-1].start
    cells = due_cells(asked, all_agencies(), whole.start, last)
    return Counter(KINDS[cell.agency_key] for cell in cells)


def test_offices_of_the_last_day_report_on_the_reform() -> None:
    assert kinds_that_owe("reform_quarter", "2024-Q4") == {"department": 18, "district": 12}
    # Mộc Châu town follows its district on 2025-01-01; 13 departments are left from 2025-03-01.
    assert kinds_that_owe("reform_quarter", "2025-Q1") == {"department": 13, "district": 12}
    assert kinds_that_owe("reform_quarter", "2025-Q2") == {"department": 13, "district": 12}
    assert kinds_that_owe("reform_quarter", "2025-Q3") == {"department": 13, "commune": 75}


def test_trainings_of_2025_are_reported_by_the_communes_of_the_year_end() -> None:
    assert kinds_that_owe("training_year", "2024") == {"department": 18, "district": 12}
    assert kinds_that_owe("training_year", "2025") == {"department": 13, "commune": 75}


def test_only_the_paper_among_the_public_units_reports_on_tasks() -> None:
    owing = kinds_that_owe("plan_tasks_quarter", "2026-Q1")
    assert owing == {"department": 13, "commune": 75, "public_unit": 1}
    assert kinds_that_owe("plan_tasks_quarter", "2025-Q4") == {}


def test_the_heir_reports_what_is_due_after_a_merger() -> None:
    assert owed("enterprises_month", "2025-02") == [("SKHDT", "2025-03-10")]
    assert owed("enterprises_month", "2025-03") == [("STC", "2025-04-10")]
    assert [code for code, _ in owed("external_indices_year", "2023")] == ["SNV", "SKHDT", "STTTT"]
    assert [code for code, _ in owed("external_indices_year", "2024")] == ["SNV", "STC", "SKHCN"]
    # 60 days after the year 2024 are Saturday 2025-03-01: the new department exists by then.
    assert owed("satisfaction_year", "2024") == [("SNV", "2025-03-03")]


def test_who_exists_on_the_due_day_owes_what_it_never_saw_begin() -> None:
    assert owed("noncash_payments_year", "2025") == [("NHNNKV3", "2026-03-31")]
    assert owed("noncash_payments_year", "2024") == []


def test_some_forms_are_one_offices_alone() -> None:
    assert owed("legal_documents_quarter", "2021-Q1") == [("STP", "2021-04-15")]
    assert owed("data_governance_year", "2024") == []
    assert owed("data_governance_year", "2025") == [("SKHCN", "2026-01-30")]
    assert owed("apparatus_year", "2025") == [("SNV", "2026-01-30")]


def test_a_due_day_off_gives_way_to_the_next_working_day() -> None:
    [due] = {
        item.due_on(Period(date(2026, 1, 1), "month"))
        for item in read_obligations()
        if item.resource == "enterprises_month" and item.valid_to is None
    }
    assert due == date(2026, 2, 10)
    assert owed("legal_documents_quarter", "2022-Q3") == [("STP", "2022-10-17")]


def test_no_cell_is_due_twice() -> None:
    agencies = [i for i in read_obligations() if i.party == "agency"]
    cells = due_cells(agencies, all_agencies(), date(2021, 1, 1), date(2030, 12, 31))
    assert len({cell.address for cell in cells}) == len(cells) > 10_000
