"""Fetch dossiers, procedures and ratings of the one-stop system (TTHC) into `raw`.

**Purpose.** Every night the local day that has just ended: fetch through the allow-list, land,
load. One task a resource; a day that is loaded again replaces itself.

**Inputs.** Connection `tthc`; files dropped by hand into `landing/manual/tthc/<day>/`.

**Outputs.** `raw.tthc__*`, `ops.manifest`, `ops.load`, `ops.outcome`, `ops.ledger`; asset
`raw/tthc`, also when only some resources came: the run is red then, and the marts take what there
is.

**If it fails.** `SourceUnavailable` is tried again for about 15 minutes; when it stays, the
source's operator has to act. `DataRefused` is not tried again: the message names what was wrong,
`ops.outcome` keeps it. Then clear the task. Nothing is ever sent to an agency from here.

**Back-fill.** `airflow backfill create --dag-id ingest_dossiers --from-date 2026-11-01 --to-date
2026-11-20 --reprocess-behavior completed`, or one run for many days: trigger it with `first_day`
and `last_day`. `cchc ledger show --from 2026-11-01 --to 2026-11-20` says what is missing; believe
it, not the back-fill's own state.
"""

from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import CronDataIntervalTimetable, TriggerRule, dag, get_current_context, task

from dags.shared.assets import RAW_TTHC
from dags.shared.days import announce, days_of, span_params
from dags.shared.defaults import BASELINE_START, DEFAULT_ARGS, TIMEZONE, Tag

COUNTS = ("row_count", "rejected_count")
RESOURCES = ["dossiers", "procedures", "ratings"]


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
def ingest_dossiers() -> None:
    """Map one task over the resources."""

    @task(map_index_template="{{ task.op_kwargs['resource'] }}")
    def load(resource: str) -> dict[str, Any]:
        """Fetch, land and load one resource."""
        from ingestion.core.run import ingest, require_accepted

        days = ingest("tthc", resource, *days_of(get_current_context()))
        require_accepted(days)
        rows, rejected = (sum(getattr(day, name) for day in days) for name in COUNTS)
        return {"resource": resource, "days": len(days), "rows": rows, "rejected": rejected}

    @task(outlets=[RAW_TTHC], trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    def publish(loads: list[dict[str, Any]]) -> None:
        """Tell whoever waits for raw data what came."""
        context = get_current_context()
        announce(context, RAW_TTHC, *days_of(context), loads=list(loads))

    loads = load.expand(resource=RESOURCES)
    publish(loads)
    # A leaf of its own, so that one failed resource turns the run red.
    loads >> EmptyOperator(task_id="all_loaded")


ingest_dossiers()
