"""Run one DAG of the folder with ``dag.test()`` and print what came of it as JSON.

Arguments: folder, DAG id, then one JSON object a run: ``{"logical_date": …, "conf": {…}}``. The
metadata database is this process's own (AIRFLOW_HOME): ``dag.test()`` writes real asset events.
"""

import json
import sys
from datetime import datetime
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.models.asset import AssetEvent
from airflow.utils import db
from airflow.utils.session import create_session
from sqlalchemy import select


def run(folder: str, dag_id: str, order: dict[str, Any]) -> dict[str, Any]:
    # Read anew for each run: dag.test() leaves a run's parameters in the DAG object.
    dag = DagBag(dag_folder=folder).dags[dag_id]
    logical_date = datetime.fromisoformat(order["logical_date"])
    run = dag.test(logical_date=logical_date, run_after=logical_date, run_conf=order["conf"])
    tasks = [
        {"task": task.task_id, "label": task.rendered_map_index, "state": task.state}
        for task in run.get_task_instances()
    ]
    with create_session() as session:
        # Runs of two DAGs at one moment have the same id.
        of_run = (AssetEvent.source_dag_id == dag_id, AssetEvent.source_run_id == run.run_id)
        events = session.scalars(select(AssetEvent).where(*of_run))
        extras = [event.extra for event in events]
    return {"state": run.state, "tasks": tasks, "events": extras}


folder, dag_id, *orders = sys.argv[1:]
db.initdb()
runs = [run(folder, dag_id, json.loads(order)) for order in orders]
sys.stdout.write("\n" + json.dumps(runs, default=str))
