"""``cchc demo``: from nothing to scorecard, page and mails, on the simulated province."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from sqlalchemy import text

from ingestion import migrations
from ingestion.core.environment import TIMEZONE, engine, open_data_url, repo_root
from ingestion.embedded import airflow, postgres
from ingestion.embedded.airflow_activity import activity
from ingestion.embedded.processes import ServiceError
from sandbox.demo import reports, services
from sandbox.demo.pipeline import Pipeline, Span
from sandbox.demo.steps import DemoFailed, Steps
from sandbox.province import DEFAULT_SEED
from sandbox.reports.offices import Offices

SYNTHETIC = "DỮ LIỆU MÔ PHỎNG / SYNTHETIC DATA"


@click.command()
@click.option("--scale", default=0.1, show_default=True, help="1.0 ≈ 0.9 million dossiers a year.")
@click.option("--months", default=3, show_default=True, help="Months of history to load.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day to load; default yesterday in Việt Nam.",
)
@click.option("--keep", is_flag=True, help="Leave Airflow and the simulated systems running.")
def demo(scale: float, months: int, until: datetime | None, keep: bool) -> None:
    """Run the whole pipeline on a simulated province, through the real Airflow scheduler.

    Safe to run again: it loads again and adds nothing twice.
    """
    console = Console(highlight=False)
    console.print(f"[bold yellow]{SYNTHETIC}[/]: no value of this demo is about a real agency.")
    steps = Steps(console)
    last = until.date() if until else datetime.now(TIMEZONE).date() - timedelta(days=1)
    try:
        page = _run(steps, scale, Span.ending(last, months))
    except (DemoFailed, ServiceError) as error:
        console.print(f"[red]✗[/] {error}", markup=False)
        raise SystemExit(1) from None
    finally:
        if not keep:
            airflow.stop()
            services.stop()
    _show(steps, page, keep)


def _run(steps: Steps, scale: float, span: Span) -> str:
    """Do every step; returns the path of the page."""
    with steps.step("Warehouse"):
        if not os.environ.get("WAREHOUSE_URL"):
            postgres.start()
        migrations.upgrade()
    systems = "budget site, open-data portal, mailbox, mail catcher"
    with steps.step(f"Simulated one-stop system at scale {scale:g}, {systems}"):
        if services.start(scale, DEFAULT_SEED, span.until):
            airflow.stop()  # it would go on with the connections it was started with
    with steps.step("Budget files brought by hand") as note:
        first = span.first_publication
        note(f"{services.bring_by_hand(span.until, DEFAULT_SEED, 1.0, first)} files")
    with steps.step("Reports of the offices, by hand and by mail") as note:
        offices = Offices(DEFAULT_SEED)
        filed, mails = reports.bring(offices, span.first_report, span.until)
        note(f"{filed} files, {mails} mails")
    with steps.step("The plan as data: checked, rendered, read by dbt; Airflow's tables"):
        prepare()
    with steps.step("Airflow"):
        airflow.start(migrated=True)
    with airflow.client() as api:
        pipeline = Pipeline(api, steps)
        with steps.step("Airflow reads the DAGs"):
            pipeline.wait_for_dags()
        pipeline.run_daily(span)
        pipeline.load_publishers(span)
        pipeline.catch_up(span)
        pipeline.pause_all()
    with steps.step("Status page"):
        return _cchc("site", "build").splitlines()[-1]


def prepare() -> None:
    """What Airflow needs before it starts; side by side, for two cores."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        tables = pool.submit(airflow.migrate)
        _cchc("catalogue", "check")
        _cchc("dbt", "parse")  # renders the catalogue's seeds first
        tables.result()


def _show(steps: Steps, page: str, keep: bool) -> None:
    console = steps.console
    sys.stdout.flush()
    subprocess.run([_script(), "scorecard"], check=True)
    with engine().connect() as connection:
        found = connection.execute(
            text("""
                select
                    (select count(*) from ops.finding where cleared_at is null) as findings,
                    (select count(*) from ops.notice where state = 'sent') as digests,
                    (select count(*) from ops.submission) as reports,
                    (select count(*) from ops.submission where receipt_state = 'told') as receipts
            """)
        ).one()
    mails = len(list(services.mail_folder().glob("*.eml")))
    console.print(f"[bold yellow]{SYNTHETIC}[/]")
    console.print(f"Findings open: {found.findings}; digests sent: {found.digests}")
    console.print(f"Reports taken in: {found.reports}; receipts sent: {found.receipts}")
    console.print(f"Mails ({mails}): {services.mail_folder()}")
    console.print(f"Page: {page}")
    console.print(f"Our open data: {open_data_url()}/index.html")
    if done := activity():
        states = ", ".join(f"{n} {state}" for state, n in done["task_instances"].items())
        console.print(f"Airflow ran {done['run_count']} DAG runs, tasks: {states} (cchc status)")
    console.print("Airflow: " + (_address() if keep else "make airflow"), soft_wrap=True)
    console.print("PostgreSQL goes on running for cchc and BI tools; cchc down stops it.")
    console.print(f"Done in {steps.total:.0f} s.")


def _address() -> str:
    return f"{airflow.client().url}, login {airflow.LOGIN}, password in {airflow.password_file()}"


def _script() -> str:
    return str(Path(sys.executable).parent / "cchc")


def _cchc(*arguments: str) -> str:
    """Run a ``cchc`` command in a process of its own.

    Returns:
        What it printed.

    Raises:
        DemoFailed: it failed; the end of its output is in the message.
    """
    done = subprocess.run([_script(), *arguments], cwd=repo_root(), capture_output=True, text=True)
    if done.returncode != 0:
        output = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise DemoFailed(f"cchc {' '.join(arguments)} failed:\n{output}")
    return done.stdout.strip()
