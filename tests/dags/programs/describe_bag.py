"""Print as JSON what Airflow makes of the DAG folder given as argument.

Runs in a process of its own: Airflow reads its configuration when it is imported, and the test
session must not depend on which test imports it first.
"""

import json
import sys
from typing import Any

import pendulum
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.serialization.serialized_objects import DagSerialization

NOON = pendulum.datetime(2026, 11, 21, 12, tz="Asia/Ho_Chi_Minh")


def describe_task(task: Any) -> dict[str, Any]:
    policy = task.retry_policy
    return {
        "owner": task.owner,
        "retries": task.retries,
        "backoff": task.retry_exponential_backoff,
        "rules": [[rule.exception_path, rule.action.value] for rule in policy.rules]
        if policy
        else [],
        "outlets": [asset.name for asset in task.outlets],
        "mails": bool(task.on_failure_callback) or bool(getattr(task, "email", None)),
        "upstream": sorted(task.upstream_task_ids),
    }


def describe_dag(dag: Any) -> dict[str, Any]:
    timetable = coerce_to_core_timetable(dag.timetable)
    interval = timetable.infer_manual_data_interval(run_after=NOON)
    condition = getattr(timetable, "asset_condition", None)
    return {
        "tags": sorted(dag.tags),
        "doc": dag.doc_md,
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "timetable": type(timetable).__name__,
        "interval": [moment.in_tz("Asia/Ho_Chi_Minh").isoformat() for moment in interval],
        "on": sorted(asset.name for _, asset in condition.iter_assets()) if condition else [],
        "params": list(dag.params),
        "tasks": {task.task_id: describe_task(task) for task in dag.tasks},
        "serialised": len(json.dumps(DagSerialization.to_dict(dag))),
    }


bag = DagBag(dag_folder=sys.argv[1])
described = {dag_id: describe_dag(dag) for dag_id, dag in bag.dags.items()}
loaded = sorted({name.partition(".")[0] for name in sys.modules})
sys.stdout.write(json.dumps({"errors": bag.import_errors, "dags": described, "modules": loaded}))
