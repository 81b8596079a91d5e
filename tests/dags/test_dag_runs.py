"""``ingest_dossiers`` run by ``dag.test()`` against the simulated API and a real warehouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

DAGS = Path(__file__).resolve().parents[2] / "dags"
PASSWORD = "only-for-this-test"


@pytest.fixture(scope="module")
def one_stop_system() -> Iterator[str]:
    """The simulated API; its connection URI."""
    command = [sys.executable, "-m", "sandbox.api", "--port", "0", "--scale", "0.01"]
    variables = {"CCHC_SANDBOX_USER": "tester", "CCHC_SANDBOX_PASSWORD": PASSWORD}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **variables}
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().removeprefix("ready http://").strip()
        assert address
        yield f"http://tester:{PASSWORD}@{address}/"
        server.terminate()


def run_dag(run: Any, dag_id: str, *orders: dict[str, Any], **variables: str) -> list[Any]:
    done = run("run_dag.py", str(DAGS), dag_id, *map(json.dumps, orders), **variables)
    assert done.returncode == 0, done.stderr[-3000:]
    runs: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return runs


def rows(warehouse: str, query: str) -> list[tuple[Any, ...]]:
    engine = create_engine(warehouse)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def test_a_second_run_loads_the_same_and_the_interval_decides_the_day(
    airflow_program: Any, one_stop_system: str, warehouse: str, var_folder: Path
) -> None:
    # The logical date of a run by hand lies after its interval: noon of the 20th is about the 19th.
    daily = {"logical_date": "2026-11-20T12:00:00+07:00", "conf": {}}
    catch_up = {
        "logical_date": "2026-11-21T12:00:00+07:00",
        "conf": {"first_day": "2026-11-17", "last_day": "2026-11-18"},
    }
    half_a_span = {
        "logical_date": "2026-11-22T12:00:00+07:00",
        "conf": {"first_day": "2026-11-21"},
    }
    *runs, refused = run_dag(
        airflow_program,
        "ingest_dossiers",
        *(daily, catch_up, daily, catch_up, half_a_span),
        AIRFLOW_CONN_TTHC=one_stop_system,
        WAREHOUSE_URL=warehouse,
        CCHC_VAR=str(var_folder),
    )
    assert [run["state"] for run in runs] == ["success"] * 4
    labels = {task["label"] for task in runs[0]["tasks"] if task["task"] == "load"}
    assert labels == {"dossiers", "procedures", "ratings"}
    days = [(run["events"][0]["first_day"], run["events"][0]["last_day"]) for run in runs]
    assert days == [("2026-11-19", "2026-11-19"), ("2026-11-17", "2026-11-18")] * 2

    announced = [dossier_rows(run) for run in runs]
    assert announced[:2] == announced[2:]
    assert all(count > 0 for count in announced)
    loaded = dict(rows(warehouse, "select _period, count(*) from raw.tthc__dossiers group by 1"))
    assert sorted(loaded) == ["2026-11-17", "2026-11-18", "2026-11-19"]
    assert loaded["2026-11-19"] == announced[0]
    assert sum(loaded.values()) == announced[0] + announced[1]

    assert refused["state"] == "failed"
    assert refused["events"] == []
    assert PASSWORD not in json.dumps(runs)


def dossier_rows(run: dict[str, Any]) -> int:
    """What the last event of a run announced."""
    loads = run["events"][-1]["loads"]
    return next(int(load["rows"]) for load in loads if load["resource"] == "dossiers")
