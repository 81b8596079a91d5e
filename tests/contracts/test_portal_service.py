"""The open-data portal as a local service of the demo."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import httpx
import pytest

from ingestion.core.connection import read_connection
from ingestion.embedded import processes
from sandbox.demo import services

NEWEST = "/api/3/action/package_search?rows=1&sort=metadata_modified+desc"


def test_it_answers_as_of_a_day_by_the_header_of_its_connection(
    var_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = "AIRFLOW_CONN_OPEN_DATA_PORTAL"
    try:
        assert services.start_portal(dt.date(2026, 11, 20), 3, 1.0)
        assert not services.start_portal(dt.date(2026, 11, 20), 3, 1.0)
        running = processes.find("sandbox-portal")
        assert running
        monkeypatch.setenv(variable, running.notes[variable])
        connection = read_connection("open_data_portal")
        header = connection.extra["as_of_header"]
        now, before = (
            httpx.get(connection.base_url + NEWEST, headers=headers).json()["result"]["results"]
            for headers in ({}, {header: "2026-06-01"})
        )
    finally:
        services.stop()

    assert before[0]["metadata_modified"] < "2026-06-02" < now[0]["metadata_modified"]
