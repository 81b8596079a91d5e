"""``backfill_history``: what Airflow makes of its intervals, and a month by ``dag.test()``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ingestion.backfill.orders import read_orders
from ingestion.ledger.standing import CellState, standing

DAGS = Path(__file__).resolve().parents[2] / "dags"
PASSWORD = "only-for-this-test"
JANUARY = (date(2021, 1, 1), date(2021, 1, 31))


class OneStopSystem:
    """The simulated API in a process of its own; a share of its windows cannot be had."""

    def __init__(self, address: str) -> None:
        self.connection = f"http://tester:{PASSWORD}@{address}/"
        self._address = address

    def fail(self, share: float) -> None:
        request = urllib.request.Request(
            f"http://{self._address}/api/_chaos/failures",
            json.dumps({"share": share}).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=30).close()


@pytest.fixture(scope="module")
def system() -> Iterator[OneStopSystem]:
    command = [sys.executable, "-m", "sandbox.api", "--port", "0", "--scale", "0.002", "--chaos"]
    variables = {"CCHC_SANDBOX_USER": "tester", "CCHC_SANDBOX_PASSWORD": PASSWORD}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **variables}
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().removeprefix("ready http://").strip()
        assert address
        yield OneStopSystem(address)
        server.terminate()


def intervals(run: Any, first: date, last: date) -> dict[str, Any]:
    days = (first.isoformat(), last.isoformat())
    done = run("intervals.py", str(DAGS), "backfill_history", *days)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_schedule_starts_nothing_and_every_month_of_each_back_fill_can_be_run(
    airflow_program: Any,
) -> None:
    orders = [order for order in read_orders() if "tthc" in order.sources]
    assert orders
    for order in orders:
        found = intervals(airflow_program, order.first, order.last)
        assert found["scheduled"] == [], "unpausing the DAG would start a run"
        assert found["runs"][0][0] == f"{order.first}T00:00:00+07:00"
        assert found["runs"][-1][1] == f"{order.last + timedelta(days=1)}T00:00:00+07:00"
        months = (order.last.year - order.first.year) * 12 + order.last.month - order.first.month
        assert len(found["runs"]) == months + 1


def run_january(run: Any, system: OneStopSystem, *backfills: str | None) -> list[str]:
    """Run January 2021 as a back-fill of Airflow would, once for each; the runs' states."""
    conf = {"sources": ["tthc"]}
    orders = [
        json.dumps(
            {"logical_date": f"2021-02-{day:02}T12:00:00+07:00", "conf": conf | {"backfill": name}}
        )
        for day, name in enumerate(backfills, start=1)
    ]
    done = run(
        "run_dag.py",
        *(str(DAGS), "backfill_history", *orders),
        AIRFLOW_CONN_TTHC=system.connection,
        WAREHOUSE_URL=os.environ["WAREHOUSE_URL"],
        CCHC_VAR=os.environ["CCHC_VAR"],
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert PASSWORD not in done.stdout
    runs = json.loads(done.stdout.splitlines()[-1])
    assert [ended["events"] for ended in runs] == [[]] * len(runs), "builds would follow"
    return [str(ended["state"]) for ended in runs]


def january(warehouse: str) -> list[CellState]:
    engine = create_engine(warehouse)
    cells = standing(engine, *JANUARY, ["tthc"], parties=["system"])
    engine.dispose()
    return cells


def fetched(warehouse: str) -> list[tuple[str, str]]:
    """(resource, period) of every fetch so far."""
    engine = create_engine(warehouse)
    query = "select resource, period from ops.outcome where step = 'fetch' order by outcome_id"
    with engine.connect() as connection:
        found = [(str(row.resource), str(row.period)) for row in connection.execute(text(query))]
    engine.dispose()
    return found


@pytest.mark.usefixtures("var_folder")
def test_a_month_with_failed_days_is_red_keeps_its_good_days_and_is_resumed_by_the_ledger(
    airflow_program: Any, system: OneStopSystem, warehouse: str
) -> None:
    system.fail(0.1)
    assert run_january(airflow_program, system, "2021_2025") == ["failed"]
    cells = january(warehouse)
    bad = sorted((c.resource, str(c.period)) for c in cells if c.outcome == "failed")
    assert bad
    assert {cell.outcome for cell in cells} == {"accepted", "failed"}
    assert {cell.cause for cell in cells if cell.outcome == "failed"} == {"source"}

    system.fail(0)
    before = len(fetched(warehouse))
    states = run_january(airflow_program, system, "2021_2025", "2021_2025", None)
    assert states == ["success"] * 3
    assert {cell.outcome for cell in january(warehouse)} == {"accepted"}
    again = fetched(warehouse)[before:]
    # The first run fetches what failed, the second nothing; without a back-fill it is all of it.
    assert sorted(again[: len(bad)]) == bad
    every = sorted((cell.resource, str(cell.period)) for cell in cells)
    assert sorted(again[len(bad) :]) == every
