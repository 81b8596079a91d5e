"""Child process: dlt with its default settings on the same landed pages."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt  # type: ignore[import-not-found]  # only in group bench
import orjson

from bench.measure import answer, read_job


def main() -> None:
    """Run one pipeline into a data set of its own; the time of imports is not counted."""
    job = read_job()
    folder = Path(job["folder"])

    def pages() -> Iterator[list[Any]]:
        for file in job["files"]:
            lines = gzip.decompress((folder / file["path"]).read_bytes()).splitlines()
            yield [orjson.loads(line) for line in lines]

    cpu, began = time.process_time(), time.perf_counter()
    pipeline = dlt.pipeline(
        pipeline_name=job["data_set"],
        pipelines_dir=job["state"],
        destination=dlt.destinations.postgres(job["url"]),
        dataset_name=job["data_set"],
    )
    pipeline.run(pages(), table_name="dossiers").raise_on_failed_jobs()
    answer(time.perf_counter() - began, cpu_seconds=time.process_time() - cpu)


if __name__ == "__main__":
    main()
