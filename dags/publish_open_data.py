"""Publish the non-personal marts as our own open data.

**Purpose.** Who wants to check the province's figures gets them as files: CSV, Parquet, a
Frictionless data package, a DCAT catalogue for portals, a page for people.

**Inputs.** Asset `marts/findings`: the marts after the checks, so that doubts about a figure go
with it. Read as `bi_reader`, between two builds. `dashboards/open_data/publication.yml` says what
is published.

**Outputs.** A version of the dataset at `CCHC_OPEN_DATA` (folder or bucket; `var/open-data`) that
bears the day the data reach, and the catalogue and page that point to it. The same data write
nothing. `ops.outcome`, step `publish`.

**If it fails.** What was published stays as it is; readers never see half. A text that looks
personal stops it: the log names mart and column, never the text. Mend, then clear the task.

**Back-fill.** None: versions that were published stay, and older data were never another version.
`cchc open-data publish` does the same by hand.
"""

from collections.abc import Mapping
from typing import Any

from airflow.sdk import dag, task

from dags.shared.assets import SHOWN
from dags.shared.defaults import DEFAULT_ARGS, Tag


@dag(
    schedule=[SHOWN],
    max_active_runs=1,  # one version at a time
    default_args=DEFAULT_ARGS,
    tags=[Tag.INDICATORS],
    doc_md=__doc__,
)
def publish_open_data() -> None:
    """One task: a version is published whole or not at all."""

    @task
    def publish() -> Mapping[str, Any]:
        """Write the version, if there is something new, and point to it."""
        from dataclasses import asdict

        from dashboards.open_data.publish import publish as publish_marts

        return asdict(publish_marts())

    publish()


publish_open_data()
