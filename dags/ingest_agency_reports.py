"""Take in what agencies report, answer them with receipts, and load it into `raw`.

**Purpose.** Every ten minutes: empty inbox, mailbox and archive, send the receipts that are due,
load the local day if anything came. The first run after midnight also closes the day that ended.

**Inputs.** Connections `agency_reports` (mailbox; in its extra the form key) and `smtp_default`;
`landing/inbox/`, `landing/manual/agency_reports/<day>/`; uploads that `cchc reports serve` took.

**Outputs.** `ops.submission`, files, readings and judgements in landing, receipts,
`raw.agency_reports__*`, `ops.*`; asset `raw/agency_reports` when something was loaded.

**If it fails.** `collect`: the message names the door or the mail server that failed; the other
doors were emptied, and what a failed one holds stays there for the next run. A file that cannot be
read fails nothing: it is refused with a receipt. `load`: a delivery could not be judged, our fault.

**Back-fill.** Windows are months until 2025 and days from 2026, by day of receipt. Put old reports
into the archive, then `cchc backfill run`, or one run with `first_day` and `last_day`.
"""

from datetime import date
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import CronDataIntervalTimetable, TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.shared.assets import RAW_AGENCY_REPORTS
from dags.shared.days import announce, days_of, span_params
from dags.shared.defaults import BASELINE_START, DEFAULT_ARGS, TIMEZONE, Tag


@dag(
    schedule=CronDataIntervalTimetable("*/10 * * * *", timezone=TIMEZONE),
    start_date=BASELINE_START,
    catchup=False,
    max_active_runs=1,  # two would do no harm, and no good
    params=span_params("day", otherwise="the day of the run's interval, and what changed"),
    default_args=DEFAULT_ARGS,
    tags=[Tag.SOURCE],
    doc_md=__doc__,
)
def ingest_agency_reports() -> None:
    """Doors and receipts first; what came is loaded even if one door failed."""

    @task(retries=0)  # the next run is the next try
    def collect() -> dict[str, int]:
        """Take in what came through the doors, send receipts."""
        from ingestion.sources.agency_reports import daily

        return daily.collect(*days_of(get_current_context()))

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def load() -> dict[str, Any]:
        """Load the windows that changed or ended; all of a span that was asked for."""
        from ingestion.sources.agency_reports import daily

        context = get_current_context()
        return daily.load(*days_of(context), whole=bool(context["params"]["first_day"]))

    @task(outlets=[RAW_AGENCY_REPORTS])
    def publish(loaded: dict[str, Any]) -> None:
        """Tell whoever waits for raw data; nobody when nothing was loaded."""
        if not loaded["span"]:
            raise AirflowSkipException("Nothing came.")
        announce(
            get_current_context(), RAW_AGENCY_REPORTS, *map(date.fromisoformat, loaded["span"])
        )

    collected = collect()
    loaded = load()
    publish(loaded)
    # A leaf of its own: red when a door failed.
    collected >> [loaded, EmptyOperator(task_id="all_collected")]


ingest_agency_reports()
