"""What Airflow makes of ``dags/``, without and with the manifest of dbt."""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

DAGS = Path(__file__).resolve().parents[2] / "dags"
FILES = sorted(DAGS.glob("*.py"))
EXPECTED = {
    "ingest_agency_reports",
    "ingest_budget_publications",
    "ingest_dossiers",
    "ingest_open_data",
    "backfill_history",
    "build_indicators",
    "check_agency_data",
    "notify_agencies",
    "publish_open_data",
}
REPORTS = "ingest_agency_reports"
SECTIONS = ("Purpose", "Inputs", "Outputs", "If it fails", "Back-fill")


def describe(run: Any, dags: Path, var: Path) -> dict[str, Any]:
    done = run("describe_bag.py", str(dags), CCHC_VAR=str(var))
    assert done.returncode == 0, done.stderr
    described: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return described


@pytest.fixture(scope="module")
def bag(airflow_program: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The bag of a fresh checkout: no manifest, no connection, no warehouse."""
    return describe(airflow_program, DAGS, tmp_path_factory.mktemp("var"))


def test_the_bag_holds_exactly_the_expected_dags_and_no_error(bag: dict[str, Any]) -> None:
    assert bag["errors"] == {}
    assert set(bag["dags"]) == EXPECTED


def test_a_broken_dag_file_would_be_noticed(airflow_program: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("from airflow.sdk import dag\nraise ValueError('broken')\n")
    found = describe(airflow_program, tmp_path, tmp_path)
    assert found["dags"] == {}
    assert "broken" in next(iter(found["errors"].values()))


def test_reading_dags_loads_no_heavy_package(bag: dict[str, Any]) -> None:
    heavy = {"pandas", "pyarrow", "great_expectations", "dbt", "expectations", "psycopg"}
    assert heavy.isdisjoint(bag["modules"])


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_every_dag_says_who_owns_it_and_what_to_do(bag: dict[str, Any], dag_id: str) -> None:
    dag = bag["dags"][dag_id]
    assert dag["tags"]
    assert set(dag["tags"]) <= {"source", "indicators", "agencies"}
    assert re.findall(r"\*\*(.+?)\.\*\*", dag["doc"]) == list(SECTIONS)
    assert dag["catchup"] is False
    assert dag["max_active_runs"] == 1
    assert {task["owner"] for task in dag["tasks"].values()} == {"data-team"}
    assert not any(task["mails"] for task in dag["tasks"].values())


NIGHTLY = sorted({name for name in EXPECTED if name.startswith("ingest_")} - {REPORTS})


@pytest.mark.parametrize("dag_id", NIGHTLY)
def test_the_interval_of_an_ingestion_is_one_local_day(bag: dict[str, Any], dag_id: str) -> None:
    dag = bag["dags"][dag_id]
    assert dag["timetable"] == "CronDataIntervalTimetable"
    assert dag["interval"] == ["2026-11-20T00:00:00+07:00", "2026-11-21T00:00:00+07:00"]
    assert dag["params"] == ["first_day", "last_day"]


def test_reports_are_taken_in_every_ten_minutes(bag: dict[str, Any]) -> None:
    dag = bag["dags"][REPORTS]
    assert dag["timetable"] == "CronDataIntervalTimetable"
    assert dag["interval"] == ["2026-11-21T11:50:00+07:00", "2026-11-21T12:00:00+07:00"]
    assert dag["params"] == ["first_day", "last_day"]
    assert {name: task["upstream"] for name, task in dag["tasks"].items()} == {
        "collect": [],
        "load": ["collect"],
        "publish": ["load"],
        "all_collected": ["collect"],
    }


def test_source_errors_are_tried_again_and_refused_data_are_not(bag: dict[str, Any]) -> None:
    task = bag["dags"]["ingest_dossiers"]["tasks"]["load"]
    assert (task["retries"], task["backoff"]) == (4, 2.0)
    actions = {path.rsplit(".", 1)[1]: action for path, action in task["rules"] if "," not in path}
    assert actions == {"PagesDrifted": "retry", "SourceUnavailable": "retry"}
    paths, action = next(rule for rule in task["rules"] if "," in rule[0])
    assert "ingestion.core.errors.DataRefused" in paths
    assert action == "fail"


def test_the_rules_name_exceptions_that_exist(bag: dict[str, Any]) -> None:
    import importlib

    for paths, _ in bag["dags"]["ingest_dossiers"]["tasks"]["load"]["rules"]:
        for path in paths.split(","):
            module, _, name = path.rpartition(".")
            assert issubclass(getattr(importlib.import_module(module), name), Exception)


def test_assets_lead_from_raw_to_the_digests(bag: dict[str, Any]) -> None:
    dags = bag["dags"]
    leads = {
        dag_id: sorted({name for task in dag["tasks"].values() for name in task["outlets"]})
        for dag_id, dag in dags.items()
    }
    assert leads == {
        "ingest_agency_reports": ["raw/agency_reports"],
        "ingest_budget_publications": ["raw/budget_publications"],
        "ingest_dossiers": ["raw/tthc"],
        "ingest_open_data": ["raw/open_data_portal"],
        "backfill_history": [],
        "build_indicators": ["marts/indicators"],
        "check_agency_data": ["marts/findings", "ops/findings"],
        "notify_agencies": [],
        "publish_open_data": [],
    }
    assert {dag_id: dag["on"] for dag_id, dag in dags.items()} == {
        "ingest_agency_reports": [],
        "ingest_budget_publications": [],
        "ingest_dossiers": [],
        "ingest_open_data": [],
        "backfill_history": [],
        "build_indicators": [
            "raw/agency_reports",
            "raw/budget_publications",
            "raw/open_data_portal",
            "raw/tthc",
        ],
        "check_agency_data": ["marts/indicators"],
        "notify_agencies": ["ops/findings"],
        "publish_open_data": ["marts/findings"],
    }


def test_one_failed_resource_still_turns_the_run_red(bag: dict[str, Any]) -> None:
    tasks = bag["dags"]["ingest_dossiers"]["tasks"]
    assert tasks["publish"]["upstream"] == ["load"]
    assert tasks["all_loaded"]["upstream"] == ["load"]


def test_findings_are_made_against_a_settled_ledger(bag: dict[str, Any]) -> None:
    tasks = bag["dags"]["check_agency_data"]["tasks"]
    assert {name: task["upstream"] for name, task in tasks.items()} == {
        "settle": [],
        "check": ["settle"],
        "show": ["check"],
    }


def test_without_a_manifest_the_build_is_one_task(bag: dict[str, Any]) -> None:
    assert set(bag["dags"]["build_indicators"]["tasks"]) == {"dbt_build", "publish"}


def test_with_a_manifest_every_model_is_a_task(
    airflow_program: Any, parsed_project: Path, tmp_path: Path
) -> None:
    target = tmp_path / "dbt" / "target"
    target.mkdir(parents=True)
    shutil.copy(parsed_project, target / "manifest.json")
    found = describe(airflow_program, DAGS, tmp_path)
    assert found["errors"] == {}
    tasks = set(found["dags"]["build_indicators"]["tasks"])
    nodes = json.loads(parsed_project.read_text())["nodes"].values()
    models = {node["name"] for node in nodes if node["resource_type"] == "model"}
    assert models
    drawn = {name.split(".")[1] for name in tasks if name.startswith("dbt.")}
    assert all(any(name.startswith(model) for name in drawn) for model in models)
    assert "dbt_build" not in tasks


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_dag_files_are_wiring_only(path: Path) -> None:
    text = path.read_text()
    assert 40 <= len(text.splitlines()) <= 80
    assert not path.name.startswith("dbt_"), "dbt imports every top-level dbt_* module"
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
        )
    }
    assert imported.isdisjoint({"pandas", "pyarrow", "sqlalchemy", "psycopg", "requests", "httpx"})
    assert not re.search(r"datetime\.(now|utcnow|today)|date\.today|time\.time", text)
    assert not re.search(r"provide_session|create_session|Variable\.get|BaseHook", text)
