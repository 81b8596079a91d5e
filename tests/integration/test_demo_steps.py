"""The demo's order of runs and what it says, against a recorded Airflow in memory."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from ingestion.embedded import processes
from ingestion.embedded.processes import Service
from sandbox.demo import services
from sandbox.demo.pipeline import CHAIN, INGESTION, PORTAL, PUBLICATIONS, REPORTS, Pipeline, Span
from sandbox.demo.rehearsal import rehearse
from sandbox.demo.steps import DemoFailed, Steps, wait_until


class RecordedAirflow:
    """Answers like Airflow whose every run ends at once, and remembers what was asked."""

    def __init__(self, failing: str = "") -> None:
        dags = [INGESTION, PUBLICATIONS, PORTAL, REPORTS, *(each.dag_id for each in CHAIN)]
        self.paused = dict.fromkeys(dags, True)
        self.asked: list[str] = []
        self.failing = failing

    def import_errors(self) -> list[str]:
        return []

    def dags(self) -> dict[str, bool]:
        return self.paused

    def pause(self, dag_id: str, paused: bool) -> None:
        self.paused[dag_id] = paused
        self.asked.append(f"{'pause' if paused else 'unpause'} {dag_id}")

    def backfill(self, dag_id: str, first: datetime, last: datetime) -> int:
        self.asked.append(f"backfill {first:%Y-%m-%d %H:%M%z} {last:%Y-%m-%d}")
        return 1

    def trigger(self, dag_id: str, conf: dict[str, object]) -> str:
        self.asked.append(f"trigger {conf['first_day']} {conf['last_day']}")
        return "by hand"

    def dag_runs(self, dag_id: str) -> list[dict[str, Any]]:
        return [self.dag_run(dag_id, "scheduled") | {"state": "running"}]

    def dag_run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        state = "failed" if dag_id == self.failing else "success"
        return {"dag_id": dag_id, "dag_run_id": run_id, "state": state}

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        state = "failed" if dag_id == self.failing else "success"
        return [{"task_id": "check", "state": state, "end_date": "2026-11-21"}]

    def task_states(self, runs: list[dict[str, Any]]) -> dict[str, int]:
        return {"success": 3}

    def log(self, task: dict[str, Any]) -> str:
        return "ValueError: this is why"

    def asset_events(self) -> list[dict[str, Any]]:
        return [
            {
                "name": each.asset,
                "source_run_id": "by hand" if each.after == INGESTION else each.after,
                "created_dagruns": [{"dag_id": each.dag_id, "run_id": each.dag_id}],
            }
            for each in CHAIN
        ]


SPAN = Span(date(2026, 8, 1), date(2026, 11, 17), date(2026, 11, 20))


def steps_into(output: io.StringIO) -> Steps:
    return Steps(Console(file=output, width=200))


def test_the_build_is_let_go_only_before_the_last_run() -> None:
    api, output = RecordedAirflow(), io.StringIO()
    pipeline = Pipeline(api, steps_into(output))  # type: ignore[arg-type]
    pipeline.wait_for_dags()
    pipeline.run_daily(SPAN)
    pipeline.load_publishers(SPAN)
    pipeline.catch_up(SPAN)
    assert api.asked == [
        "unpause ingest_dossiers",
        "backfill 2026-11-18 00:00+0700 2026-11-20",
        "unpause ingest_budget_publications",
        "trigger 2025-12-01 2026-11-20",
        "unpause ingest_open_data",
        "trigger 2026-11-06 2026-11-20",
        "unpause ingest_agency_reports",
        "trigger 2026-01-01 2026-11-20",
        "unpause build_indicators",
        "unpause check_agency_data",
        "unpause notify_agencies",
        "unpause publish_open_data",
        "trigger 2026-08-01 2026-11-17",
    ]
    assert "notify_agencies, started by ops/findings (3 tasks success)" in output.getvalue()


def test_a_failed_run_is_told_with_its_log() -> None:
    pipeline = Pipeline(
        RecordedAirflow(failing="check_agency_data"),  # type: ignore[arg-type]
        steps_into(io.StringIO()),
    )
    with pytest.raises(DemoFailed, match="this is why") as failed:
        pipeline.catch_up(SPAN)
    assert "dag_id=check_agency_data" in str(failed.value)


def test_an_unreadable_dag_file_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    api = RecordedAirflow()
    monkeypatch.setattr(api, "import_errors", lambda: ["dags/x.py: SyntaxError"])
    with pytest.raises(DemoFailed, match=r"dags/x\.py"):
        Pipeline(api, steps_into(io.StringIO())).wait_for_dags()  # type: ignore[arg-type]


def test_dags_beside_the_chain_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    api = RecordedAirflow()
    known = [dict(api.paused), {**api.paused, "backfill_history": False}]
    monkeypatch.setattr(api, "dags", lambda: known.pop(0) if len(known) > 1 else known[0])
    monkeypatch.setattr("sandbox.demo.steps.time.sleep", lambda _: None)
    Pipeline(api, steps_into(io.StringIO())).wait_for_dags("backfill_history")  # type: ignore[arg-type]
    assert api.asked == ["pause backfill_history"]


def test_a_source_with_another_share_of_failures_replaces_the_running_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    running = Service("sandbox-api", 1, 0.0)

    def start(name: str, command: list[str], *, notes: dict[str, str], **_: Any) -> Service:
        nonlocal running
        running = Service(name, 1, 0.0, notes=notes)
        done.append(" ".join(command[3:]))
        return running

    monkeypatch.setattr(processes, "find", lambda _: running)
    monkeypatch.setattr(processes, "stop", lambda name: done.append(f"stop {name}"))
    monkeypatch.setattr(processes, "start", start)
    monkeypatch.setattr(processes, "free_port", lambda: 8090)
    assert services.start_source(0.01, 2, 0.2)
    assert not services.start_source(0.01, 2, 0.2)
    assert services.start_source(0.01, 2)
    stop, first, again, second = done
    assert stop == again == "stop sandbox-api"
    assert first == "--port 8090 --scale 0.01 --seed 2 --fail-share 0.2"
    assert second.endswith("--fail-share 0.0")
    assert running.notes["AIRFLOW_CONN_TTHC"].endswith("@127.0.0.1:8090/")


def test_the_rehearsal_leaves_another_airflow_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCHC_AIRFLOW_URL", "https://airflow.example")
    refused = CliRunner().invoke(rehearse, [])
    assert refused.exit_code == 2
    assert "cchc backfill run" in refused.output


def test_the_span_begins_with_a_month_and_ends_with_daily_runs() -> None:
    assert Span.ending(date(2026, 11, 20), months=3) == SPAN
    assert Span.ending(date(2026, 2, 10), months=3).first == date(2025, 11, 1)


def test_waiting_is_bounded() -> None:
    with pytest.raises(DemoFailed, match="The build took longer than 0 s"):
        wait_until(lambda: False, seconds=0, what="The build", every=0)


def test_steps_are_plain_lines_with_seconds_where_there_is_no_terminal() -> None:
    output = io.StringIO()
    steps = steps_into(output)
    with steps.step("Warehouse") as note:
        note("ready")
    assert output.getvalue().splitlines()[0] == "… Warehouse"
    assert "✓ Warehouse (ready) 0.0 s" in output.getvalue()
    assert list(steps.seconds) == ["Warehouse"]
