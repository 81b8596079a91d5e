"""The simulated budget site through the extractor and the real reader into raw: nothing wrong."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ingestion.core import run
from sandbox.budget.calendar import Calendar, Publication
from sandbox.budget.drop import drop_files
from sandbox.budget.habits import print_file

ROOT = Path(__file__).resolve().parents[2]
UNTIL = dt.date(2024, 2, 15)
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2024, 1, 31)
SEED = 7
DOCUMENTS = "raw.budget_publications__documents"


def window_day(entry: Publication) -> dt.date:
    """The day that decides the window of an entry: what it says."""
    if entry.states_published_on:
        return entry.published_on
    return entry.obligation.approved_on


def clean(words: str) -> str:
    """Words with single blanks, as they are kept."""
    return " ".join(words.split())


def expected() -> list[Publication]:
    published = Calendar(UNTIL, SEED, 0.0).publications
    return [entry for entry in published if FIRST <= window_day(entry) <= LAST]


def is_current(entry: Publication) -> bool:
    """A file brought later under the same address stands in its own window and replaces this."""
    version = entry.version_on(UNTIL)
    return entry.door != "manual" or (version is not None and version.number == 1)


@pytest.fixture
def rows(
    warehouse: str, var_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Documents and used figures in raw after a month was taken in from all doors."""
    monkeypatch.delenv("CCHC_LANDING", raising=False)
    options = ["--port", "0", "--until", str(UNTIL), "--seed", str(SEED), "--publishers", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.budget.site", *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    engine = create_engine(warehouse)
    try:
        assert process.stdout
        address = process.stdout.readline().removeprefix("ready ").strip()
        monkeypatch.setenv("AIRFLOW_CONN_BUDGET_PUBLICATIONS", address)
        drop_files(Calendar(UNTIL, SEED, 0.0), var_folder / "landing")
        for resource in ("documents", "readings"):
            run.require_accepted(run.ingest("budget_publications", resource, FIRST, LAST))
        figures = f"""
            select documents.title, documents.publisher_name, lines._sheet, lines._cell,
                lines.form_key, lines.measure_code, lines.value * lines.unit_factor as value
            from raw.budget_publications__lines as lines
            join {DOCUMENTS} as documents using (version_key)
            where lines.state = 'value' and lines.hold_code is null
        """
        with engine.connect() as connection:
            yield {
                name: [dict(row) for row in connection.execute(text(sql)).mappings()]
                for name, sql in {
                    "documents": f"select * from {DOCUMENTS}",
                    "figures": figures,
                    "readings": "select state from raw.budget_publications__readings",
                }.items()
            }
    finally:
        engine.dispose()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


def test_a_month_arrives_whole_and_no_figure_is_wrong(
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    entries = expected()
    names = {"ckns": "Sơn La"}
    assert Counter(
        (
            row["door"],
            row["publisher_name"],
            row["title"],
            row["approved_on"],
            row["published_on"],
            row["file_sha256"] is not None,
            row["is_current"],
        )
        for row in rows["documents"]
    ) == Counter(
        (
            entry.door,
            names.get(entry.door, clean(entry.publisher_name)),
            clean(entry.title),
            entry.obligation.approved_on,
            entry.published_on if entry.states_published_on else None,
            bool(entry.versions),
            is_current(entry),
        )
        for entry in entries
        if entry.versions or entry.door != "manual"
    )
    assert {row["door"] for row in rows["documents"]} == {"ckns", "web", "manual"}

    answers: dict[tuple[str, ...], Decimal] = {}
    for entry in entries:
        # What a site shows today; what was brought by hand in this month.
        brought = next(iter(entry.versions), None)
        version = brought if entry.door == "manual" else entry.version_on(UNTIL)
        if version is None:
            continue
        name = names.get(entry.door, clean(entry.publisher_name))
        for answer in print_file(version.order).answers:
            place = (clean(entry.title), name, answer.sheet, answer.cell)
            answers[(*place, answer.form_key, answer.measure_code)] = answer.value
    wrong = [
        figure
        for figure in rows["figures"]
        if answers.get(tuple(list(figure.values())[:-1])) != figure["value"]
    ]
    assert wrong == []
    assert len(rows["figures"]) > 0.5 * len(answers) > 1_000
    assert {row["state"] for row in rows["readings"]} >= {"read"}
