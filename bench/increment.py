"""Leg "increment": the daily build through dbt, with a long history beside a short one.

Both warehouses live on one server, get the same number of new rows for the same days, and are built
by the code of the daily run: seeds, models and data tests, dbt's start included. A longer history
means more months of the same province, not a larger province.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import click

from bench.history import History
from bench.measure import Spread, children_cpu_seconds, interleave, ratios, run_child
from bench.server import Server, connect
from ingestion.core.environment import repo_root

_SLOWEST = 12

Result = dict[str, Any]


@dataclass(frozen=True)
class _Side:
    """A warehouse with a history."""

    name: str
    history: History
    url: str
    variables: dict[str, str]


def measure_increment(
    server: Server, dossiers: Sequence[int], per_day: int, windows: int
) -> Result:
    """Fill, build once, then build day by day.

    Args:
        server: where the warehouses live.
        dossiers: of the short and of the long history.
        per_day: dossiers registered a day, in both.
        windows: how many days are built on each side.

    Returns:
        Sizes, seconds, ratios and the slowest models, JSON-serialisable.
    """
    # A copy: whoever edits a model meanwhile would set off a rebuild of the whole history.
    checkout = server.folder / "checkout"
    shutil.copytree(repo_root() / "dbt_project", checkout / "dbt_project")
    sides = [
        _prepare(server, name, History(count, per_day), str(checkout))
        for name, count in zip(("short", "long"), dossiers, strict=True)
    ]
    first = {side.name: _first_build(side) for side in sides}
    for side in sides:
        _build(server, side, 0)  # the first increment reads cold caches
    click.echo(f"increment: {windows} days on each side")
    runs = interleave(
        windows,
        {
            side.name: lambda number, side=side: _build(server, side, number + 1)  # type: ignore[misc]
            for side in sides
        },
    )
    measures = {name: [_measures(run) for run in found] for name, found in runs.items()}
    kinds = list(measures["short"][0])
    return {
        "per_day": per_day,
        "sides": [
            {
                "name": side.name,
                "dossiers": side.history.dossiers,
                "from": side.history.origin.isoformat(),
                **first[side.name],
                "new_versions": Spread.of([run["versions"] for run in runs[side.name]]).as_dict(),
                **{
                    kind: Spread.of([run[kind] for run in measures[side.name]]).as_dict()
                    for kind in kinds
                },
            }
            for side in sides
        ],
        "ratios": {
            kind: ratios(
                [run[kind] for run in measures["long"]], [run[kind] for run in measures["short"]]
            ).as_dict()
            for kind in kinds
        },
        "slowest": _slowest(runs),
    }


def _measures(run: Result) -> dict[str, float]:
    """One build by the clock, by the models' and by all nodes' own times, and by processor time."""
    parts: dict[str, float] = run["parts"]
    return {
        "seconds": run["seconds"],
        "node_seconds": sum(parts.values()),
        "model_seconds": sum(v for part, v in parts.items() if part.startswith("model ")),
        "cpu_seconds": run["cpu"],
        "server_cpu_seconds": run["server_cpu"],
    }


def _prepare(server: Server, name: str, history: History, checkout: str) -> _Side:
    url = server.warehouse(name)
    variables = {
        "WAREHOUSE_URL": url,
        "CCHC_ROOT": checkout,
        "CCHC_VAR": str(server.folder / f"var-{name}"),
    }
    return _Side(name, history, url, variables)


def _first_build(side: _Side) -> Result:
    click.echo(f"increment: filling {side.history.dossiers:,} dossiers since {side.history.origin}")
    versions = side.history.fill(side.url)
    click.echo(f"increment: first build of {versions:,} versions")
    built = run_child("bench.increment_build", {}, side.variables)
    with connect(side.url) as connection:
        connection.execute("vacuum (analyze)")
    return {"versions": versions, "first_build_seconds": round(built["seconds"], 1)}


def _build(server: Server, side: _Side, number: int) -> Result:
    versions = side.history.add_day(side.url, number)
    server.settle()
    server_before, client_before = server.cpu_seconds(), children_cpu_seconds()
    built = run_child("bench.increment_build", {}, side.variables)
    built["server_cpu"] = server.cpu_seconds() - server_before
    built["cpu"] = children_cpu_seconds() - client_before + built["server_cpu"]
    if built["full_refresh"]:
        raise RuntimeError("the build took itself for a full one")
    return built | {"versions": versions}


def _slowest(runs: dict[str, list[Result]]) -> list[dict[str, Any]]:
    """The parts that take longest with the long history, median seconds on both sides."""
    medians = {
        name: {
            part: median(run["parts"].get(part, 0.0) for run in found) for part in found[0]["parts"]
        }
        for name, found in runs.items()
    }
    parts = sorted(medians["long"], key=lambda part: -medians["long"][part])[:_SLOWEST]
    return [
        {"part": part} | {name: round(medians[name].get(part, 0.0), 3) for name in medians}
        for part in parts
    ]
