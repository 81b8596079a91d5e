"""Find agency data that is missing, implausible or gamed.

**Purpose.** Decide in the ledger what each agency owed and sent, then run the rule engine and Great
Expectations over raw data and marts. A finding is about an agency's data, never about our tasks,
and never stops anything.

**Inputs.** Asset `marts/indicators`; schemas `raw`, `marts`, `ops`; `expectations/rules.yml`.

**Outputs.** The agencies' cells of `ops.ledger`; `ops.finding` (new, seen again, cleared); the
marts that show both, built again; then assets `ops/findings` and `marts/findings`.

**If it fails.** It is our fault or the database's: the log names the rule. Findings of the last
good run stay as they are; nothing is checked against a ledger that could not be settled. Mend, then
clear the task.

**Back-fill.** Each run judges the months that changed and three before them. For others, trigger it
with `first_month` and `last_month`, or call `cchc ledger settle --from 2026-01-01 --to 2026-11-30`
and `cchc check --from 2026-01 --to 2026-11`.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from airflow.sdk import dag, get_current_context, task

from dags.shared.assets import FINDINGS, INDICATORS, SHOWN
from dags.shared.days import months_of, span_params
from dags.shared.defaults import DEFAULT_ARGS, Tag


@dag(
    schedule=[INDICATORS],
    max_active_runs=1,  # findings are compared with those of the run before
    params=span_params("month", otherwise="the months that changed"),
    default_args=DEFAULT_ARGS,
    tags=[Tag.AGENCIES],
    doc_md=__doc__,
)
def check_agency_data() -> None:
    """Settle, then one task for all rules, which share what they read; then the marts."""

    @task
    def settle() -> Mapping[str, Any]:
        """Decide the agencies' cells: a report that came must not be found missing."""
        from ingestion.core.environment import engine
        from ingestion.ledger.settle import settle as settle_ledger

        warehouse = engine("cchc_ingest")
        try:
            return asdict(settle_ledger(warehouse, *months_of(get_current_context(), INDICATORS)))
        finally:
            warehouse.dispose()

    @task
    def check() -> Mapping[str, Any]:
        """Run every rule and store what it finds."""
        from expectations.check import run_checks

        return run_checks(*months_of(get_current_context(), INDICATORS))

    @task(outlets=[FINDINGS, SHOWN])
    def show() -> None:
        """Build the marts that show findings and cells again: mails quote their evidence there."""
        from ingestion.transform.runner import SHOWS_RECORD, build

        build(SHOWS_RECORD)

    settle() >> check() >> show()


check_agency_data()
