"""Send each agency one digest of what it has to mend.

**Purpose.** One Vietnamese message per agency and day, with every open finding and how to mend
it.

**Inputs.** Asset `ops/findings`; connection `smtp_default`; `reference.agency_contacts`.

**Outputs.** Mails; `ops.notice`, unique by agency and day: a run that is repeated sends nothing
twice.

**If it fails.** The mail server cannot be reached: tried again for about 15 minutes; then clear the
task. A single mail that the server refuses turns nothing red: `ops.notice` keeps the error, and
the next digest holds its findings again. A wrong address is the data team's to correct.

**Back-fill.** None: nobody wants yesterday's digest. `cchc notify --on 2026-11-21 --dry-run` shows
what would be sent.
"""

from collections.abc import Mapping
from typing import Any

from airflow.sdk import dag, get_current_context, task

from dags.shared.assets import FINDINGS
from dags.shared.days import run_day
from dags.shared.defaults import DEFAULT_ARGS, Tag


@dag(
    schedule=[FINDINGS],
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
        from expectations.notices import require_delivered, send_digests

        return require_delivered(send_digests(run_day(get_current_context())))

    send()


notify_agencies()
