"""``cchc sandbox open-data-key``: which rule each dataset must keep or break on a day."""

from __future__ import annotations

import dataclasses
import datetime as dt

import click
import orjson

from sandbox.budget.commands import seed_option, until_option
from sandbox.portal.answers import answers
from sandbox.portal.history import Portal


@click.command(name="open-data-key")
@until_option
@seed_option
@click.option(
    "--publishers",
    default=1.0,
    type=click.FloatRange(0, 1),
    show_default=True,
    help="Share of the communes that publish; departments always do.",
)
def portal_key(until: dt.datetime, seed: int, publishers: float) -> None:
    """List what every rule must say of every public dataset, one JSON object a line."""
    for answer in answers(Portal(seed, publishers), until.date()):
        click.echo(orjson.dumps(dataclasses.asdict(answer)))
