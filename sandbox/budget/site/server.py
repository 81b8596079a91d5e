"""Runs the budget site and says when it listens."""

from __future__ import annotations

import datetime as dt

import click

from sandbox.api.server import serve
from sandbox.budget.calendar import Calendar
from sandbox.budget.commands import publishers_option, seed_option, until_option
from sandbox.budget.site.app import SiteOptions, create_app
from sandbox.listening import host_option


@click.command(name="budget")
@host_option
@click.option("--port", default=8091, show_default=True, help="0 takes a free port.")
@seed_option
@until_option
@publishers_option
@click.option(
    "--crawl-delay", default=0.01, show_default=True, help="Seconds that robots.txt asks for."
)
@click.option("--rate", default=0.0, show_default=True, help="Requests a second; 0 = no limit.")
@click.option("--chaos", is_flag=True, help="Offer POST /_chaos (misbehaviour on demand).")
@click.option(
    "--fail-share",
    default=0.0,
    type=click.FloatRange(0, 1),
    show_default=True,
    help="Share of months whose files answer 503 until POST /_chaos/failures; implies --chaos.",
)
def budget_command(
    host: str,
    port: int,
    seed: int,
    until: dt.datetime,
    publishers: float,
    crawl_delay: float,
    rate: float,
    chaos: bool,
    fail_share: float,
) -> None:
    """Run the simulated budget site (portal of the Ministry, page of the province)."""

    def calendar_of(day: dt.date) -> Calendar:
        return Calendar(day, seed, publishers)

    options = SiteOptions(crawl_delay, rate, chaos or fail_share > 0, fail_share)
    serve(create_app(calendar_of, until.date(), options), port, host)
