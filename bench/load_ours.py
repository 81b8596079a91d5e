"""Child process: our load of landed pages, as a scheduled run does it."""

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
from ingestion.ledger.obligations import due_on


def main() -> None:
    """Load; the time of imports is not counted, on no side."""
    job = read_job()
    source = read_source("tthc")
    period = Period.parse(job["period"])
    files = [ExtractFile(LandedFile(**file), "api", "") for file in job["files"]]
    extract = Extract(uuid.uuid4(), files, is_synthetic=True)
    cell = Cell("tthc", "dossiers", period, due_on("tthc", "dossiers", period))
    pa.array([0])  # pyarrow imports pandas at its first use
    before = peak_mib()
    cpu, began = time.process_time(), time.perf_counter()
    (loaded,) = load_extracts(
        Landing(job["folder"]), source.contract.resources["dossiers"], [(cell, extract)]
    )
    answer(
        time.perf_counter() - began,
        cpu_seconds=time.process_time() - cpu,
        before_mib=before,
        rows=loaded.row_count,
        rejected=loaded.rejected_count,
    )


if __name__ == "__main__":
    main()
