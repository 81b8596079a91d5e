"""The simulated budget site and the real reader: documents of all doors become numbers."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from ingestion.core.run import ingest, require_accepted
from sandbox.budget.calendar import Calendar
from sandbox.budget.drop import drop_files

FIRST, LAST = dt.date(2025, 1, 1), dt.date(2025, 2, 28)
SHARE = 0.01


@pytest.fixture
def site() -> Iterator[str]:
    """The address of the site."""
    command = [sys.executable, "-m", "sandbox.budget.site", "--port", "0"]
    command += ["--until", str(LAST), "--publishers", str(SHARE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().removeprefix("ready ").strip()
        assert address.startswith("http://")
        yield address
        server.terminate()


def test_documents_of_all_doors_become_numbers(
    site: str, warehouse: str, var_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_BUDGET_PUBLICATIONS", f"{site}/?synthetic=true")
    monkeypatch.delenv("CCHC_LANDING", raising=False)
    calendar = Calendar(LAST, publishers=SHARE)
    drop_files(calendar, var_folder / "landing", FIRST)
    for resource in ("documents", "readings"):
        require_accepted(ingest("budget_publications", resource, FIRST, LAST))

    # Without a stated day of publication the day of approval decides, so those are left out.
    due = {
        (entry.door, entry.title)
        for entry in calendar.publications
        if FIRST <= entry.published_on <= LAST and entry.states_published_on and entry.versions
    }
    engine = create_engine(warehouse)
    with engine.connect() as connection:
        found = connection.execute(
            text("select door, title from raw.budget_publications__documents")
        ).all()
        states = dict(
            connection.execute(
                text("select state, count(*) from raw.budget_publications__readings group by 1")
            ).all()  # type: ignore[arg-type]
        )
        lines = connection.execute(
            text("select count(value) from raw.budget_publications__lines")
        ).scalar_one()
        synthetic = connection.execute(text("select bool_and(is_synthetic) from ops.load"))
        assert synthetic.scalar_one() is True
    engine.dispose()
    assert len(due) > 5
    assert due <= {tuple(row) for row in found}
    assert states["read"] > sum(states.values()) / 2
    assert lines > 100
