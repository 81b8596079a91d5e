"""Airflow for tests: always in processes of its own, with a state folder of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).parent / "programs"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty AIRFLOW_HOME; its folder has a space in its name on purpose."""
    return tmp_path_factory.mktemp("airflow home")


@pytest.fixture(scope="session")
def airflow_program(airflow_home: Path) -> Run:
    """Run a program of ``programs/`` under Airflow; its outcome, standard output as text."""

    def run(name: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW")}
        settings = {
            "AIRFLOW_HOME": str(airflow_home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(airflow_home / "logs"),
            "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
            "AIRFLOW__COSMOS__CACHE_DIR": str(airflow_home / "cosmos"),
            "DO_NOT_TRACK": "1",
            "PYTHONPATH": str(ROOT),
        }
        return subprocess.run(
            [sys.executable, str(PROGRAMS / name), *arguments],
            env={**inherited, **settings, **variables},
            capture_output=True,
            text=True,
            timeout=600,
        )

    return run


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifest of the dbt project, made as the image build makes it: without a warehouse."""
    var = tmp_path_factory.mktemp("parsed")
    nowhere = "postgresql+psycopg://build@localhost/build"
    subprocess.run(
        [str(Path(sys.executable).parent / "cchc"), "dbt", "--quiet", "parse"],
        env={**os.environ, "CCHC_VAR": str(var), "WAREHOUSE_URL": nowhere},
        check=True,
        timeout=600,
    )
    return var / "dbt" / "target" / "manifest.json"
