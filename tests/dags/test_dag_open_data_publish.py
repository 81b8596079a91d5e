"""``publish_open_data`` run by ``dag.test()`` on small marts: published once, then left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.integration import open_marts

DAGS = Path(__file__).resolve().parents[2] / "dags"


def test_a_run_publishes_and_the_next_finds_nothing_new(
    airflow_program: Any, warehouse: str, var_folder: Path
) -> None:
    open_marts.fill(warehouse)
    orders = [
        json.dumps({"logical_date": f"2026-11-{day}T12:00:00+07:00", "conf": {}})
        for day in (21, 22)
    ]
    settings = {"WAREHOUSE_URL": warehouse, "CCHC_VAR": str(var_folder)}
    done = airflow_program("run_dag.py", str(DAGS), "publish_open_data", *orders, **settings)
    assert done.returncode == 0, done.stderr[-3000:]
    runs = json.loads(done.stdout.splitlines()[-1])
    assert [run["state"] for run in runs] == ["success", "success"]
    assert (var_folder / "open-data" / "index.html").is_file()
    engine = create_engine(warehouse)
    with engine.connect() as connection:
        query = (
            "select details::json ->> 'is_new' from ops.outcome where step = 'publish' order by 1"
        )
        assert list(connection.scalars(text(query))) == ["false", "true"]
    engine.dispose()
