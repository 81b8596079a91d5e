"""Drives the real scheduler through the demo: runs by schedule, back-fill and hand, then the chain.

The chain is let go only before the last run, so that everything loaded before is built at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from ingestion.core.environment import TIMEZONE, var_dir
from ingestion.embedded.airflow_client import FINISHED, AirflowClient
from sandbox.demo.steps import DemoFailed, Steps, wait_until

INGESTION = "ingest_dossiers"
PUBLICATIONS = "ingest_budget_publications"
PORTAL = "ingest_open_data"
REPORTS = "ingest_agency_reports"


@dataclass(frozen=True)
class Follower:
    """A DAG that an asset's event starts.

    Attributes:
        dag_id: the DAG.
        asset: the asset.
        after: the DAG whose run gives the event.
    """

    dag_id: str
    asset: str
    after: str


CHAIN = (
    Follower("build_indicators", "raw/tthc", INGESTION),
    Follower("check_agency_data", "marts/indicators", "build_indicators"),
    Follower("notify_agencies", "ops/findings", "check_agency_data"),
    Follower("publish_open_data", "marts/findings", "check_agency_data"),
)
"""What follows the load, in the order in which it is waited for."""


@dataclass(frozen=True)
class Span:
    """What the demo loads.

    Attributes:
        first: first day of the catch-up run.
        last: its last day.
        until: last day of all; the days between are daily runs.
    """

    first: date
    last: date
    until: date

    @property
    def first_publication(self) -> date:
        """First day of the publications: the year's estimates come out before the year begins."""
        return date(self.until.year - 1, 12, 1)

    @property
    def first_snapshot(self) -> date:
        """First day of the open-data portal: enough to show what changes from day to day."""
        return self.until - timedelta(days=14)

    @property
    def first_report(self) -> date:
        """First day of the reports: those about the whole of last year come early in a year."""
        return date(self.until.year, 1, 1)

    @classmethod
    def ending(cls, until: date, months: int, daily_runs: int = 3) -> Span:
        """The span of about ``months`` months up to ``until``, the last days as daily runs."""
        last = until - timedelta(days=daily_runs)
        month = until.year * 12 + until.month - 1 - months
        return cls(date(month // 12, month % 12 + 1, 1), last, until)


class Pipeline:
    """The DAGs of one running Airflow.

    Args:
        api: its REST API.
        steps: where to report.
    """

    def __init__(self, api: AirflowClient, steps: Steps) -> None:
        self._api = api
        self._steps = steps

    def wait_for_dags(self, *also: str) -> None:
        """Wait until Airflow has read all DAG files, and pause them.

        Args:
            also: DAGs that are needed beside those of the chain.

        Raises:
            DemoFailed: a file has an error, or it took too long.
        """
        wanted = {INGESTION, PUBLICATIONS, PORTAL, REPORTS, *(each.dag_id for each in CHAIN), *also}

        def known() -> bool:
            if errors := self._api.import_errors():
                raise DemoFailed("Airflow cannot read a DAG file:\n" + "\n".join(errors))
            return wanted <= self._api.dags().keys()

        wait_until(known, seconds=120, what="Reading the DAG files")
        self.pause_all()

    def pause_all(self) -> None:
        """Pause every DAG, so that nothing starts by itself."""
        for dag_id, paused in self._api.dags().items():
            if not paused:
                self._api.pause(dag_id, True)

    def run_daily(self, span: Span) -> None:
        """Let the schedule run and back-fill the days between catch-up and ``span.until``."""
        with self._steps.step("Daily runs: the schedule's own and a back-fill") as note:
            first, last = _midnight(span.last + timedelta(days=1)), _midnight(span.until)
            self._api.pause(INGESTION, False)
            wait_until(
                lambda: bool(self._api.dag_runs(INGESTION)), seconds=60, what="The first schedule"
            )
            self._api.backfill(INGESTION, first, last)
            runs = [r for r in self._api.dag_runs(INGESTION) if r["state"] not in FINISHED]
            self._await(runs, seconds=300)
            note(f"{len(runs)} runs")

    def load_publishers(self, span: Span) -> None:
        """Budget publications, the open-data portal day by day and reports, side by side."""
        spans = {
            PUBLICATIONS: span.first_publication,
            PORTAL: span.first_snapshot,
            REPORTS: span.first_report,
        }
        since = ", ".join(
            f"{what} {first}"
            for what, first in zip(
                ("budget publications", "portal", "reports"), spans.values(), strict=True
            )
        )
        with self._steps.step(f"Since then: {since}") as note:
            runs = []
            for dag_id, first in spans.items():
                self._api.pause(dag_id, False)
                days = {"first_day": first.isoformat(), "last_day": span.until.isoformat()}
                runs.append(self._api.dag_run(dag_id, self._api.trigger(dag_id, dict(days))))
            ended = self._await(runs, seconds=600)
            note(", ".join(f"{n} tasks {s}" for s, n in self._api.task_states(ended).items()))

    def catch_up(self, span: Span) -> None:
        """Load the history in one run and follow its asset event to the last DAG."""
        days = {"first_day": span.first.isoformat(), "last_day": span.last.isoformat()}
        for each in CHAIN:
            self._api.pause(each.dag_id, False)
        with self._steps.step(f"Catch-up run {span.first} … {span.last}"):
            run_id = self._api.trigger(INGESTION, dict(days))
            ended = {INGESTION: self._await([self._api.dag_run(INGESTION, run_id)], seconds=600)}
        for each in CHAIN:
            with self._steps.step(f"{each.dag_id}, started by {each.asset}") as note:
                begun = self._started_by(ended[each.after][0], each.asset, each.dag_id)
                run = ended[each.dag_id] = self._await(begun, seconds=600)
                note(", ".join(f"{n} tasks {s}" for s, n in self._api.task_states(run).items()))

    def _started_by(self, run: dict[str, Any], asset: str, dag_id: str) -> list[dict[str, Any]]:
        """The run of ``dag_id`` that the event of ``run`` on ``asset`` has started."""
        found: list[dict[str, Any]] = []

        def started() -> bool:
            for event in self._api.asset_events():
                if (event["name"], event["source_run_id"]) == (asset, run["dag_run_id"]):
                    found[:] = [
                        self._api.dag_run(dag_id, begun["run_id"])
                        for begun in event["created_dagruns"]
                        if begun["dag_id"] == dag_id
                    ]
            return bool(found)

        wait_until(started, seconds=60, what=f"Starting {dag_id} on {asset}")
        return found

    def _await(self, runs: Iterable[dict[str, Any]], seconds: float) -> list[dict[str, Any]]:
        """Wait until all runs have ended well.

        Raises:
            DemoFailed: one failed, with the end of its failed task's log, or took too long.
        """
        ended = []
        for run in runs:
            dag_id, run_id = run["dag_id"], run["dag_run_id"]
            self._until_ended(dag_id, run_id, seconds)
            ended.append(self._api.dag_run(dag_id, run_id))
            if ended[-1]["state"] != "success":
                raise DemoFailed(self._trouble(dag_id, run_id))
        return ended

    def _until_ended(self, dag_id: str, run_id: str, seconds: float) -> None:
        def ended() -> bool:
            if self._api.dag_run(dag_id, run_id)["state"] in FINISHED:
                return True
            # A retry minutes later is right at night; a person who watches wants to know now.
            return any(t["state"] == "up_for_retry" for t in self._api.tasks(dag_id, run_id))

        wait_until(ended, seconds=seconds, what=f"Run {run_id} of {dag_id}")

    def _trouble(self, dag_id: str, run_id: str) -> str:
        tasks = self._api.tasks(dag_id, run_id)
        bad = [task for task in tasks if task["state"] in {"failed", "up_for_retry"}]
        logs = var_dir() / "airflow" / "logs"
        if not bad:
            return f"Run {run_id} of {dag_id} failed; its logs are in {logs}"
        first = min(bad, key=lambda task: str(task["end_date"]))
        folder = logs / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={first['task_id']}"
        return (
            f"Task {first['task_id']} of {dag_id} failed. Its log, in {folder}, ends:\n"
            f"{self._api.log(first)}"
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=TIMEZONE)
