"""Child process: our load of landed pages, as a run does it."""

from __future__ import annotations

import time
import uuid

import pyarrow as pa

from bench.measure import answer, peak_mib, read_job
from ingestion.core.extract import Extract, ExtractFile
from ingestion.core.landing import LandedFile, Landing
from ingestion.core.load import load_extracts
from ingestion.core.period import Period
from ingestion.core.source import read_source
from ingestion.ledger.cells import Cell


def main() -> None:
    """Load all periods in one transaction; the time of imports is not counted, on no side."""
    job = read_job()
    due = []
    for name, landed in job["periods"].items():
        period = Period.parse(name)
        files = [ExtractFile(LandedFile(**file), "api", "") for file in landed]
        extract = Extract(uuid.uuid4(), files, is_synthetic=True)
        due.append((Cell("tthc", "dossiers", period, period.end), extract))
    contract = read_source("tthc").contract.resources["dossiers"]
    pa.array([0])  # pyarrow imports pandas at its first use
    before = peak_mib()
    cpu, began = time.process_time(), time.perf_counter()
    loads = load_extracts(Landing(job["folder"]), contract, due)
    answer(
        time.perf_counter() - began,
        cpu_seconds=time.process_time() - cpu,
        before_mib=before,
        rows=sum(loaded.row_count for loaded in loads),
        rejected=sum(loaded.rejected_count for loaded in loads),
    )


if __name__ == "__main__":
    main()
