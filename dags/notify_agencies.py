"""Send each agency one digest of what it has to mend.

**Purpose.** One Vietnamese message per agency and day, with every open finding and how to mend
it.

**Inputs.** Asset `ops/findings`, or 07:30 local time for what could not be sent before;
connection `smtp_default`; `reference.agency_contacts`.

**Outputs.** Mails; `ops.notice`, unique by agency and day: a run that is repeated sends nothing
twice.

**If it fails.** The mail server did not take a message; `ops.notice` keeps the error. It is tried
again by the task, and once more at 07:30. An address that does not exist is the data team's to
correct.

**Back-fill.** None: nobody wants yesterday's digest. `cchc notify --dry-run` shows what would be
sent.
"""

from collections.abc import Mapping
from typing import Any

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, get_current_context, task

from dags.shared.assets import FINDINGS
from dags.shared.days import run_day
from dags.shared.defaults import BASELINE_START, DEFAULT_ARGS, TIMEZONE, Tag


@dag(
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("30 7 * * *", timezone=TIMEZONE), assets=[FINDINGS]
    ),
    start_date=BASELINE_START,
    catchup=False,
    max_active_runs=1,  # two senders could not both keep the promise of one digest a day
    default_args=DEFAULT_ARGS,
    tags=[Tag.AGENCIES],
    doc_md=__doc__,
)
def notify_agencies() -> None:
    """One task: it is one message an agency."""

    @task
    def send() -> Mapping[str, Any]:
        """Write and send the digests of the run's day."""
        from expectations.notices import send_digests

        return send_digests(run_day(get_current_context()))

    send()


notify_agencies()
