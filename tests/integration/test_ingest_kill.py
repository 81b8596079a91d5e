"""SIGKILL at any moment, then the same command again: raw is what a calm run gives."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fixtures.tthc.server import dossiers
from tests.fixtures.tthc.station import DAY, Station

ROOT = Path(__file__).parents[2]
LAST = DAY + timedelta(days=1)
COUNTS = """
    select d._period, count(*), count(distinct d._load_id),
        (select count(*) from raw.tthc__supplements as s where s._period = d._period)
    from raw.tthc__dossiers as d
    group by 1 order by 1"""


def start() -> subprocess.Popen[str]:
    """A run of two days in a process of its own, past its imports."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fixtures.tthc.run_ingest", str(DAY), str(LAST)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def wait_until(station: Station, process: subprocess.Popen[str], at: str) -> None:
    """Wait until the child asks for pages, or has a load open."""
    asked = len(station.system.calls)
    loading = "select 1 from pg_locks where locktype = 'advisory' and granted"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        if at == "fetch" and len(station.system.calls) > asked:
            return
        if at == "load" and station.rows(loading):
            return
        time.sleep(0.002)
    pytest.fail(f"the child ended or hung before it came to {at}")


def test_killed_runs_leave_nothing_half_loaded(station: Station) -> None:
    old, new = dossiers(700), dossiers(1900) + dossiers(900, "20261121")
    station.system.records["dossiers"] = new
    station.ingest(DAY, LAST)
    calm, whole_new = station.content(), station.rows(COUNTS)
    station.system.records["dossiers"] = old
    station.ingest(DAY, LAST)
    whole_old = station.rows(COUNTS)
    station.system.records["dossiers"] = new

    chance = random.Random(20261120)
    for at in ("fetch", "load", "load", "load"):
        process = start()
        wait_until(station, process, at)
        time.sleep(chance.random() * 0.05)
        process.kill()
        assert process.wait() != 0, "the run was over before it was killed"
        found = station.rows(COUNTS)
        assert set(found) <= {*whole_old, *whole_new}
        assert found[0][0] == str(DAY)  # replaced or as it was, never emptied

    assert start().wait() == 0
    assert station.content() == calm
    assert station.rows(COUNTS) == whole_new
