"""Runs the portal and says when it listens."""

from __future__ import annotations

import datetime as dt

import click

from sandbox.api.server import serve
from sandbox.budget.commands import seed_option, until_option
from sandbox.listening import host_option
from sandbox.portal.app import PortalOptions, make_app
from sandbox.portal.history import Portal

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(name="open-data")
@host_option
@click.option("--port", default=8092, show_default=True, help="0 takes a free port.")
@seed_option
@until_option
@click.option(
    "--publishers",
    default=1.0,
    type=click.FloatRange(0, 1),
    show_default=True,
    help="Share of the communes that publish; departments always do.",
)
@click.option(
    "--scale", default=1.0, show_default=True, help="1 ≈ 180 datasets; 14 ≈ 2,000 with more files."
)
@click.option("--chaos", is_flag=True, help="Offer POST /_chaos (misbehaviour on demand).")
@click.option("--down", type=_DAY, multiple=True, help="Day on which the portal answers 503.")
@click.option("--search-down", type=_DAY, multiple=True, help="Day on which its search is down.")
def portal_command(
    host: str,
    port: int,
    seed: int,
    until: dt.datetime,
    publishers: float,
    scale: float,
    chaos: bool,
    down: tuple[dt.datetime, ...],
    search_down: tuple[dt.datetime, ...],
) -> None:
    """Run the simulated open-data portal (CKAN)."""
    options = PortalOptions(
        chaos,
        frozenset(day.date() for day in down),
        frozenset(day.date() for day in search_down),
    )
    serve(make_app(Portal(seed, publishers, scale=scale), until.date(), options), port, host)
