"""Leg "harvest": a day of a large open-data portal becomes checked datasets in the marts.

Ours is what a scheduled day does: the whole catalogue through the door into raw, each link that is
due looked at within the day's limits and its file inspected, then the increment of the marts. The
bare side fetches and decodes the same pages of the interface and keeps nothing. The simulated
portal runs on the same machine, so its own work is in both sides.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from bench.measure import Spread, interleave, ratios, run_child
from bench.server import Server

SEED = 2_026
LAST_DAY = date(2026, 11, 20)
AS_OF = "X-As-Of"
_ROWS = 500
Result = dict[str, Any]


def measure_harvest(server: Server, scale: float, rounds: int) -> Result:
    """Measure days of the simulated portal, after a first day that is told apart.

    Args:
        server: where the warehouse is.
        scale: 1 is about 180 datasets.
        rounds: days measured.

    Returns:
        Counts, seconds by part, peak memory and the ratio to the bare fetch, JSON-serialisable.
    """
    folder = server.folder / "harvest"
    folder.mkdir()
    days = [LAST_DAY - timedelta(days=rounds - number) for number in range(rounds + 1)]
    with _portal(scale) as url:
        environment = {
            "WAREHOUSE_URL": server.warehouse("harvest"),
            "CCHC_VAR": str(folder),
            "AIRFLOW_CONN_OPEN_DATA_PORTAL": f"{url}/?as_of_header={AS_OF}",
        }

        def ours(day: date) -> Result:
            loaded = run_child("bench.harvest_ours", {"day": str(day)}, environment)
            built = run_child("bench.increment_build", {}, environment)
            click.echo(f"harvest: {day}, {loaded['seconds']:.1f} s, marts {built['seconds']:.1f} s")
            return {**loaded, "build_seconds": built["seconds"], "build_parts": built["parts"]}

        def bare(day: date) -> Result:
            job = {"url": url, "headers": {AS_OF: str(day)}, "rows": _ROWS}
            return run_child("bench.harvest_bare", job)

        first = ours(days[0])
        runs = interleave(
            rounds,
            {
                "ours": lambda number: ours(days[number + 1]),
                "bare": lambda number: bare(days[number + 1]),
            },
        )
    return {
        "datasets": runs["bare"][-1]["datasets"],
        "resources": runs["bare"][-1]["resources"],
        "rows": runs["ours"][-1]["rows"],
        "first": _seconds([first]),
        "daily": _seconds(runs["ours"]),
        "of_bare": ratios(
            [run["seconds"] for run in runs["bare"]],
            [run["parts"]["datasets"] for run in runs["ours"]],
        ).as_dict(),
        "peak_mib": Spread.of([run["peak_mib"] for run in [first, *runs["ours"]]]).as_dict(),
    }


def _seconds(runs: Sequence[Result]) -> Result:
    """Seconds of each part and of all."""
    parts = {
        **{name: [run["parts"][name] for run in runs] for name in runs[0]["parts"]},
        "marts": [run["build_seconds"] for run in runs],
        "all": [run["seconds"] + run["build_seconds"] for run in runs],
    }
    return {name: Spread.of(values).as_dict() for name, values in parts.items()}


@contextmanager
def _portal(scale: float) -> Iterator[str]:
    """Run the simulated portal; gives its address."""
    command = [sys.executable, "-m", "sandbox.portal", "--port", "0", "--seed", str(SEED)]
    command += ["--until", str(LAST_DAY), "--publishers", "1", "--scale", str(scale)]
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as portal:
        try:
            said = portal.stdout.readline() if portal.stdout else ""
            if not said.startswith("ready "):
                raise RuntimeError("the simulated portal did not start")
            yield said.split()[1]
        finally:
            portal.terminate()
