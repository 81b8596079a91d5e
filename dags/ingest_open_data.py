"""Harvest the open-data portal and look at its files, into `raw`.

**Purpose.** Every night, for the local day that has just ended: the whole catalogue as it stands,
then the files that are new, changed or have not been looked at for longest.

**Inputs.** Connection `open_data_portal`; `landing/manual/open_data_portal/<day>/`.

**Outputs.** `raw.open_data_portal__*`, `ops.*`; asset `raw/open_data_portal`, also from a run that
is red because contents were not loaded. Files of the portal are not kept.

**If it fails.** `harvest`: the portal did not answer (tried again) or gave no whole catalogue
(`DataRefused`). It is its operator's matter, never an agency's; its present stands for a day for
36 hours, so clear the task by then. A dead link fails nothing. `look`: clear it on the same day.

**Back-fill.** A portal shows its present only. A day that was missed needs a catalogue of that day
dropped by hand: then one run with `first_day` and `last_day`. A portal that keeps its past (extra
`as_of_header`) takes any span.
"""

from datetime import date
from typing import Any

from airflow.sdk import CronDataIntervalTimetable, TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from dags.shared.assets import RAW_OPEN_DATA
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
def ingest_open_data() -> None:
    """Load snapshots, then look at files, then say which days there are."""

    @task(multiple_outputs=True)
    def harvest() -> dict[str, Any]:
        """Load datasets and publishers."""
        from ingestion.sources.open_data_portal import daily

        return daily.harvest(*days_of(get_current_context()))

    @task
    def look(days: list[str]) -> dict[str, int]:
        """Load what became of the files."""
        from ingestion.sources.open_data_portal import daily

        return daily.look(days)

    @task(outlets=[RAW_OPEN_DATA], trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    def publish(days: list[str]) -> None:
        announce(
            get_current_context(), RAW_OPEN_DATA, *map(date.fromisoformat, (min(days), max(days)))
        )

    @task
    def all_loaded(lacking: dict[str, str]) -> None:
        """A leaf of its own: red when a day or its contents are lacking."""
        if lacking:
            raise AirflowFailException(f"Not loaded: {lacking}")

    found = harvest()
    looked = look(found["days"])
    looked >> [publish(found["days"]), all_loaded(found["lacking"])]


ingest_open_data()
