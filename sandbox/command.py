"""``cchc sandbox``: the simulated province on the command line."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import time
from pathlib import Path

import click
import orjson

from ingestion.core.environment import libpq_url, var_dir, warehouse_url
from ingestion.embedded import airflow
from sandbox.api.app import openapi_document
from sandbox.api.server import serve_command
from sandbox.budget.commands import budget_drop, budget_key
from sandbox.budget.corpus_command import budget_corpus
from sandbox.budget.site.server import budget_command
from sandbox.bulk import RESOURCES, BulkOrder, windows, write_all
from sandbox.mail.catcher import mail_command
from sandbox.mailbox.delivery import send_report_command
from sandbox.mailbox.server import mailbox_command
from sandbox.portal.commands import portal_key
from sandbox.portal.server import portal_command
from sandbox.privacy import PersonalValues, search_database, search_folder
from sandbox.province import DEFAULT_SCALE, DEFAULT_SEED, Province, window_of_days
from sandbox.reports.commands import reports_drop, reports_key
from sandbox.reports.corpus_command import reports_check, reports_corpus

_DAY = click.DateTime(["%Y-%m-%d"])
_from = click.option(
    "--from", "first", type=_DAY, required=True, help="First day, 2021-01-01 or later."
)
_to = click.option(
    "--to", "end", type=_DAY, required=True, help="Day after the last one (exclusive)."
)
_scale = click.option(
    "--scale", default=DEFAULT_SCALE, show_default=True, help="1.0 ≈ 0.9 million dossiers a year."
)
_seed = click.option("--seed", default=DEFAULT_SEED, show_default=True)


@click.group(name="sandbox")
def sandbox_group() -> None:
    """Tỉnh mô phỏng: source systems and synthetic data for demo and tests."""


sandbox_group.add_command(serve_command)
sandbox_group.add_command(mail_command)
sandbox_group.add_command(mailbox_command)
sandbox_group.add_command(send_report_command)
sandbox_group.add_command(budget_command)
sandbox_group.add_command(budget_corpus)
sandbox_group.add_command(budget_drop)
sandbox_group.add_command(budget_key)
sandbox_group.add_command(portal_command)
sandbox_group.add_command(portal_key)
sandbox_group.add_command(reports_check)
sandbox_group.add_command(reports_corpus)
sandbox_group.add_command(reports_drop)
sandbox_group.add_command(reports_key)


@sandbox_group.command()
@_from
@_to
@_scale
@_seed
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--window", type=click.Choice(["day", "month"]), default="day", show_default=True)
@click.option(
    "--resource", "resources", type=click.Choice(RESOURCES), multiple=True, help="Default: all."
)
@click.option("--page-size", default=1_000, show_default=True)
@click.option("--workers", default=0, help="Processes; 0 = one per core.")
@click.option("--json", "as_json", is_flag=True)
def generate(
    first: dt.datetime,
    end: dt.datetime,
    scale: float,
    seed: int,
    out: Path,
    window: str,
    resources: tuple[str, ...],
    page_size: int,
    workers: int,
    as_json: bool,
) -> None:
    """Write API pages as gz JSON files: OUT/<period>/<resource>-<page>.json.gz."""
    order = BulkOrder(seed, scale, out, resources or RESOURCES, page_size)
    chosen = windows(first.date(), end.date(), window)
    if not chosen:
        raise click.UsageError("--to must lie after --from")
    began = time.perf_counter()
    done = write_all(order, chosen, workers or os.cpu_count() or 1)
    seconds = time.perf_counter() - began
    summary = dataclasses.asdict(done) | {
        "periods": len(chosen),
        "seconds": round(seconds, 2),
        "records_per_second": round(done.records / seconds),
    }
    if as_json:
        click.echo(orjson.dumps(summary))
    else:
        click.echo(", ".join(f"{name} {value}" for name, value in summary.items()))


@sandbox_group.command()
@_from
@_to
@_scale
@_seed
def people(first: dt.datetime, end: dt.datetime, scale: float, seed: int) -> None:
    """List every personal value emitted in a window, one JSON object a line (all invented)."""
    province = Province(seed, scale)
    for line in province.people(*window_of_days(first.date(), end.date())):
        click.echo(orjson.dumps(line))


@sandbox_group.command(name="find-people")
@_from
@_to
@_scale
@_seed
def find_people(first: dt.datetime, end: dt.datetime, scale: float, seed: int) -> None:
    """Search landing, logs, mails, page, warehouse and Airflow's database for personal values.

    Looks for every value that the simulated citizens gave in a window; exit 1 if one is found.
    """
    listed = Province(seed, scale).people(*window_of_days(first.date(), end.date()))
    values = PersonalValues(listed)
    leaks = list(search_folder(values, var_dir()))
    for url in (warehouse_url(), airflow.metadata_url()):
        leaks += search_database(values, libpq_url(url))
    for leak in leaks:
        click.echo(f"{leak.place}: {leak.field}: {leak.value}")
    click.echo(f"{len(values)} personal values looked for, {len(leaks)} found.")
    if leaks:
        raise SystemExit(1)


@sandbox_group.command()
def openapi() -> None:
    """Print the OpenAPI document of the API (kept in sandbox/api/openapi.json)."""
    click.echo(openapi_document(), nl=False)


@sandbox_group.command(name="answer-key")
@_from
@_to
@_scale
@_seed
def answer_key(first: dt.datetime, end: dt.datetime, scale: float, seed: int) -> None:
    """List what is wrong on purpose in a window, one JSON object a line."""
    province = Province(seed, scale)
    for line in province.answer_key(*window_of_days(first.date(), end.date())):
        click.echo(orjson.dumps(dataclasses.asdict(line)))
