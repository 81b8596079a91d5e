"""``ingest_agency_reports``: runs by ``dag.test()`` against a landing folder and no mailbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.fixtures.reports.clerk import filled
from tests.fixtures.reports.plugin import CONNECTION

DAGS = Path(__file__).resolve().parents[2] / "dags"


def test_a_run_loads_what_came_closes_the_day_and_tells_only_then(
    airflow_program: Any, warehouse: str, var_folder: Path
) -> None:
    archive = var_folder / "landing" / "manual" / "agency_reports" / "2026-11-19" / "SNV"
    archive.mkdir(parents=True)
    (archive / "bc.xlsx").write_bytes(filled())
    runs = [
        {"logical_date": "2026-11-20T09:00:00+07:00", "conf": {}},
        {"logical_date": "2026-11-20T09:10:00+07:00", "conf": {}},
        {
            "logical_date": "2026-11-20T09:20:00+07:00",
            "conf": {"first_day": "2026-11-01", "last_day": "2026-11-02"},
        },
    ]
    done = airflow_program(
        "run_dag.py",
        str(DAGS),
        "ingest_agency_reports",
        *map(json.dumps, runs),
        AIRFLOW_CONN_AGENCY_REPORTS=CONNECTION,
        WAREHOUSE_URL=warehouse,
        CCHC_VAR=str(var_folder),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, second, by_hand = json.loads(done.stdout.splitlines()[-1])
    assert [run["state"] for run in (first, second, by_hand)] == ["success"] * 3
    # The week before was never loaded: it is closed, and the archive's file is in it.
    span = (first["events"][0]["first_day"], first["events"][0]["last_day"])
    assert span == ("2026-11-13", "2026-11-19")
    # Nothing came since: nobody is told.
    assert second["events"] == []
    assert {t["task"]: t["state"] for t in second["tasks"]}["publish"] == "skipped"
    span = (by_hand["events"][0]["first_day"], by_hand["events"][0]["last_day"])
    assert span == ("2026-11-01", "2026-11-02")
    engine = create_engine(warehouse)
    with engine.connect() as connection:
        rows = connection.execute(
            text("select agency_code, state, _period from raw.agency_reports__submissions")
        ).all()
        days = connection.execute(
            text("select count(*) from ops.ledger where outcome = 'accepted'")
        ).scalar_one()
    engine.dispose()
    assert [tuple(row) for row in rows] == [("SNV", "accepted", "2026-11-19")]
    assert days == 9


def test_a_door_that_fails_turns_the_run_red_and_what_came_is_loaded(
    airflow_program: Any, warehouse: str, var_folder: Path
) -> None:
    archive = var_folder / "landing" / "manual" / "agency_reports" / "2026-11-19" / "SNV"
    archive.mkdir(parents=True)
    (archive / "bc.xlsx").write_bytes(filled())
    key = CONNECTION.partition("?")[2]
    done = airflow_program(
        "run_dag.py",
        str(DAGS),
        "ingest_agency_reports",
        json.dumps({"logical_date": "2026-11-20T10:00:00+07:00", "conf": {}}),
        AIRFLOW_CONN_AGENCY_REPORTS=f"imap://office:secret@127.0.0.1:1/?{key}",
        WAREHOUSE_URL=warehouse,
        CCHC_VAR=str(var_folder),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    [run] = json.loads(done.stdout.splitlines()[-1])
    states = {task["task"]: task["state"] for task in run["tasks"]}
    assert run["state"] == "failed"
    assert states == {
        "collect": "failed",
        "all_collected": "upstream_failed",
        "load": "success",
        "publish": "success",
    }
    assert "secret" not in done.stdout + done.stderr
