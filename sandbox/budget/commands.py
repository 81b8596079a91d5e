"""``cchc sandbox budget-drop`` and ``budget-key``: files brought by hand, and the answer key."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import click
import orjson

from sandbox.budget.calendar import Calendar
from sandbox.budget.drop import drop_files, local_landing
from sandbox.province import DEFAULT_SEED

DEFAULT_SHARE = 0.05
_DAY = click.DateTime(["%Y-%m-%d"])
until_option = click.option("--until", type=_DAY, required=True, help="Last day that has happened.")
seed_option = click.option("--seed", default=DEFAULT_SEED, show_default=True)
publishers_option = click.option(
    "--publishers",
    default=DEFAULT_SHARE,
    type=click.FloatRange(0, 1),
    show_default=True,
    help="Share of the communes, districts and departments that publish.",
)


@click.command(name="budget-drop")
@until_option
@seed_option
@publishers_option
@click.option("--from", "first", type=_DAY, help="Leave out what was brought before this day.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Landing folder; default: the warehouse's.",
)
def budget_drop(
    until: dt.datetime, seed: int, publishers: float, first: dt.datetime | None, out: Path | None
) -> None:
    """Put budget files that publishers brought by hand into the landing zone."""
    calendar = Calendar(until.date(), seed, publishers)
    folder = out or local_landing()
    written = drop_files(calendar, folder, first.date() if first else None)
    click.echo(f"{len(written)} files dropped below {folder}")


@click.command(name="budget-key")
@until_option
@seed_option
@publishers_option
def budget_key(until: dt.datetime, seed: int, publishers: float) -> None:
    """List what was due and what was published when, one JSON object a line."""
    for line in Calendar(until.date(), seed, publishers).answer_key():
        click.echo(orjson.dumps(dataclasses.asdict(line)))
