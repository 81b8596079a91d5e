"""``ingest_budget_publications``: its shape, and one run by ``dag.test()`` against a small site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.fixtures.budget.sites import FakeSites, record, row

DAGS = Path(__file__).resolve().parents[2] / "dags"


@pytest.fixture
def sites() -> Iterator[FakeSites]:
    sites = FakeSites()
    sites.records = [record(n, "19/11/2026") for n in (1, 2)]
    sites.rows = [row(11, "18/11/2026")]
    for n in (1, 2):
        sites.files[f"/tep/{n}.xlsx"] = f"STT;Chỉ tiêu;Dự toán\n1;Thu;{n}\n".encode()
    sites.files["/cong-khai-ngan-sach/tep/11.xlsx"] = b"no table at all"
    yield sites
    sites.close()


def run_dag(run: Any, *orders: dict[str, Any], **variables: str) -> list[Any]:
    dag_id = "ingest_budget_publications"
    done = run("run_dag.py", str(DAGS), dag_id, *map(json.dumps, orders), **variables)
    assert done.returncode == 0, done.stderr[-3000:]
    runs: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return runs


def test_documents_are_read_in_batches_before_their_readings_are_loaded(
    airflow_program: Any, tmp_path: Path
) -> None:
    done = airflow_program("describe_bag.py", str(DAGS), CCHC_VAR=str(tmp_path))
    described = json.loads(done.stdout.splitlines()[-1])
    dag = described["dags"]["ingest_budget_publications"]
    assert dag["params"] == ["first_day", "last_day"]
    assert {name: task["upstream"] for name, task in dag["tasks"].items()} == {
        "find": [],
        "share": ["find"],
        "read": ["share"],
        "load": ["find", "read"],
        "publish": ["find", "load"],
        "all_loaded": ["load"],
    }


def test_a_run_finds_reads_loads_and_says_which_days_changed(
    airflow_program: Any, sites: FakeSites, warehouse: str, var_folder: Path
) -> None:
    two_days = {
        "logical_date": "2026-11-20T12:00:00+07:00",
        "conf": {"first_day": "2026-11-18", "last_day": "2026-11-19"},
    }
    # A document of the 18th came late: the run about the 20th notices it.
    daily = {"logical_date": "2026-11-21T12:00:00+07:00", "conf": {}}
    settings = {
        "AIRFLOW_CONN_BUDGET_PUBLICATIONS": sites.address,
        "WAREHOUSE_URL": warehouse,
        "CCHC_VAR": str(var_folder),
    }
    (first,) = run_dag(airflow_program, two_days, **settings)
    sites.records.append(record(3, "18/11/2026"))
    sites.files["/tep/3.xlsx"] = b"no table either"
    (second,) = run_dag(airflow_program, daily, **settings)

    assert [first["state"], second["state"]] == ["success", "success"]
    spans = [
        (run["events"][0]["first_day"], run["events"][0]["last_day"]) for run in (first, second)
    ]
    assert spans == [("2026-11-18", "2026-11-19"), ("2026-11-18", "2026-11-20")]
    engine = create_engine(warehouse)
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                select d._period, count(distinct d.version_key), count(distinct r.version_key)
                from raw.budget_publications__documents as d
                left join raw.budget_publications__readings as r
                    on d.version_key = r.version_key and d._period = r._period
                group by 1 order by 1""")
        ).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [("2026-11-18", 2, 2), ("2026-11-19", 2, 2)]
