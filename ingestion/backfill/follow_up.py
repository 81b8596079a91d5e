"""What follows the loading: one build, the agencies' cells, the checks of the months loaded.

Findings about back-filled months are kept as history; no agency is told of them (see
`expectations.notices.sending`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ingestion.backfill.board import Board, duration
from ingestion.backfill.orders import BackfillOrder
from ingestion.embedded.airflow_client import FINISHED, AirflowClient

BUILD, CHECK = "build_indicators", "check_agency_data"
"""The second also decides the agencies' cells, before it checks."""

POLL_SECONDS = 2.0


class FollowUpFailed(RuntimeError):
    """A DAG run failed; what was loaded stays, and `cchc backfill resume` does the rest again."""


def follow_up(order: BackfillOrder, api: AirflowClient, board: Board) -> dict[str, float]:
    """Build once, then decide the agencies' cells and check the months.

    Returns:
        Seconds by step: ``build``, ``check``.

    Raises:
        FollowUpFailed: a DAG run failed.
    """
    months = {"first_month": order.first.isoformat(), "last_month": order.last.isoformat()}
    steps = {
        "build": ("Dựng các mart một lần cho mọi thứ vừa nạp", BUILD, {}),
        "check": (
            "Quyết định ô báo cáo của cơ quan, kiểm tra các tháng nạp bù (phát hiện chỉ lưu lại, "
            "không gửi cơ quan)",
            CHECK,
            months,
        ),
    }
    seconds = {}
    for name, (title, dag_id, conf) in steps.items():
        board.say(f"{title} …")
        began = time.monotonic()
        run_dag(api, dag_id, conf)
        seconds[name] = time.monotonic() - began
        board.say(f"Xong {dag_id}: {duration(seconds[name])}.")
    return seconds


def run_dag(api: AirflowClient, dag_id: str, conf: Mapping[str, object] | None = None) -> str:
    """Run a DAG by hand and wait until it has ended well; a paused DAG is paused again.

    Returns:
        The run's id.

    Raises:
        FollowUpFailed: it failed; the end of its log is in the message.
    """
    was_paused = api.dags().get(dag_id)
    if was_paused is None:
        raise FollowUpFailed(f"Airflow không có DAG {dag_id}.")
    if was_paused:
        api.pause(dag_id, False)
    try:
        run_id = api.trigger(dag_id, dict(conf or {}))
        while (run := api.dag_run(dag_id, run_id))["state"] not in FINISHED:
            time.sleep(POLL_SECONDS)
    finally:
        if was_paused:
            api.pause(dag_id, True)
    if run["state"] != "success":
        raise FollowUpFailed(_trouble(api, run))
    return run_id


def _trouble(api: AirflowClient, run: dict[str, Any]) -> str:
    failed = [
        task for task in api.tasks(run["dag_id"], run["dag_run_id"]) if task["state"] == "failed"
    ]
    if not failed:
        return f"{run['dag_id']} {run['dag_run_id']}: thất bại."
    first = min(failed, key=lambda task: str(task["end_date"]))
    return f"{run['dag_id']}, tác vụ {first['task_id']} thất bại. Cuối nhật ký:\n{api.log(first)}"
