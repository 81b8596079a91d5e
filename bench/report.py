"""Writes ``bench/results.json`` and the table of ``docs/performance.md`` from the same figures."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"

Result = dict[str, Any]

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {"≥": operator.ge, "≤": operator.le}


def write_results(results: Result, path: Path) -> Result:
    """Write the figures; legs that did not run now keep what was measured before.

    Args:
        results: facts under ``machine`` and figures under the names of legs.
        path: ``results.json``.

    Returns:
        All figures that the file now holds.
    """
    held: Result = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    merged = held | results
    path.write_text(
        json.dumps(merged, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )
    return merged


def write_table(results: Result, page: Path) -> None:
    """Replace what stands between the markers of the page.

    Raises:
        ValueError: the page has no markers.
    """
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{page.name} has no {BEGIN} … {END}")
    block = f"{BEGIN}\n\n{render(results)}\n\n{END}"
    page.write_text(pattern.sub(lambda _: block, text), encoding="utf-8")


def render(results: Result) -> str:
    """The figures as Markdown."""
    parts: list[str] = []
    if "load" in results:
        parts += ["### Load", *_machine(results["load"]["machine"]), *_load(results["load"])]
    if "increment" in results:
        leg = results["increment"]
        parts += ["### Daily increment", *_machine(leg["machine"]), *_increment(leg)]
    if "reading" in results:
        leg = results["reading"]
        parts += ["### Reading files", *_machine(leg["machine"]), *_reading(leg)]
    if "harvest" in results:
        leg = results["harvest"]
        parts += ["### Open-data portal", *_machine(leg["machine"]), *_harvest(leg)]
    if "backfill" in results:
        leg = results["backfill"]
        parts += ["### Back-fill 2021–2025", *_machine(leg["machine"]), *_backfill(leg)]
    return "\n".join(parts)


def _machine(facts: dict[str, str]) -> list[str]:
    return ["", "; ".join(f"{name} {value}" for name, value in facts.items()) + ".", ""]


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _spread(values: Result, digits: int = 2) -> str:
    """``median (lowest–highest)``."""
    median, low, high = (f"{values[key]:.{digits}f}" for key in ("median", "lowest", "highest"))
    return f"{median} ({low}–{high})"


def _judged(values: Result, goal: str) -> str:
    """The goal, and whether the median meets it."""
    sign, _, number = goal.partition(" ")
    met = _COMPARISONS[sign](values["median"], float(number))
    return f"{goal}: {'met' if met else '**not met**'}"


def _load(leg: Result) -> Iterator[str]:
    yield _row("Dossiers", "Figure", "Median (min–max)", "Goal")
    yield _row("--:", "---", "--:", "---")
    for size in leg["sizes"]:
        count, figures, seconds = f"{size['dossiers']:,}", size["ratios"], size["seconds"]
        judged = size["dossiers"] == max(other["dossiers"] for other in leg["sizes"])
        goal = _judged(figures["of_copy"], "≥ 0.6") if judged else ""
        yield _row(count, "speed, server-side `COPY` = 1", _spread(figures["of_copy"]), goal)
        yield _row(
            count, "the same by processor time", _spread(figures["of_copy_cpu"]), "for information"
        )
        yield _row(
            count,
            "speed with the door included (allow-list, landing), `COPY` = 1",
            _spread(figures["of_copy_with_door"]),
            "for information",
        )
        if "times_dlt" in figures:
            goal = _judged(figures["times_dlt"], "≥ 8")
            yield _row(count, "speed, dlt default = 1", _spread(figures["times_dlt"], 1), goal)
        goal = _judged(size["peak_mib"], "≤ 500") if judged else ""
        yield _row(count, "peak memory of our process, MiB", _spread(size["peak_mib"], 0), goal)
        for side, name in (
            ("ours", "our load"),
            ("copy", "`COPY`"),
            ("door", "door"),
            ("dlt", "dlt"),
        ):
            if side in seconds:
                yield _row(count, f"seconds, {name}", _spread(seconds[side]), "")
    largest = leg["sizes"][-1]
    rows = ", ".join(f"{count:,} in `{table}`" for table, count in largest["rows"].items())
    yield ""
    yield (
        f"At the largest size {rows}; {largest['landed_mib']} MiB landed, {largest['csv_mib']} MiB"
        f" as CSV; the process holds {largest['before_mib']['median']:.0f} MiB before it loads."
    )
    yield ""


def _increment(leg: Result) -> Iterator[str]:
    short, long = leg["sides"]
    yield _row(
        "Figure", f"{short['dossiers']:,} dossiers", f"{long['dossiers']:,}", "Ratio", "Goal"
    )
    yield _row("---", "--:", "--:", "--:", "---")
    named = {
        "seconds": "seconds by the clock, dbt's start included",
        "model_seconds": "seconds in models",
        "node_seconds": "seconds in models, seeds and tests",
        "cpu_seconds": "processor seconds, dbt and server",
        "server_cpu_seconds": "processor seconds of the server",
    }
    for kind, name in named.items():
        ratio = leg["ratios"][kind]
        goal = _judged(ratio, "≤ 1.3") if kind == "seconds" else "for information"
        yield _row(name, _spread(short[kind], 1), _spread(long[kind], 1), _spread(ratio), goal)
    yield _row(
        "first build, seconds", short["first_build_seconds"], long["first_build_seconds"], "", ""
    )
    yield ""
    yield (
        f"{short['seconds']['count']} days on each side, {leg['per_day']:,} new dossiers and"
        f" {short['new_versions']['median']:,.0f} new versions a day; history since {short['from']}"
        f" and {long['from']} ({short['versions']:,} and {long['versions']:,} versions)."
    )
    yield ""
    yield "Where the time goes (median seconds):"
    yield ""
    yield _row("Part", f"{short['dossiers']:,}", f"{long['dossiers']:,}")
    yield _row("---", "--:", "--:")
    for part in leg["slowest"]:
        yield _row(f"`{part['part']}`", f"{part['short']:.2f}", f"{part['long']:.2f}")


def _reading(leg: Result) -> Iterator[str]:
    yield _row(
        "Kind", "Files", "MiB", "Speed, bare read = 1", "Files a second", "MiB a second", "Goal"
    )
    yield _row("---", "--:", "--:", "--:", "--:", "--:", "---")
    for figures in leg["kinds"]:
        in_all = figures["kind"] == "all"
        yield _row(
            figures["kind"],
            f"{figures['files']:,}",
            f"{figures['mib']:.1f}",
            _spread(figures["of_bare"]),
            _spread(figures["files_a_second"], 1),
            _spread(figures["mib_a_second"]),
            _judged(figures["of_bare"], "≥ 0.5") if in_all else "for information",
        )
    yield _row(
        f"all, were {leg['pdf_share']:.0%} PDF as on the Ministry's portal",
        "",
        "",
        _spread(leg["as_published"]),
        "",
        "",
        "for information",
    )
    yield ""
    ended = ", ".join(f"{count:,} `{state}`" for state, count in sorted(leg["states"].items()))
    yield (
        f"Ended as: {ended}. Peak memory of the isolated process"
        f" {_spread(leg['peak_mib'], 0)} MiB ({_judged(leg['peak_mib'], '≤ 512')})."
    )
    yield ""


def _harvest(leg: Result) -> Iterator[str]:
    named = {
        "datasets": "datasets and their resources, interface to raw",
        "publishers": "publishers, interface to raw",
        "contents": "links and files that were due, interface to raw",
        "marts": "marts, dbt's start and tests included",
        "all": "in all",
    }
    yield _row("Seconds", "First day", "A day later", "Goal")
    yield _row("---", "--:", "--:", "---")
    for part, name in named.items():
        first, daily = leg["first"][part], leg["daily"][part]
        goal = _judged(daily, "≤ 180") if part == "all" else ""
        yield _row(name, f"{first['median']:.1f}", _spread(daily, 1), goal)
    yield ""
    rows = ", ".join(f"{count:,} in `{name}`" for name, count in leg["rows"].items())
    yield (
        f"{leg['datasets']:,} datasets with {leg['resources']:,} resources; rows of a day: {rows}."
        f" Speed of the catalogue, bare fetch and decoding of the same pages = 1:"
        f" {_spread(leg['of_bare'])}. Peak memory of our process"
        f" {_spread(leg['peak_mib'], 0)} MiB ({_judged(leg['peak_mib'], '≤ 400')})."
    )
    yield ""


def _backfill(leg: Result) -> Iterator[str]:
    yield _row("Figure", "Value", "Goal")
    yield _row("---", "--:", "---")
    yield _row("dossiers", f"{leg['dossiers']:,}", "")
    for resource, count in leg["rows"].items():
        yield _row(f"raw rows: {resource}", f"{count:,}", "")
    records = sum(year["records"] for year in leg["years"])
    yield _row("API to raw, minutes", f"{leg['seconds'] / 60:.1f}", "")
    yield _row("records a second, API to raw", f"{records / leg['seconds']:,.0f}", "")
    yield _row("raw to tested marts, minutes", f"{leg['build_seconds'] / 60:.1f}", "")
    yield _row(
        f"load of {leg['rows_compared']:,} rows ({len(leg['months_compared'])} months of all"
        " years), `COPY` = 1",
        f"{leg['of_copy_in_all']:.2f}",
        _judged({"median": leg["of_copy_in_all"]}, "≥ 0.6"),
    )
    yield _row("the same, month by month", _spread(leg["of_copy"]), "for information")
    yield _row("peak memory of these loads, MiB", _spread(leg["load_peak_mib"], 0), "")
    yield _row("peak memory of the simulated system, MiB", f"{leg['api_peak_mib']:.0f}", "")
    yield ""
    yield "Month by month, fetch and load of all resources by one process:"
    yield ""
    yield _row("Year", "Records", "Seconds a month", "Peak memory, MiB", "Goal")
    yield _row("---", "--:", "--:", "--:", "---")
    for year in leg["years"]:
        yield _row(
            year["year"],
            f"{year['records']:,}",
            _spread(year["month_seconds"], 1),
            _spread(year["peak_mib"], 0),
            _judged({"median": year["peak_mib"]["highest"]}, "≤ 500"),
        )
    yield ""
