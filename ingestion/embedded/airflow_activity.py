"""What Airflow's scheduler has done lately, for ``cchc status``.

Read from the metadata database, which is still there when Airflow itself is stopped. This is an
operator's view in read-only SQL; tasks never look there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from ingestion.core.environment import TIMEZONE
from ingestion.embedded import airflow
from ingestion.embedded.processes import ServiceError

RUNS, EVENTS = 20, 10
"""How many of the latest are shown."""


def activity() -> dict[str, Any] | None:
    """What an operator asks first.

    Returns:
        ``components`` (name → ``healthy``, ``unhealthy`` or ``down``), ``dag_runs`` (the latest,
        newest first, each with its ``tasks``: state → count), ``run_count``, ``task_instances``
        (state → count over all runs) and ``asset_events`` (the latest); None where there is no
        metadata database yet, or it is stopped.
    """
    try:
        metadata = create_engine(airflow.metadata_url())
    except ServiceError:
        return None
    try:
        with metadata.connect() as connection:
            connection.execute(text("set transaction read only"))
            return {"components": airflow.components(), **_read(connection)}
    except SQLAlchemyError:
        # Not there, or not migrated: Airflow has never run here.
        return None
    finally:
        metadata.dispose()


def _read(connection: Connection) -> dict[str, Any]:
    runs = _rows(
        connection,
        """
        select dag_id, run_id, run_type, state, run_after, data_interval_start, data_interval_end
        from dag_run order by run_after desc, id desc limit :most
        """,
        most=RUNS,
    )
    by_run: dict[tuple[str, str], dict[str, int]] = {}
    total: dict[str, int] = {}
    for row in _rows(
        connection,
        """
        select dag_id, run_id, coalesce(state, 'none') as state, count(*) as amount
        from task_instance group by 1, 2, 3 order by 1, 2, 3
        """,
    ):
        by_run.setdefault((row["dag_id"], row["run_id"]), {})[row["state"]] = row["amount"]
        total[row["state"]] = total.get(row["state"], 0) + row["amount"]
    return {
        "dag_runs": [
            run | {"tasks": by_run.get((run["dag_id"], run["run_id"]), {})} for run in runs
        ],
        "run_count": _rows(connection, "select count(*) as amount from dag_run")[0]["amount"],
        "task_instances": total,
        "asset_events": _rows(
            connection,
            """
            select asset.name, event.timestamp, event.source_dag_id, event.source_task_id
            from asset_event as event inner join asset on asset.id = event.asset_id
            order by event.timestamp desc limit :most
            """,
            most=EVENTS,
        ),
    }


def _rows(connection: Connection, statement: str, **parameters: int) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(statement), parameters).mappings()]


def print_activity(console: Console, found: dict[str, Any] | None) -> None:
    """Show what `activity` found to a person."""
    if found is None:
        console.print(
            "Airflow: nothing to show; it has not run here yet, or its database is stopped."
        )
        return
    parts = ", ".join(f"{name} {state}" for name, state in found["components"].items())
    console.print(f"Airflow: {parts}")
    shown = f"Latest {len(found['dag_runs'])} of {found['run_count']} DAG runs"
    table = Table("DAG", "Run after", "Kind", "State", "Tasks", "Interval", title=shown)
    for run in found["dag_runs"]:
        bounds = [run["data_interval_start"], run["data_interval_end"]]
        interval = " – ".join(_local(moment) for moment in bounds if moment)
        tasks = _counts(run["tasks"])
        after = _local(run["run_after"])
        table.add_row(run["dag_id"], after, run["run_type"], run["state"], tasks, interval)
    console.print(table)
    console.print(f"Task instances: {_counts(found['task_instances']) or 'none'}")
    for event in found["asset_events"]:
        source = f"{event['source_dag_id']} / {event['source_task_id']}"
        console.print(f"Asset event {_local(event['timestamp'])}: {event['name']} from {source}")


def _counts(states: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in states.items())


def _local(moment: datetime) -> str:
    return moment.astimezone(TIMEZONE).strftime("%Y-%m-%d %H:%M")
