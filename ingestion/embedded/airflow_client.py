"""The few calls of Airflow's REST API that operator commands need."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

Parameter = str | int | bool | Sequence[str]
"""Value of a query parameter; a sequence is sent as one parameter for each."""

FINISHED = frozenset({"success", "failed"})
"""States in which a DAG run stays."""


class AirflowClient:
    """A session on Airflow's REST API, version 2.

    Args:
        url: address of the API server, without ``/api/v2``.
        login: account name.
        password: its password; exchanged for a token on the first call and not kept in any log.
    """

    def __init__(self, url: str, login: str, password: str) -> None:
        self.url = url
        self._credentials = {"username": login, "password": password}
        self._http = httpx.Client(base_url=url, timeout=30.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    @staticmethod
    def read_health(url: str) -> dict[str, str]:
        """Component → ``healthy`` or ``unhealthy``, as the API server sees them.

        Raises:
            httpx.HTTPError: the API server does not answer.
        """
        answer = httpx.get(f"{url}/api/v2/monitor/health", timeout=5.0).raise_for_status()
        return {
            name: part["status"] for name, part in answer.json().items() if part and part["status"]
        }

    def health(self) -> dict[str, str]:
        """`read_health` of this server."""
        return self.read_health(self.url)

    def dags(self) -> dict[str, bool]:
        """DAG id → whether it is paused."""
        found = self._get("/dags", limit=100)["dags"]
        return {dag["dag_id"]: bool(dag["is_paused"]) for dag in found}

    def import_errors(self) -> list[str]:
        """One text for each DAG file that could not be read."""
        found = self._get("/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace']}" for error in found]

    def pause(self, dag_id: str, paused: bool) -> None:
        """Pause a DAG or let it run."""
        self._call("PATCH", f"/dags/{dag_id}", json={"is_paused": paused})

    def trigger(self, dag_id: str, conf: dict[str, object]) -> str:
        """Start a run by hand.

        Returns:
            The run's id.
        """
        body = {"logical_date": None, "conf": conf}
        return str(self._call("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])

    def backfill(
        self,
        dag_id: str,
        first: datetime.datetime,
        last: datetime.datetime,
        *,
        at_a_time: int = 1,
        conf: Mapping[str, object] | None = None,
    ) -> int:
        """Create a back-fill of every interval that starts from ``first`` to ``last``.

        Intervals are run again even where they were run before.

        Args:
            dag_id: the DAG.
            first: start of the first interval.
            last: start of the last interval, or later.
            at_a_time: how many runs at most go on at once.
            conf: parameters of every run.

        Returns:
            The back-fill's id.

        Raises:
            httpx.HTTPStatusError: 409 when another back-fill of the DAG is not over.
        """
        body = {
            "dag_id": dag_id,
            "from_date": first.isoformat(),
            "to_date": last.isoformat(),
            "max_active_runs": at_a_time,
            "reprocess_behavior": "completed",
            "dag_run_conf": dict(conf or {}),
        }
        return int(self._call("POST", "/backfills", json=body)["id"])

    def active_backfill(self, dag_id: str) -> dict[str, Any] | None:
        """The back-fill of a DAG that Airflow does not call completed; there is one at most."""
        found = self._get("/backfills", dag_id=dag_id, order_by="-id", limit=50)["backfills"]
        return next((backfill for backfill in found if backfill["completed_at"] is None), None)

    def resume_backfill(self, backfill_id: int) -> None:
        """Let a paused back-fill start its runs again."""
        self._call("PUT", f"/backfills/{backfill_id}/unpause")

    def end_backfill(self, backfill_id: int) -> None:
        """End a back-fill: what runs goes on, what is queued fails, another may be created.

        Harmless when Airflow has completed it meanwhile.
        """
        try:
            self._call("PUT", f"/backfills/{backfill_id}/cancel")
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.CONFLICT:
                raise

    def unfinished_runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The runs of a DAG that are queued or running, oldest first."""
        found = self._get(
            f"/dags/{dag_id}/dagRuns", state=["queued", "running"], limit=100, order_by="run_after"
        )
        return list(found["dag_runs"])

    def dag_run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """One run as the API gives it (``state``, ``run_type``, ``logical_date`` …)."""
        return self._get(f"/dags/{dag_id}/dagRuns/{run_id}")

    def dag_runs(self, dag_id: str = "~", limit: int = 50) -> list[dict[str, Any]]:
        """The latest runs, newest first; of all DAGs by default."""
        found = self._get(f"/dags/{dag_id}/dagRuns", limit=limit, order_by="-run_after")
        return list(found["dag_runs"])

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of one run."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        return list(self._get(path, limit=500)["task_instances"])

    def task_states(self, runs: Iterable[dict[str, Any]]) -> dict[str, int]:
        """How many task instances of ``runs`` are in which state."""
        states = Counter(
            str(task["state"] or "none")
            for run in runs
            for task in self.tasks(run["dag_id"], run["dag_run_id"])
        )
        return dict(states)

    def log(self, task: dict[str, Any], lines: int = 25) -> str:
        """The last lines of a task instance's latest log."""
        path = (
            f"/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}"
            f"/logs/{task['try_number']}"
        )
        content = self._get(path, map_index=task["map_index"], full_content=True)["content"]
        texts = [text for line in content for text in _texts(line)]
        return "\n".join(texts[-lines:])

    def asset_events(self, limit: int = 50) -> list[dict[str, Any]]:
        """The latest asset events, newest first."""
        found = self._get("/assets/events", limit=limit, order_by="-timestamp")
        return list(found["asset_events"])

    def _get(self, path: str, **parameters: Parameter) -> dict[str, Any]:
        return self._call("GET", path, params=parameters)

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Parameter] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> dict[str, Any]:
        if "Authorization" not in self._http.headers:
            self._log_in()
        response = self._http.request(method, f"/api/v2{path}", params=params, json=json)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            # Tokens last a day, or until the server's secret changes; a back-fill may take longer.
            self._log_in()
            response = self._http.request(method, f"/api/v2{path}", params=params, json=json)
        if response.is_client_error:
            raise httpx.HTTPStatusError(
                f"{method} {path}: {response.status_code} {response.text[:500]}",
                request=response.request,
                response=response,
            )
        return dict(response.raise_for_status().json())

    def _log_in(self) -> None:
        answer = self._http.post("/auth/token", json=self._credentials).raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _texts(line: dict[str, Any] | str) -> list[str]:
    """A log line as text; the errors that it carries as fields included."""
    if isinstance(line, str):
        return [line]
    errors = line.get("error_detail") or []
    return [str(line["event"]), *(f"{e['exc_type']}: {e['exc_value']}" for e in errors)]
