"""Fetch the history of the sources into `raw`, one run a month.

**Purpose.** The baseline 2021–2025. One task a run loads every resource of every source for the
month, because on a small machine starting a task costs more than loading a day.

**Inputs.** Connections `tthc`, `budget_publications`, `agency_reports`; files dropped by hand into
`landing/manual/<source>/<period>/`; `ingestion/backfills/*.yml`; `ops.ledger`.

**Outputs.** `raw.*`, `ops.manifest`, `ops.load`, `ops.outcome`, `ops.ledger`. No asset: 60 builds
would be waste, so `cchc backfill` lets one build follow the last month.

**If it fails.** A red month had failed days; its good days stay loaded and are not fetched again.
The log names the first of them, `cchc backfill status` counts all by cause. A day that the source
refuses is not asked for again at once: `cchc backfill resume`, once the source is well.

**Back-fill.** `cchc backfill run` (plan, status, resume), which is `airflow backfill create
--dag-id backfill_history` for the months that the ledger lacks. The schedule starts nothing by
itself. A run without `backfill` loads its whole month again, whatever the ledger says. Nothing
about a back-filled period is ever sent to an agency.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import CronDataIntervalTimetable, Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from dags.shared.days import days_of, span_params
from dags.shared.defaults import BASELINE_START, DEFAULT_ARGS, TIMEZONE, Tag

SOURCES = ["tthc", "budget_publications", "agency_reports"]
BASELINE_END = datetime(2025, 12, 31, tzinfo=ZoneInfo(TIMEZONE))


@dag(
    schedule=CronDataIntervalTimetable("0 0 1 * *", timezone=TIMEZONE),
    start_date=BASELINE_START,
    end_date=BASELINE_END,  # in the past, so that the schedule has nothing to start
    catchup=False,
    max_active_runs=1,  # of runs by hand; a back-fill brings its own limit
    params={
        **span_params("day", otherwise="the month of the run's interval"),
        "backfill": Param(
            None,
            type=["null", "string"],
            description_md="Load only what this back-fill asks for and the ledger still lacks.",
        ),
        "sources": Param(
            SOURCES, type="array", items={"enum": SOURCES}, description_md="Only these sources."
        ),
    },
    default_args=DEFAULT_ARGS,
    tags=[Tag.SOURCE],
    doc_md=__doc__,
)
def backfill_history() -> None:
    """One task: few starts, few connections, one look into the ledger."""

    @task
    def load_month() -> dict[str, Any]:
        """Load the month; only what failed by our own fault is tried again by this run."""
        from ingestion.backfill import month
        from ingestion.core.errors import IngestionError

        context = get_current_context()
        params = context["params"]
        done = month.load_month(params["sources"], *days_of(context), backfill=params["backfill"])
        if done.causes["ours"]:
            raise IngestionError(done.trouble())
        if done.failed:
            raise AirflowFailException(done.trouble())
        return done.as_dict()

    load_month()


backfill_history()
