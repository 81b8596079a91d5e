"""Leg "backfill": the history 2021–2025 of the simulated province, from its API to the marts.

Every month is fetched and loaded by a process of its own, as the back-fill's DAG does it, two at a
time; then everything is built once. So that the load is judged over the whole run and not by a
lucky month, some of its months are loaded again from what was landed, each beside server-side COPY
of the same rows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
import psutil

from bench.load import copy_side, our_side, write_csv
from bench.measure import Spread, ratios, run_child
from bench.server import Server, connect
from ingestion.core.period import Period

FIRST, LAST = date(2021, 1, 1), date(2025, 12, 31)
SEED = 20260101
_AT_ONCE = 2
_READY_SECONDS = 60
_SAMPLE_SECONDS = 2.0

Result = dict[str, Any]


def measure_backfill(server: Server, scale: float, every: int, last: date = LAST) -> Result:
    """Run the back-fill, build the marts, compare the load of every n-th month with ``COPY``.

    Args:
        server: where to load.
        scale: share of the province's volume; 1.0 is about 0.9 million dossiers a year.
        every: one month of so many is loaded again beside ``COPY``.
        last: last day; the first one is 2021-01-01.

    Returns:
        Sizes, seconds, peak memory and ratios, JSON-serialisable.
    """
    url = server.warehouse("backfill")
    landing = server.folder / "landing"
    variables = {
        "WAREHOUSE_URL": url,
        "CCHC_LANDING": str(landing),
        "CCHC_VAR": str(server.folder / "var-backfill"),
    }
    months = list(_months(FIRST, last))
    with _province(scale) as (address, api):
        click.echo(f"backfill: {len(months)} months at scale {scale:g}, {_AT_ONCE} at once")
        sampled = _Sampled(api)
        began = time.perf_counter()
        runs = _run_months(months, variables | {"AIRFLOW_CONN_TTHC": address})
        seconds = time.perf_counter() - began
        api_peak = sampled.stop()
    counts = _counts(url)
    click.echo(f"backfill: {seconds:.0f} s, {counts}; building the marts")
    server.settle()
    built = run_child("bench.increment_build", {}, variables)
    with connect(url) as connection:
        row = connection.execute("select count(*) from marts.fct_dossier").fetchone()
    chosen = months[every // 2 :: every]
    click.echo(f"backfill: built in {built['seconds']:.0f} s; {len(chosen)} months beside COPY")
    compared = [
        _compare(server, url, landing, month, place % 2 == 0) for place, month in enumerate(chosen)
    ]
    return {
        "scale": scale,
        "months": len(months),
        "dossiers": int(row[0]) if row else 0,
        "rows": counts,
        "seconds": round(seconds, 1),
        "build_seconds": round(built["seconds"], 1),
        "api_peak_mib": round(api_peak, 1),
        "years": [_year(year, runs) for year in sorted({run["month"][:4] for run in runs})],
        "months_compared": [month.start.isoformat()[:7] for month in chosen],
        "of_copy": ratios(
            [pair["copy"] for pair in compared], [pair["ours"] for pair in compared]
        ).as_dict(),
        "of_copy_in_all": round(
            sum(pair["copy"] for pair in compared) / sum(pair["ours"] for pair in compared), 3
        ),
        "rows_compared": sum(pair["rows"] for pair in compared),
        "load_peak_mib": Spread.of([pair["peak_mib"] for pair in compared]).as_dict(),
    }


def _months(first: date, last: date) -> Iterator[Period]:
    month = Period(first.replace(day=1), "month")
    while month.start <= last:
        yield month
        month = Period(month.end, "month")


def _run_months(months: list[Period], variables: dict[str, str]) -> list[Result]:
    def run(month: Period) -> Result:
        return run_child("bench.backfill_month", {"month": str(month)}, variables)

    with (
        ThreadPoolExecutor(_AT_ONCE) as pool,
        click.progressbar(pool.map(run, months), length=len(months), label="months") as done,
    ):
        return list(done)


def _year(year: str, runs: list[Result]) -> Result:
    """The months of one year together."""
    found = [run for run in runs if run["month"].startswith(year)]
    return {
        "year": int(year),
        "records": sum(run["rows"] for run in found),
        "month_seconds": Spread.of([run["seconds"] for run in found]).as_dict(),
        "peak_mib": Spread.of([run["peak_mib"] for run in found]).as_dict(),
    }


def _compare(server: Server, source: str, landing: Path, month: Period, ours_first: bool) -> Result:
    """Load one month's landed dossiers into an empty warehouse, and ``COPY`` the same rows."""
    url = server.warehouse("backfill_load")
    job = {"folder": str(landing), "periods": _landed(source, month)}
    our_side(server, url, job)  # warms the server up and makes the rows for COPY
    folder = server.folder / f"csv-{month}"
    folder.mkdir()
    csv = write_csv(url, folder)
    sides: dict[str, Callable[[], Result]] = {
        "ours": lambda: our_side(server, url, job),
        "copy": lambda: copy_side(server, url, csv),
    }
    order = ("ours", "copy") if ours_first else ("copy", "ours")
    results = {name: sides[name]() for name in order}
    for path in csv.values():
        path.unlink()
    return {
        "ours": results["ours"]["seconds"],
        "copy": results["copy"]["seconds"],
        "rows": results["ours"]["rows"],
        "peak_mib": results["ours"]["peak_mib"],
    }


def _landed(url: str, month: Period) -> dict[str, list[dict[str, Any]]]:
    """The landed files of a month's days, from the manifest, as a job for `our_side`."""
    periods: dict[str, list[dict[str, Any]]] = {}
    with connect(url) as connection:
        found = connection.execute(
            """
            select period, landing_path as path, sha256, byte_count, row_count
            from ops.manifest
            where resource = 'dossiers' and period like %s
            order by period, ordinal
            """,
            [f"{month}-%"],
        )
        for period, *file in found:
            names = ("path", "sha256", "byte_count", "row_count")
            periods.setdefault(period, []).append(dict(zip(names, file, strict=True)))
    return periods


def _counts(url: str) -> dict[str, int]:
    with connect(url) as connection:
        found = connection.execute(
            "select resource, sum(row_count), sum(rejected_count) from ops.load group by resource"
        ).fetchall()
    counts = {resource: int(rows) for resource, rows, _ in found}
    return counts | {"rejected": sum(int(rejected) for _, _, rejected in found)}


@contextmanager
def _province(scale: float) -> Iterator[tuple[str, psutil.Process]]:
    """The simulated one-stop system at an address of its own: (connection, process)."""
    user, password = "bench", "bench"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "sandbox.api", "--port", "0", "--rate", "0"),
            *("--scale", str(scale), "--seed", str(SEED)),
        ],
        env={**os.environ, "CCHC_SANDBOX_USER": user, "CCHC_SANDBOX_PASSWORD": password},
        cwd=Path(__file__).resolve().parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline() if process.stdout else ""
        if not said.startswith("ready http://"):
            raise RuntimeError(f"the simulated system did not start: {said.strip()}")
        host = said.removeprefix("ready http://").strip().rstrip("/")
        yield f"http://{user}:{password}@{host}/", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(_READY_SECONDS)


class _Sampled:
    """Watches the largest resident memory of a process from a thread."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self._peak = max(self._peak, self._process.memory_info().rss / 2**20)

    def stop(self) -> float:
        """The peak in MiB."""
        self._over.set()
        self._thread.join()
        return self._peak
