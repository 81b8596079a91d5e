"""Child process: one build of the marts, as the daily run does it."""

from __future__ import annotations

import json
import time
from typing import Any

from bench.measure import answer
from ingestion.transform.environment import target_dir
from ingestion.transform.runner import build


def main() -> None:
    """Build and say how long every part took."""
    began = time.perf_counter()
    summary = build(quiet=True)
    seconds = time.perf_counter() - began
    results = json.loads((target_dir() / "run_results.json").read_text(encoding="utf-8"))
    answer(
        seconds,
        full_refresh=summary.full_refresh,
        dbt_seconds=summary.seconds,
        parts=dict(map(_part, results["results"])),
    )


def _part(result: dict[str, Any]) -> tuple[str, float]:
    """Kind and name of a node, and the seconds that it took."""
    kind, _, name = str(result["unique_id"]).split(".")[:3]
    return f"{kind} {name}", float(result["execution_time"])


if __name__ == "__main__":
    main()
