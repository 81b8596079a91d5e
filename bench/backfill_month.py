"""Child process: one month of the back-fill, all resources, as the DAG's task runs it."""

from __future__ import annotations

import time
from datetime import timedelta

from bench.measure import answer, read_job
from ingestion.core.period import Period
from ingestion.core.run import ingest, require_accepted
from ingestion.core.source import read_source


def main() -> None:
    """Fetch and load."""
    month = Period.parse(read_job()["month"])
    began = time.perf_counter()
    rows = 0
    for resource in read_source("tthc").resources:
        days = ingest("tthc", resource, month.start, month.end - timedelta(days=1), bulk=True)
        require_accepted(days)
        rows += sum(day.row_count for day in days)
    answer(time.perf_counter() - began, month=str(month), rows=rows)


if __name__ == "__main__":
    main()
