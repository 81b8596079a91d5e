"""The environment in which local Airflow runs; no Airflow process is started here."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ingestion.embedded import airflow, processes
from ingestion.embedded.airflow_activity import activity

DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "with a space"
    monkeypatch.setenv("CCHC_VAR", str(folder))
    monkeypatch.setenv("WAREHOUSE_URL", "postgresql+psycopg://u:p@127.0.0.1:1/warehouse")
    monkeypatch.setenv(DATABASE, "sqlite:////somewhere.db")
    return folder


def test_airflow_listens_on_loopback_only_and_keeps_to_its_folder(installation: Path) -> None:
    settings = airflow.environment(port=8123)
    assert settings["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert settings["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].startswith("http://127.0.0.1:8123/")
    assert settings["AIRFLOW_HOME"] == str(installation / "airflow")
    assert settings["AIRFLOW__LOGGING__BASE_LOG_FOLDER"].startswith(str(installation))


def test_secrets_are_random_kept_and_closed_to_others(installation: Path) -> None:
    first, again = airflow.environment(1), airflow.environment(1)
    names = ("CORE__FERNET_KEY", "API__SECRET_KEY", "API_AUTH__JWT_SECRET")
    values = {first[f"AIRFLOW__{name}"] for name in names}
    assert len(values) == len(names)
    assert values == {again[f"AIRFLOW__{name}"] for name in names}
    assert len(airflow.password()) >= 16
    secrets = list((installation / "airflow" / "secrets").iterdir())
    assert {path.name for path in secrets} >= {"passwords.json", "jwt_secret", "fernet_key"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}


def test_what_the_caller_sets_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "32")
    monkeypatch.setenv("AIRFLOW_CONN_TTHC", "http://real.example/")
    monkeypatch.setenv("AIRFLOW_HOME", "/somebody/else")
    settings = airflow.environment(1)
    assert settings["AIRFLOW__CORE__PARALLELISM"] == "32"
    assert settings["AIRFLOW_CONN_TTHC"] == "http://real.example/"
    assert settings[DATABASE] == "sqlite:////somewhere.db"
    assert settings["AIRFLOW_HOME"] != "/somebody/else"


def test_connections_of_local_services_reach_airflow(monkeypatch: pytest.MonkeyPatch) -> None:
    service = processes.Service("sandbox-api", 1, 0.0, notes={"AIRFLOW_CONN_TTHC": "http://s/"})
    monkeypatch.setattr(processes, "running", lambda: [service])
    assert airflow.environment(1)["AIRFLOW_CONN_TTHC"] == "http://s/"


def test_without_airflow_there_is_no_activity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE, "postgresql+psycopg2://u:p@127.0.0.1:1/airflow")
    assert activity() is None
    monkeypatch.delenv(DATABASE)  # the embedded server, which is not up
    assert activity() is None
    with pytest.raises(processes.ServiceError, match="cchc airflow"):
        airflow.client()
