"""Print as JSON what Airflow would run of a DAG: by its schedule alone, and in a back-fill.

Arguments: folder, DAG id, first and last day of the back-fill. The DAG is serialised first, for the
scheduler knows it only so.
"""

import json
import sys
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from airflow.dag_processing.dagbag import DagBag
from airflow.models.backfill import _get_info_list
from airflow.serialization.serialized_objects import DagSerialization

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

folder, dag_id, *days = sys.argv[1:]
dag = DagBag(dag_folder=folder).dags[dag_id]
known = DagSerialization.from_dict(DagSerialization.to_dict(dag))
first, last = (datetime.combine(date.fromisoformat(day), time(), tzinfo=ZONE) for day in days)
runs = _get_info_list(from_date=first, to_date=last, reverse=False, dag=known)
scheduled = known.next_dagrun_info(last_automated_run_info=None)
after_one = known.next_dagrun_info(last_automated_run_info=runs[-1])
answer = {
    "scheduled": [str(info) for info in (scheduled, after_one) if info],
    "runs": [
        [
            moment.astimezone(ZONE).isoformat()
            for moment in (i.data_interval.start, i.data_interval.end)
        ]
        for i in runs
    ],
}
sys.stdout.write("\n" + json.dumps(answer))
