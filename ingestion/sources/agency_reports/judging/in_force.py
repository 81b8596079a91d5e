"""The law as the repository's seeds and forms have it."""

from __future__ import annotations

from functools import cache

from ingestion.catalogue.agencies import read_succession
from ingestion.ledger.due import all_agencies
from ingestion.ledger.obligations import read_obligations, reference_folder
from ingestion.sources.agency_reports.forms import SOURCE, read_forms
from ingestion.sources.agency_reports.identity import FormKey
from ingestion.sources.agency_reports.judging.judge import Law
from ingestion.sources.agency_reports.plan_tasks import read_plan_tasks


@cache
def law_in_force(key: FormKey) -> Law:
    """Forms, agencies, obligations and tasks as they are kept beside the code.

    Args:
        key: from `identity.read_form_key`.

    Raises:
        ConfigurationError: one of them does not hold together.
    """
    obligations = tuple(
        item for item in read_obligations() if item.source == SOURCE and item.party == "agency"
    )
    succession = tuple(read_succession(reference_folder() / "agency_succession.csv"))
    return Law(read_forms(), all_agencies(), succession, obligations, read_plan_tasks(), key)
