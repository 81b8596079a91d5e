"""Print the spans that ``dags.shared.days`` reads from contexts given as JSON arguments."""

import json
import sys
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from dags.shared import days
from dags.shared.assets import INDICATORS


def context_of(order: dict[str, Any]) -> dict[str, Any]:
    events = [SimpleNamespace(extra=extra) for extra in order.get("events", [])]
    moments = {
        name: datetime.fromisoformat(order[name])
        for name in ("data_interval_start", "data_interval_end")
        if name in order
    }
    run_after = datetime.fromisoformat(order.get("run_after", "2026-11-20T17:30:00+00:00"))
    return {
        "params": order.get("params", {}),
        "triggering_asset_events": {INDICATORS: events} if events else {},
        "dag_run": SimpleNamespace(run_after=run_after),
        **moments,
    }


def answer(order: dict[str, Any]) -> Any:
    context = context_of(order)
    try:
        if order["ask"] == "days":
            return [day.isoformat() for day in days.days_of(context)]
        return [day.isoformat() for day in days.months_of(context, INDICATORS)]
    except AirflowFailException as error:
        return str(error)


sys.stdout.write("\n" + json.dumps([answer(json.loads(order)) for order in sys.argv[1:]]))
