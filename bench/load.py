"""Leg "load": landed pages become typed raw rows, beside server-side COPY and beside dlt.

All sides write the same dossiers into the same server. Ours reads, verifies, checks and rejects,
replaces the period in one transaction and writes ledger and load. COPY gets exactly the rows that
ours made, as finished CSV files, into the same emptied tables with the same indexes: it is the
speed of the database itself. dlt gets the landed records and its own tables, default settings.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import psycopg

from bench.measure import Spread, interleave, ratios, run_child
from bench.pages import PERIOD, Landed, generate_pages, land
from bench.server import Server, connect
from ingestion.core.environment import libpq_url

TABLES = ("tthc__dossiers", "tthc__supplements", "tthc__dossiers__rejected")

Result = dict[str, Any]


def measure_load(server: Server, sizes: list[int], dlt_sizes: list[int], rounds: int) -> Result:
    """Measure every size.

    Args:
        server: where to load.
        sizes: numbers of dossiers, rising.
        dlt_sizes: those of them at which dlt runs too; it is slow.
        rounds: how often each side runs at each size.

    Returns:
        Sizes, seconds, ratios and peak memory, JSON-serialisable.
    """
    url = server.warehouse("load")
    measured = [
        _measure_size(server, url, size, size in dlt_sizes, rounds) for size in sorted(sizes)
    ]
    return {"period": PERIOD, "sizes": measured}


def _measure_size(server: Server, url: str, size: int, with_dlt: bool, rounds: int) -> Result:
    folder = server.folder / f"load-{size}"
    click.echo(f"load: {size:,} dossiers: making pages")
    pages = generate_pages(size, folder / "pages")
    landed = land(pages, folder / "landing")
    job = landed.job(PERIOD)
    first = our_side(server, url, job)  # warms the server up and makes the rows for COPY
    csv = write_csv(url, folder)
    counts = _counts(url)

    sides: dict[str, Callable[[int], Result]] = {
        "ours": lambda _: our_side(server, url, job),
        "copy": lambda _: copy_side(server, url, csv),
        "door": lambda number: _door(pages, folder / f"again-{number}"),
    }
    if with_dlt:
        sides["dlt"] = lambda number: _dlt(server, url, landed, folder / f"dlt-{number}")
    click.echo(f"load: {landed.dossiers:,} dossiers, {counts}: {rounds} rounds of {list(sides)}")
    results = interleave(rounds, sides)
    if _counts(url) != counts:
        raise RuntimeError(f"the sides did not load the same rows: {_counts(url)} after {counts}")

    seconds = {name: [run["seconds"] for run in runs] for name, runs in results.items()}
    cpu = {name: [run["cpu_seconds"] for run in runs] for name, runs in results.items()}
    with_door = [a + b for a, b in zip(seconds["ours"], seconds["door"], strict=True)]
    figures = {
        "of_copy": ratios(seconds["copy"], seconds["ours"]).as_dict(),
        "of_copy_cpu": ratios(cpu["copy"], cpu["ours"]).as_dict(),
        "of_copy_with_door": ratios(seconds["copy"], with_door).as_dict(),
    }
    if with_dlt:
        figures["times_dlt"] = ratios(seconds["dlt"], seconds["ours"]).as_dict()
        figures["times_dlt_cpu"] = ratios(cpu["dlt"], cpu["ours"]).as_dict()
    return {
        "dossiers": landed.dossiers,
        "rows": counts,
        "landed_mib": round(sum(file.byte_count for file in landed.files) / 2**20, 1),
        "csv_mib": round(sum(path.stat().st_size for path in csv.values()) / 2**20, 1),
        "rejected": first["rejected"],
        "seconds": {name: Spread.of(values).as_dict() for name, values in seconds.items()},
        "cpu_seconds": {name: Spread.of(values).as_dict() for name, values in cpu.items()},
        "ratios": figures,
        "peak_mib": Spread.of([run["peak_mib"] for run in results["ours"]]).as_dict(),
        "before_mib": Spread.of([run["before_mib"] for run in results["ours"]]).as_dict(),
    }


def _empty(server: Server, url: str) -> None:
    with connect(url) as connection:
        connection.execute("set role cchc_owner")
        connection.execute("truncate " + ", ".join(f"raw.{table}" for table in TABLES))
    server.settle()


def our_side(server: Server, url: str, job: Result) -> Result:
    """Load the landed files of a job (see `Landed.job`) into emptied tables."""
    _empty(server, url)
    before = server.cpu_seconds()
    result = run_child("bench.load_ours", job, {"WAREHOUSE_URL": url})
    return _with_server(result, server, before)


def _with_server(result: Result, server: Server, before: float) -> Result:
    """The result with the server's processor time added to the client's."""
    spent = result["cpu_seconds"] + server.cpu_seconds() - before
    return result | {"cpu_seconds": spent}


def _door(pages: list[Path], folder: Path) -> Result:
    before = time.process_time()
    seconds = land(pages, folder).seconds
    return {"seconds": seconds, "cpu_seconds": time.process_time() - before}


def copy_side(server: Server, url: str, csv: dict[str, Path]) -> Result:
    """Load finished rows by ``COPY`` into emptied tables, all in one transaction, as ours."""
    _empty(server, url)
    before = server.cpu_seconds()
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute("select 1")
        began = time.perf_counter()
        for table, path in csv.items():
            connection.execute(f"copy raw.{table} from '{path}' (format csv)")
        connection.commit()
        seconds = time.perf_counter() - began
    return _with_server({"seconds": seconds, "cpu_seconds": 0.0}, server, before)


def _dlt(server: Server, url: str, landed: Landed, state: Path) -> Result:
    server.settle()
    data_set = "bench_dlt"
    job = {"folder": str(landed.folder), "files": landed.as_dicts()} | {
        "url": libpq_url(url),
        "state": str(state),
        "data_set": data_set,
    }
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
    before = server.cpu_seconds()
    result = _with_server(run_child("bench.load_dlt", job, quiet), server, before)
    with connect(url) as connection:
        connection.execute(f"drop schema {data_set} cascade")
    return result


def write_csv(url: str, folder: Path) -> dict[str, Path]:
    """The loaded rows as one CSV file a table, in the order in which they lie."""
    files = {}
    with connect(url) as connection, connection.cursor() as cursor:
        for table in TABLES:
            files[table] = folder / f"{table}.csv"
            with (
                files[table].open("wb") as out,
                cursor.copy(f"copy raw.{table} to stdout (format csv)") as rows,
            ):
                for chunk in rows:
                    out.write(chunk)
            files[table].chmod(0o644)
    return files


def _counts(url: str) -> dict[str, int]:
    with connect(url) as connection:
        counts = {}
        for table in TABLES:
            row = connection.execute(f"select count(*) from raw.{table}").fetchone()  # noqa: S608
            counts[table] = int(row[0]) if row else 0
        return counts
