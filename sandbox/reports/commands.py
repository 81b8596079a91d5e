"""``cchc sandbox reports-drop`` and ``reports-key``: what offices send, and what is owed to it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from pathlib import Path

import click
import orjson

from ingestion.sources.agency_reports.identity import read_form_key
from sandbox.budget.drop import local_landing
from sandbox.province import DEFAULT_SEED
from sandbox.reports.drop import drop_reports
from sandbox.reports.offices import FIRST_DAY, Offices

_DAY = click.DateTime(["%Y-%m-%d"])
until_option = click.option("--until", type=_DAY, required=True, help="Last day that has happened.")
first_option = click.option("--from", "first", type=_DAY, help="Leave out what came before.")
seed_option = click.option("--seed", default=DEFAULT_SEED, show_default=True)
share_option = click.option(
    "--share",
    default=1.0,
    type=click.FloatRange(0, 1),
    show_default=True,
    help="Share of the communes and districts that are played; all others always are.",
)


@click.command(name="reports-drop")
@until_option
@first_option
@seed_option
@share_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Landing folder; default: the warehouse's.",
)
def reports_drop(
    until: dt.datetime, first: dt.datetime | None, seed: int, share: float, out: Path | None
) -> None:
    """Put the reports of the offices where those are filed that came before there was a door.

    Form ids are issued under the form key of this installation.
    """
    offices = Offices(seed, share, read_form_key())
    folder = out or local_landing()
    began = time.perf_counter()
    start = first.date() if first else FIRST_DAY
    written = drop_reports(offices, folder, start, until.date())
    seconds = time.perf_counter() - began
    each = 1000 * seconds / max(1, len(written))
    click.echo(
        f"{len(written)} files dropped below {folder} in {seconds:.1f} s ({each:.1f} ms each)"
    )


@click.command(name="reports-key")
@until_option
@first_option
@seed_option
@share_option
def reports_key(until: dt.datetime, first: dt.datetime | None, seed: int, share: float) -> None:
    """List what offices send and what a judge owes it, one JSON object a line."""
    offices = Offices(seed, share)
    for delivered in offices.deliveries(until.date(), first.date() if first else None):
        line = {
            "day": delivered.day,
            "agency_code": delivered.agency_code,
            "file_name": delivered.file_name,
            "repeats": delivered.repeats,
            **dataclasses.asdict(delivered.expected),
        }
        click.echo(orjson.dumps(line))
