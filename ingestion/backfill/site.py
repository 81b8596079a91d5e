"""Which Airflow runs the back-fills: the one that is configured, else the embedded one."""

from __future__ import annotations

import os

from ingestion.core.environment import ConfigurationError
from ingestion.embedded import airflow
from ingestion.embedded.airflow_client import AirflowClient

URL, LOGIN, PASSWORD = "CCHC_AIRFLOW_URL", "CCHC_AIRFLOW_LOGIN", "CCHC_AIRFLOW_PASSWORD"
"""Environment variables; password and login default to those of the compose file's account."""


def is_embedded() -> bool:
    """Whether no other Airflow is configured."""
    return not os.environ.get(URL)


def connect() -> AirflowClient:
    """A client of the Airflow that runs the back-fills; nothing is asked of it yet.

    Raises:
        ConfigurationError: no password is set for the configured Airflow, or the embedded one does
            not run.
    """
    if is_embedded():
        return airflow.client()
    password = os.environ.get(PASSWORD) or os.environ.get("AIRFLOW_ADMIN_PASSWORD")
    if not password:
        raise ConfigurationError(f"{URL} được đặt nhưng thiếu {PASSWORD} (xem .env.example).")
    return AirflowClient(os.environ[URL].rstrip("/"), os.environ.get(LOGIN) or "admin", password)


def revive() -> bool:
    """Start what has died of the embedded Airflow; others have a supervisor of their own.

    Returns:
        Whether something had to be started.
    """
    if not is_embedded() or "down" not in airflow.components().values():
        return False
    airflow.start()
    return True
