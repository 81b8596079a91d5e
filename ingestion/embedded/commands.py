"""``cchc up | down | status | url | env | doctor | airflow``: the services of one machine."""

from __future__ import annotations

import json
import os
import shlex
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ingestion import migrations
from ingestion.core.environment import ConfigurationError, var_dir, warehouse_url
from ingestion.embedded import postgres, processes


def _embedded() -> bool:
    return not os.environ.get("WAREHOUSE_URL")


@click.command()
def up() -> None:
    """Start the embedded PostgreSQL, unless WAREHOUSE_URL is set, and migrate the warehouse.

    Safe to run again: what runs stays, what is migrated stays.
    """
    console = Console()
    if _embedded():
        with console.status("Starting PostgreSQL …"):
            postgres.start()
    with console.status("Applying migrations …"):
        migrations.upgrade()
    console.print("Warehouse is up and migrated. Its address: [bold]cchc url[/]")


@click.command()
@click.option("--remove", is_flag=True, help="Also delete the embedded PostgreSQL with its data.")
def down(remove: bool) -> None:
    """Stop every service that this installation started, the embedded PostgreSQL last."""
    for service in processes.running():
        processes.stop(service.name)
        click.echo(f"stopped {service.name}")
    cluster = postgres.default_cluster()
    if cluster.stop():
        click.echo("stopped postgres")
    if remove:
        cluster.remove()
        click.echo("removed postgres and its data")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def status(as_json: bool) -> None:
    """What runs here, and what Airflow's scheduler has done lately."""
    from ingestion.embedded.airflow_activity import activity, print_activity

    found: list[dict[str, Any]] = []
    if _embedded():
        port = postgres.default_cluster().port
        where = f"127.0.0.1:{port}" if port else ""
        found.append({"service": "postgres", "running": port is not None, "url": where})
    for service in processes.running():
        found.append(
            {"service": service.name, "running": True, "url": service.url, "pid": service.pid}
        )
    done = activity()
    if as_json:
        click.echo(json.dumps({"services": found, "airflow": done}, default=str, indent=2))
        return
    console = Console()
    table = Table("Service", "State", "Address", title=f"Services of {var_dir()}")
    for row in found:
        state = "running" if row["running"] else "stopped"
        table.add_row(row["service"], state, row["url"])
    console.print(table)
    print_activity(console, done)


@click.command()
def url() -> None:
    """Print WAREHOUSE_URL (SQLAlchemy form, with its password)."""
    click.echo(warehouse_url())


@click.command()
def env() -> None:
    """Print shell exports for other tools: eval "$(cchc env)"."""
    values = {"WAREHOUSE_URL": warehouse_url()}
    for service in processes.running():
        values.update({k: v for k, v in service.notes.items() if k.startswith("AIRFLOW_CONN_")})
    for name, value in values.items():
        click.echo(f"export {name}={shlex.quote(value)}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def doctor(as_json: bool) -> None:
    """Say what is missing or wrong here and how to mend it; exit 1 if anything is."""
    from ingestion.embedded.doctor import diagnose

    checks = diagnose()
    if as_json:
        click.echo(json.dumps([check.__dict__ for check in checks], indent=2))
    else:
        table = Table("", "Check", "Found", "What to do", title="cchc doctor")
        for check in checks:
            mark = (
                "[green]✓[/]" if check.is_ok else "[red]✗[/]" if check.is_needed else "[yellow]–[/]"
            )
            table.add_row(mark, check.name, check.found, "" if check.is_ok else check.remedy)
        Console().print(table)
    if any(check.is_needed and not check.is_ok for check in checks):
        raise SystemExit(1)


@click.command(name="airflow")
def airflow_command() -> None:
    """Start Airflow with its web page on loopback and say where it is; `cchc down` stops it."""
    from ingestion.embedded import airflow

    console = Console()
    try:
        warehouse_url()
    except ConfigurationError:
        postgres.start()
    if _embedded():
        postgres.start()
    migrations.upgrade()
    with console.status("Starting Airflow (about half a minute) …"):
        service = airflow.start()
    console.print(f"Airflow: [bold]{service.url}[/]")
    for name, value in service.notes.items():
        if not name.startswith("AIRFLOW_CONN_"):
            console.print(f"{name}: {value}")
