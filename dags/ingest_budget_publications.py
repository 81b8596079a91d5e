"""Fetch budget publications and read their files into `raw`.

**Purpose.** Every night the local day that has just ended, and windows of the last 120 days
(`look_back_days`) in which a document came late, was replaced or taken away.

**Inputs.** Connection `budget_publications`; `landing/manual/budget_publications/<window>/`.

**Outputs.** `raw.budget_publications__*`, files and readings in landing, `ops.*`; asset
`raw/budget_publications`, also from a run that is red because readings were not loaded.

**If it fails.** `find`: a listing did not come (tried again) or is not believed (`DataRefused`). A
dead link or broken file fails nothing. `read`: two at a time with 512 MB each, 1.5 GB in all.

**Back-fill.** Windows are months until 2025 and days from 2026: `cchc backfill run` for 2021–2025,
or `first_day` and `last_day` of a run by hand; windows that end in between are loaded again.
"""

from datetime import date
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import CronDataIntervalTimetable, TriggerRule, dag, get_current_context, task

from dags.shared.assets import RAW_BUDGET
from dags.shared.days import announce, days_of, span_params
from dags.shared.defaults import BASELINE_START, DEFAULT_ARGS, TIMEZONE, Tag


@dag(
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone=TIMEZONE),
    start_date=BASELINE_START,
    catchup=False,
    max_active_runs=1,  # one polite client at a time
    params=span_params("day", otherwise="the day of the run's interval"),
    default_args=DEFAULT_ARGS,
    tags=[Tag.SOURCE],
    doc_md=__doc__,
)
def ingest_budget_publications() -> None:
    """Find documents, read their files in batches, load what was read."""

    @task(multiple_outputs=True)
    def find() -> dict[str, Any]:
        """Load the documents; also of earlier windows that changed."""
        from ingestion.sources.budget_publications import daily

        return daily.find(*days_of(get_current_context()))

    @task
    def share(windows: list[str]) -> list[Any]:
        from ingestion.sources.budget_publications import daily

        return daily.share(windows)

    @task(max_active_tis_per_dag=2)
    def read(batch: dict[str, Any]) -> dict[str, int]:
        """Read the files of one batch, isolated, and keep the readings."""
        from ingestion.sources.budget_publications import reading

        return reading.read(batch)

    @task(trigger_rule=TriggerRule.NONE_FAILED)  # there may be nothing to read
    def load(windows: list[str]) -> dict[str, Any]:
        """Load the readings of the same windows."""
        from ingestion.sources.budget_publications import daily

        return daily.load(windows)

    @task(outlets=[RAW_BUDGET], trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    def publish(span: list[str]) -> None:
        announce(get_current_context(), RAW_BUDGET, *map(date.fromisoformat, span))

    found = find()
    loaded = load(found["windows"])
    read.expand(batch=share(found["windows"])) >> loaded
    # A leaf of its own: red when readings were not loaded.
    loaded >> [publish(found["span"]), EmptyOperator(task_id="all_loaded")]


ingest_budget_publications()
