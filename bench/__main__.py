"""``python -m bench``: run the legs, write ``bench/results.json`` and ``docs/performance.md``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from bench.backfill import measure_backfill
from bench.harvest import measure_harvest
from bench.increment import measure_increment
from bench.load import measure_load
from bench.machine import machine_facts
from bench.measure import FEWEST_ROUNDS
from bench.reading import measure_reading
from bench.report import render, write_results, write_table
from bench.server import running_server

LEGS = ("load", "increment", "reading", "harvest")
LONG_LEGS = ("backfill",)
"""Takes most of an hour at full scale, so it runs only when asked for."""
_HERE = Path(__file__).resolve().parent


@click.command()
@click.option(
    "--leg",
    "legs",
    type=click.Choice(LEGS + LONG_LEGS),
    multiple=True,
    help=f"Default: {', '.join(LEGS)}.",
)
@click.option("--quick", is_flag=True, help="Small sizes; prints only, writes nothing.")
@click.option("--rounds", type=click.IntRange(FEWEST_ROUNDS), default=3, show_default=True)
@click.option("--windows", type=click.IntRange(FEWEST_ROUNDS), default=5, show_default=True)
@click.option(
    "--per-day",
    default=2_466,
    show_default=True,
    help="Dossiers a day; the province's 900,000 a year.",
)
@click.option("--scale", default=1.0, show_default=True, help="Of the back-fill's province.")
def main(
    legs: tuple[str, ...], quick: bool, rounds: int, windows: int, per_day: int, scale: float
) -> None:
    """Measure speed; every figure is a ratio with both sides in one run."""
    facts = machine_facts()
    with running_server() as server:
        facts["PostgreSQL"] = server.version()
        if "load" in (legs or LEGS):
            sizes = [2_000, 5_000] if quick else [10_000, 50_000, 200_000]
            with_dlt = sizes[:1] if quick else sizes[1:2]
            load = measure_load(server, sizes, with_dlt, rounds)
            _report({"load": load | {"machine": facts}}, quick)
        if "increment" in (legs or LEGS):
            dossiers = (5_000, 20_000) if quick else (250_000, 1_000_000)
            per_day = min(per_day, 100) if quick else per_day
            increment = measure_increment(server, dossiers, per_day, windows)
            _report({"increment": increment | {"machine": facts}}, quick)
        if "reading" in (legs or LEGS):
            files = 60 if quick else 600
            reading = measure_reading(server.folder / "publications", files, rounds)
            _report({"reading": reading | {"machine": facts}}, quick)
        if "harvest" in (legs or LEGS):
            harvest = measure_harvest(server, 1.0 if quick else 14.5, rounds)
            _report({"harvest": harvest | {"machine": facts}}, quick)
        if "backfill" in legs:
            given = (0.01, 1, date(2021, 3, 31)) if quick else (scale, 5)
            _report({"backfill": measure_backfill(server, *given) | {"machine": facts}}, quick)


def _report(results: dict[str, Any], quick: bool) -> None:
    """Print a leg; write it too unless it only was a trial."""
    click.echo(render(results))
    if not quick:
        held = write_results(results, _HERE / "results.json")
        write_table(held, _HERE.parent / "docs" / "performance.md")


if __name__ == "__main__":
    main()
