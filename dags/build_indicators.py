"""Build staging, intermediate and marts with dbt, tests included.

**Purpose.** One `dbt build` for all that came since the last one, shown as a task per model.
Loads that arrive meanwhile wait and are built together in the next run.

**Inputs.** Assets `raw/tthc`, `raw/budget_publications`, `raw/open_data_portal`,
`raw/agency_reports`, whichever comes; schemas `raw`, `ops`; the seeds in `dbt_project/`.

**Outputs.** Schemas `staging`, `intermediate`, `marts`, `reference`; asset `marts/indicators`,
whose event leads to the checks. A failed dbt test stops what is downstream of it: old marts stay,
no false number.

**If it fails.** Open the log of `dbt.dbt_producer_watcher`, where dbt itself runs; the red model
tasks only repeat its verdict. Mend, then trigger the DAG. Clearing one model's task builds that
model alone.

**Back-fill.** None by date: what the models take is decided by `_load_id`, so a back-fill of the
ingestion is built as it arrives. For changed models: `cchc marts build --full-refresh`.
"""

from datetime import timedelta

from airflow.sdk import dag, get_current_context, task

from dags.shared.assets import (
    INDICATORS,
    RAW_AGENCY_REPORTS,
    RAW_BUDGET,
    RAW_OPEN_DATA,
    RAW_TTHC,
)
from dags.shared.days import announce, announced_days
from dags.shared.defaults import DEFAULT_ARGS, Tag
from dags.shared.models import manifest_path, model_tasks


@dag(
    schedule=(RAW_TTHC | RAW_BUDGET | RAW_OPEN_DATA | RAW_AGENCY_REPORTS),
    max_active_runs=1,  # dbt builds into one set of tables
    default_args=DEFAULT_ARGS,
    tags=[Tag.INDICATORS],
    doc_md=__doc__,
)
def build_indicators() -> None:
    """Draw the models from the manifest, or build in one task where there is none."""

    @task(task_id="dbt_build", execution_timeout=timedelta(hours=6))
    def build_in_one_task() -> None:
        """The same build without a manifest to draw the models from (`cchc dbt parse` makes it)."""
        from ingestion.transform.runner import build

        build()

    @task(outlets=[INDICATORS])
    def publish() -> None:
        """Tell whoever waits for the marts which days changed."""
        context = get_current_context()
        days = announced_days(context, RAW_TTHC, RAW_BUDGET, RAW_OPEN_DATA, RAW_AGENCY_REPORTS)
        announce(context, INDICATORS, *days)

    models = model_tasks() if manifest_path().is_file() else build_in_one_task()
    models >> publish()


build_indicators()
