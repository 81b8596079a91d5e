"""``cchc rehearse``: the back-fill 2021–2025 from nothing, on the simulated province."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click
import httpx
from rich.console import Console
from sqlalchemy import text

from ingestion import migrations
from ingestion.backfill import site
from ingestion.backfill.board import duration, number
from ingestion.backfill.command import (
    EXIT_UNDECIDED,
    exit_code,
    open_console,
    run_backfill,
    show_result,
)
from ingestion.backfill.drive import DAG_ID, BackfillStopped
from ingestion.backfill.follow_up import FollowUpFailed
from ingestion.backfill.orders import BackfillOrder, find_order, require_open
from ingestion.core.environment import engine
from ingestion.embedded import airflow, postgres
from ingestion.embedded.processes import ServiceError
from ingestion.ledger.standing import CellState
from sandbox.budget.drop import local_landing
from sandbox.demo import services
from sandbox.demo.command import SYNTHETIC, prepare
from sandbox.demo.pipeline import Pipeline
from sandbox.demo.steps import DemoFailed, Steps
from sandbox.province import DEFAULT_SEED
from sandbox.reports.drop import drop_reports
from sandbox.reports.offices import Offices

_PUBLISHERS_AT_FULL_SCALE = 5.0
"""Share of the publishers per unit of scale: all of them from a fifth of the dossiers on."""


@click.command()
@click.argument("name", required=False)
@click.option("--scale", default=0.01, show_default=True, help="1.0 ≈ 0.9 million dossiers a year.")
@click.option(
    "--fail-share",
    default=0.0,
    type=click.FloatRange(0, 1),
    show_default=True,
    help="Share of the source's windows that cannot be had this time.",
)
@click.option("--keep", is_flag=True, help="Leave Airflow and the simulated system running.")
def rehearse(name: str | None, scale: float, fail_share: float, keep: bool) -> None:
    """Back-fill history from nothing: warehouse, simulated system, Airflow, then the back-fill.

    Where AIRFLOW_CONN_TTHC is set, the systems that are configured are asked instead of the
    simulated ones. Safe to run again, after an interruption too: it loads only what the ledger
    still lacks.
    """
    console = open_console()
    order = find_order(name)
    require_open(order)
    if not site.is_embedded():
        raise click.UsageError(f"{site.URL} is set: use `cchc backfill run` for that Airflow.")
    steps = Steps(console)
    simulated = not os.environ.get("AIRFLOW_CONN_TTHC")
    if simulated:
        console.print(f"[bold yellow]{SYNTHETIC}[/]: no value here is about a real agency.")
    try:
        _set_up(steps, order, scale, fail_share, simulated)
        cells, seconds = run_backfill(order, console)
    except (DemoFailed, ServiceError, BackfillStopped, FollowUpFailed) as error:
        console.print(f"✗ {error}", markup=False)
        raise SystemExit(1) from None
    except httpx.HTTPError as error:
        console.print(f"✗ Airflow: {error}", markup=False)
        raise SystemExit(1) from None
    finally:
        if not keep:
            airflow.stop()
            services.stop()
    _show(console, order, cells, seconds)
    if simulated:
        console.print(f"[bold yellow]{SYNTHETIC}[/]")
    console.print(f"Done in {duration(steps.total)}.")
    if exit_code(cells) == EXIT_UNDECIDED:
        raise SystemExit(EXIT_UNDECIDED)


def _set_up(
    steps: Steps, order: BackfillOrder, scale: float, fail_share: float, simulated: bool
) -> None:
    with steps.step("Warehouse"):
        if not os.environ.get("WAREHOUSE_URL"):
            if postgres.default_cluster().port is None:
                airflow.stop()  # it would go on with an address that is no longer
            postgres.start()
        migrations.upgrade()
    if simulated:
        broken = f", {fail_share:.0%} of their windows broken" if fail_share else ""
        share = min(1.0, _PUBLISHERS_AT_FULL_SCALE * scale)
        budget = f"budget site with {share:.0%} of its publishers"
        with steps.step(f"Simulated one-stop system at scale {scale:g}, {budget}{broken}"):
            replaced = [
                services.start_mailbox(),
                services.start_source(scale, DEFAULT_SEED, fail_share),
                services.start_budget(order.last, DEFAULT_SEED, share, fail_share),
            ]
            if any(replaced):
                airflow.stop()  # it would go on with the connections it was started with
            services.bring_by_hand(order.last, DEFAULT_SEED, share, order.first)
        with steps.step(f"Reports that {share:.0%} of the offices handed in then") as note:
            offices = Offices(DEFAULT_SEED, share)
            note(f"{len(drop_reports(offices, local_landing(), order.first, order.last))} files")
    with steps.step("The plan as data: checked, rendered, read by dbt; Airflow's tables"):
        prepare()
    with steps.step("Airflow"):
        airflow.start(migrated=True)
    with steps.step("Airflow reads the DAGs"), airflow.client() as api:
        Pipeline(api, steps).wait_for_dags(DAG_ID)


def _show(
    console: Console, order: BackfillOrder, cells: Sequence[CellState], seconds: dict[str, float]
) -> None:
    show_result(console, cells)
    with engine().connect() as connection:
        found = connection.execute(
            text("""
                select
                    (select count(*) from information_schema.tables
                        where table_schema = 'marts') as marts,
                    (select count(*) from ops.finding
                        where period_start between :first and :last) as findings,
                    (select count(*) from ops.notice) as notices
            """),
            {"first": order.first, "last": order.last},
        ).one()
    took = ", ".join(f"{step} {duration(value)}" for step, value in seconds.items())
    console.print(f"Time: {took}")
    console.print(
        f"Marts: {found.marts}; findings kept as history: {number(found.findings)}; "
        f"digests sent: {found.notices}"
    )
    console.print("Look: cchc backfill status · cchc ledger show · cchc scorecard · make airflow")
    console.print("PostgreSQL goes on running for cchc and BI tools; cchc down stops it.")
