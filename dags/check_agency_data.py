"""Find agency data that is missing, implausible or gamed.

**Purpose.** Run the rule engine and Great Expectations over raw data and marts. A finding is
about an agency's data, never about our tasks, and never stops anything.

**Inputs.** Asset `marts/indicators`; schemas `raw`, `marts`, `ops`; `expectations/rules.yml`.

**Outputs.** `ops.finding` (new, seen again, cleared); asset `ops/findings`.

**If it fails.** It is our fault or the database's: the log names the rule. Findings of the last
good run stay as they are. Mend, then clear the task.

**Back-fill.** None by date: each run judges all months that the marts hold, the late ones too.
`cchc check --from 2026-01 --to 2026-11` does the same by hand.
"""

from typing import Any

from airflow.sdk import dag, task

from dags.shared.assets import FINDINGS, INDICATORS
from dags.shared.defaults import DEFAULT_ARGS, Tag


@dag(
    schedule=[INDICATORS],
    max_active_runs=1,  # findings are compared with those of the run before
    default_args=DEFAULT_ARGS,
    tags=[Tag.AGENCIES],
    doc_md=__doc__,
)
def check_agency_data() -> None:
    """One task: the rules share what they read."""

    @task(outlets=[FINDINGS])
    def check() -> dict[str, Any]:
        """Run every rule and store what it finds."""
        from expectations.check import run_checks

        return run_checks().as_dict()

    check()


check_agency_data()
