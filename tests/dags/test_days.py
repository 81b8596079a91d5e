"""Which days and months a run is about."""

from __future__ import annotations

import json
from typing import Any

CASES: list[tuple[dict[str, Any], Any]] = [
    (
        {
            "ask": "days",
            "data_interval_start": "2026-11-19T17:00:00+00:00",
            "data_interval_end": "2026-11-20T17:00:00+00:00",
        },
        ["2026-11-20", "2026-11-20"],
    ),
    (
        {"ask": "days", "params": {"first_day": "2026-08-01", "last_day": "2026-10-31"}},
        ["2026-08-01", "2026-10-31"],
    ),
    (
        {"ask": "days", "params": {"first_day": "2026-08-01", "last_day": None}},
        "Give both first_day and last_day, or neither.",
    ),
    (
        {"ask": "days", "params": {"first_day": "2026-08-02", "last_day": "2026-08-01"}},
        "first_day 2026-08-02 lies after last_day 2026-08-01.",
    ),
    ({"ask": "days"}, "Give first_day and last_day, or a logical date."),
    # Two loads that led to one build; the months before them are judged again.
    (
        {
            "ask": "months",
            "events": [
                {"first_day": "2026-11-20", "last_day": "2026-11-20"},
                {"first_day": "2026-09-02", "last_day": "2026-10-05"},
            ],
        },
        ["2026-06-02", "2026-11-20"],
    ),
    # A run by hand has no events: the local day of the run, which is not the day in UTC.
    ({"ask": "months"}, ["2026-08-21", "2026-11-21"]),
    (
        {"ask": "months", "params": {"first_month": "2021-01-01", "last_month": "2021-12-01"}},
        ["2021-01-01", "2021-12-01"],
    ),
]


def test_spans_come_from_parameters_interval_or_events(airflow_program: Any) -> None:
    done = airflow_program("spans.py", *(json.dumps(order) for order, _ in CASES))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [expected for _, expected in CASES]
