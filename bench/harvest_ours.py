"""Child process: one day of the open-data portal, from its interface into raw."""

from __future__ import annotations

import time
from datetime import date

from bench.measure import answer, read_job
from ingestion.core.run import ingest, require_accepted

SOURCE = "open_data_portal"


def main() -> None:
    """Harvest the day and say how long each resource took."""
    day = date.fromisoformat(read_job()["day"])
    parts, rows = {}, {}
    for resource in ("datasets", "publishers", "contents"):
        began = time.perf_counter()
        summaries = ingest(SOURCE, resource, day, day)
        parts[resource] = time.perf_counter() - began
        require_accepted(summaries)
        rows[resource] = sum(summary.row_count for summary in summaries)
    answer(sum(parts.values()), parts=parts, rows=rows)


if __name__ == "__main__":
    main()
