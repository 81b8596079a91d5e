"""From kept files to raw numbers: cached readings, refusals, exact values, batches, kills."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.reading.grid import FileRefused
from ingestion.sources.budget_publications import daily, reader, reading
from tests.fixtures.budget.sites import PAGE, record, row
from tests.fixtures.budget.station import DAY, FakePool, Station

ROOT = Path(__file__).parents[2]
TODAY, YESTERDAY = "15/06/2026", "14/06/2026"
NUMBERS = {"Thu nội địa": "13395324", "Chi": "-0.123456789", "Tỷ lệ": "97.1234567891234"}


@pytest.fixture
def filled(budget_station: Station) -> Station:
    sites = budget_station.sites
    sites.records = [record(n, TODAY if n % 2 else YESTERDAY) for n in range(1, 9)]
    sites.rows = [row(11, TODAY)]
    for n in range(1, 9):
        sites.files[f"/tep/{n}.xlsx"] = json.dumps({**NUMBERS, "Số": str(n)}).encode()
    sites.files[f"{PAGE}/tep/11.xlsx"] = b"no table"
    return budget_station


def test_every_number_comes_with_its_cell_and_file(filled: Station) -> None:
    filled.ingest()
    (summary,) = filled.ingest(resource="readings")
    assert (summary.row_count, summary.rejected_count) == (5, 0)
    assert filled.rows(
        "select state, reason_code, table_count, value_count, count(*) "
        "from raw.budget_publications__readings group by 1, 2, 3, 4 order by 1"
    ) == [("read", None, 1, 4, 4), ("refused", "not_a_table", 0, 0, 1)]
    found = filled.rows(
        "select l._cell, l.item_text, l.value, l.unit_factor, l.is_hidden, l.period_start::text "
        "from raw.budget_publications__lines as l "
        "inner join raw.budget_publications__documents as d "
        "on l.version_key = d.version_key and l._file_sha256 = d.file_sha256 "
        "where d.file_name = 'B62 1.xlsx' order by 1"
    )
    assert [line[1:3] for line in found] == [
        ("Thu nội địa", Decimal("13395324")),
        ("Chi", Decimal("-0.123456789")),
        ("Tỷ lệ", Decimal("97.123456789")),
        ("Số", Decimal(1)),
    ]
    assert found[0] == (
        "C1", "Thu nội địa", Decimal(13395324), Decimal(1000000), False, "2025-01-01",
    )  # fmt: skip
    assert filled.rows("select count(*) from raw.budget_publications__tables") == [(4,)]


def test_a_number_that_does_not_fit_is_refused_not_cut(filled: Station) -> None:
    filled.sites.files["/tep/1.xlsx"] = json.dumps({"Thu": "9" * 30}).encode()
    filled.ingest()
    filled.ingest(resource="readings")
    assert filled.rows(
        "select state, value, hold_code from raw.budget_publications__lines "
        "where hold_code is not null"
    ) == [("refused", None, "too_many_digits")]


def test_a_file_is_read_once_for_each_version_of_the_reader(
    filled: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.ingest()
    filled.ingest(resource="readings")
    calm, runs = filled.content(), FakePool.runs
    assert runs == 5
    filled.ingest(resource="readings")
    assert (filled.content(), FakePool.runs) == (calm, runs)
    monkeypatch.setattr(FakePool, "version", "reader-2")
    filled.ingest(resource="readings")
    assert FakePool.runs == 2 * runs
    assert filled.rows("select distinct reader_version from raw.budget_publications__readings") == [
        ("reader-2",)
    ]


def test_a_damaged_reading_is_made_again_and_a_damaged_file_is_refused(filled: Station) -> None:
    filled.ingest()
    filled.ingest(resource="readings")
    calm = filled.content()
    kept = sorted((filled.landing / "budget_publications" / "readings").rglob("*.gz"))
    kept[0].write_bytes(kept[0].read_bytes()[:-5])
    filled.ingest(resource="readings")
    assert filled.content() == calm
    for path in kept:
        path.unlink()
    file = filled.kept()[0]
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    (summary,) = filled.ingest(resource="readings")
    assert (summary.state, summary.cause) == ("failed", "ours")
    assert "changed after landing" in summary.message
    assert filled.content() == calm


def test_a_busy_machine_gets_a_second_look_before_a_file_is_refused(
    filled: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.ingest()
    real, failures = FakePool.run, iter([True])

    def slow_once(self: FakePool, *given: object, **more: object) -> object:
        if next(failures, False):
            raise FileRefused("timeout", "Tệp chưa đọc xong")
        return real(self, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(FakePool, "run", slow_once)
    filled.ingest(resource="readings")
    assert filled.rows(
        "select count(*) from raw.budget_publications__readings where reason_code = 'timeout'"
    ) == [(0,)]


def test_batches_are_bounded_small_and_done_once(
    filled: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = reading.read_settings()
    bounds = replace(settings.reading, documents_a_batch=4)
    bounded = replace(settings, reading=bounds)
    monkeypatch.setattr(reading, "read_settings", lambda: bounded)
    first = DAY - timedelta(days=1)
    filled.ingest(first, DAY)
    batches = reading.pending(first, DAY)
    assert [len(batch["version_keys"]) for batch in batches] == [4, 4, 1]
    assert len(json.dumps(batches)) < 1_000
    states = [reading.read(batch) for batch in batches]
    assert sum(state.get("read", 0) for state in states) == 8
    assert sum(state.get("refused", 0) for state in states) == 1
    assert reading.pending(first, DAY) == []
    runs = FakePool.runs
    filled.ingest(first, DAY, "readings")
    assert FakePool.runs == runs


def test_the_steps_of_a_run_are_about_its_windows_and_those_that_changed(filled: Station) -> None:
    filled.ingest(DAY - timedelta(days=1))
    filled.sites.files["/tep/2.xlsx"] = b'{"Thu": "2"}'
    found = daily.find(DAY, DAY)
    assert found == {
        "windows": ["2026-06-14", "2026-06-15"],
        "span": ["2026-06-14", "2026-06-15"],
    }
    batches = daily.share(found["windows"])
    assert sum(len(batch["version_keys"]) for batch in batches) == 10  # both versions of one
    for batch in batches:
        reading.read(batch)
    assert daily.load(found["windows"]) == {"windows": 2, "rows": 10, "rejected": 0}


def test_readings_in_a_dry_run_are_refused_in_words(filled: Station) -> None:
    (summary,) = filled.ingest(dry_run=True)
    assert (summary.state, summary.row_count, filled.kept()) == ("accepted", 5, [])
    (summary,) = filled.ingest(resource="readings", dry_run=True)
    assert (summary.exit_code, "a dry run has none" in summary.message) == (4, True)


def test_another_reader_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = reader.reader_version()
    monkeypatch.setattr(reader, "code_hash", lambda: "other code")
    assert reader.reader_version() != before


def test_killed_runs_leave_nothing_half_loaded(filled: Station) -> None:
    first = DAY - timedelta(days=1)
    for resource in ("documents", "readings"):
        filled.ingest(first, DAY, resource)
    filled.sites.files["/tep/1.xlsx"] = b'{"Thu": "2"}'
    filled.sites.records.append(record(9, TODAY))
    filled.sites.files["/tep/9.xlsx"] = json.dumps({str(n): str(n) for n in range(5_000)}).encode()
    counts = (
        "select count(*), (select count(*) from raw.budget_publications__documents) "
        "from raw.budget_publications__lines"
    )
    before = filled.rows(counts)

    chance = random.Random(20260615)
    for _ in range(3):
        asked = len(filled.sites.calls)
        process = start(first)
        while len(filled.sites.calls) == asked and process.poll() is None:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.3)
        process.kill()
        process.wait()
        ((lines, documents),) = filled.rows(counts)
        assert documents in (before[0][1], before[0][1] + 2)
        assert lines in (before[0][0], before[0][0] + 5_001)
    assert start(first).wait() == 0
    ended = filled.content()
    assert filled.rows(counts) == [(before[0][0] + 5_001, before[0][1] + 2)]
    for resource in ("documents", "readings"):
        filled.ingest(first, DAY, resource)
    assert filled.content() == ended
    kept = {path.name for path in filled.kept()}
    assert kept == {sha for (sha,) in filled.rows(
        "select distinct file_sha256 from raw.budget_publications__documents "
        "where file_sha256 is not null"
    )}  # fmt: skip


def start(first: object) -> subprocess.Popen[str]:
    """A run in a process of its own, past its imports."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fixtures.budget.run_budget_ingest", str(first), str(DAY)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process
