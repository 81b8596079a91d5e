"""``ingest_open_data``: its shape, and runs by ``dag.test()`` against a small portal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.fixtures.open_data.portal import Call, FakePortal, Reply

DAGS = Path(__file__).resolve().parents[2] / "dags"
DAG_ID = "ingest_open_data"


@pytest.fixture
def portal() -> Iterator[FakePortal]:
    portal = FakePortal()
    portal.publish("d1", "co-so.csv", "thuoc.csv")
    yield portal
    portal.close()


def test_files_are_looked_at_after_the_catalogue_and_a_lack_turns_a_leaf_red(
    airflow_program: Any, tmp_path: Path
) -> None:
    done = airflow_program("describe_bag.py", str(DAGS), CCHC_VAR=str(tmp_path))
    dag = json.loads(done.stdout.splitlines()[-1])["dags"][DAG_ID]
    assert {name: task["upstream"] for name, task in dag["tasks"].items()} == {
        "harvest": [],
        "look": ["harvest"],
        "publish": ["harvest", "look"],
        "all_loaded": ["harvest", "look"],
    }


def test_a_run_harvests_looks_and_says_which_days_there_are(
    airflow_program: Any, portal: FakePortal, warehouse: str, var_folder: Path
) -> None:
    def down_on_the_18th(call: Call) -> Reply | None:
        return Reply(503) if call.headers.get("X-As-Of") == "2026-11-18" else None

    portal.behaviour = down_on_the_18th
    daily = {"logical_date": "2026-11-20T12:00:00+07:00", "conf": {}}
    catch_up = {
        "logical_date": "2026-11-21T12:00:00+07:00",
        "conf": {"first_day": "2026-11-17", "last_day": "2026-11-18"},
    }
    done = airflow_program(
        "run_dag.py",
        str(DAGS),
        DAG_ID,
        *map(json.dumps, (daily, catch_up)),
        AIRFLOW_CONN_OPEN_DATA_PORTAL=f"{portal.address}/?as_of_header=X-As-Of",
        WAREHOUSE_URL=warehouse,
        CCHC_VAR=str(var_folder),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = json.loads(done.stdout.splitlines()[-1])
    # The day that is lacking turns the run red; the one that came is there and is announced.
    assert [first["state"], second["state"]] == ["success", "failed"]
    spans = [
        (run["events"][0]["first_day"], run["events"][0]["last_day"]) for run in (first, second)
    ]
    assert spans == [("2026-11-19", "2026-11-19"), ("2026-11-17", "2026-11-17")]
    engine = create_engine(warehouse)
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                select _period, count(*), min(looked), min(real_format), min(table_state)
                from raw.open_data_portal__contents
                group by 1
                order by 1""")
        ).all()
        causes = connection.execute(
            text("select resource, cause from ops.ledger where outcome <> 'accepted'")
        ).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [
        ("2026-11-17", 2, "fetched", "csv", "parsed"),
        ("2026-11-19", 2, "fetched", "csv", "parsed"),
    ]
    assert [tuple(row) for row in causes] == [("datasets", "source")]
