"""The budget site as a local service of the demo."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import httpx
import pytest

from ingestion.core.connection import read_connection
from ingestion.embedded import processes
from sandbox.demo import services


def test_it_starts_once_moves_on_with_the_day_and_stops(
    var_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = "AIRFLOW_CONN_BUDGET_PUBLICATIONS"
    try:
        started = services.start_budget(dt.date(2021, 4, 30), 3, 0.0, crawl_delay=0.25)
        again = services.start_budget(dt.date(2021, 4, 30), 3, 0.0, crawl_delay=0.25)
        first = processes.find("sandbox-budget")
        moved = services.start_budget(dt.date(2021, 5, 31), 3, 0.0, crawl_delay=0.25)
        second = processes.find("sandbox-budget")
        assert first and second
        monkeypatch.setenv(variable, second.notes[variable])
        robots = httpx.get(f"{read_connection('budget_publications').base_url}/robots.txt").text
    finally:
        services.stop()

    assert (started, again, moved) == (True, False, True)
    assert first.pid != second.pid
    assert "Crawl-delay: 0.25" in robots
    assert processes.find("sandbox-budget") is None
