"""Child process: our whole reading of files, as a run does it."""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from pathlib import Path

from bench.measure import answer, read_job
from ingestion.core.source import SOURCES
from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated

JOB = "ingestion.reading.forms:read_file"
_LAYOUTS = SOURCES / "budget_publications" / "layouts"


def main() -> None:
    """Read every file once; the first file of a kind is read before, for the imports."""
    job = read_job()
    states: Counter[str] = Counter()
    kinds = {}
    with Isolated() as isolated:

        def read(path: Path) -> str:
            try:
                reading = isolated.run(
                    JOB, path.read_bytes(), path.name, {"layouts": str(_LAYOUTS)}
                )
            except FileRefused:
                return "refused"
            return str(reading["state"])

        for kind, names in job.items():
            read(Path(names[0]))
            began = time.perf_counter()
            states.update(read(Path(name)) for name in names)
            kinds[kind] = time.perf_counter() - began
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit
    answer(sum(kinds.values()), kinds=kinds, states=dict(states), worker_peak_mib=peak)


if __name__ == "__main__":
    main()
