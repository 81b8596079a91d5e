"""Leg "reading": published files become proven numbers, beside a bare read of the same files.

Ours is what a scheduled run does with each file: sent to the isolated process, told by its
content, read, taken apart into tables, matched with a layout, numbers and units decided, re-added,
sent back. The bare side is the library alone: every cell of every sheet by calamine, every table
of every page by pdfplumber, the tree of a page or an XML by lxml, the rows of a CSV. Both read one
file at a time in one process.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from bench.measure import Spread, interleave, ratios, run_child
from ingestion.reading.bounds import BOUNDS
from ingestion.reading.kinds import recognise
from sandbox.budget.corpus import write_corpus

SEED = 2_026
PDF_SHARE = 0.45
"""Of the attachments on the Ministry's portal about 55 % can be read by machine."""
Result = dict[str, Any]


def measure_reading(folder: Path, files: int, rounds: int) -> Result:
    """Measure a corpus of the simulated publications, its seeded defects included.

    Args:
        folder: scratch folder.
        files: how many files.
        rounds: how often each side reads all of them.

    Returns:
        Files, bytes, seconds and ratios by kind of file and in all, JSON-serialisable.
    """
    click.echo(f"reading: making {files:,} files")
    write_corpus(folder, files=files, seed=SEED, workers=2)
    kinds = _readable(folder)
    sizes = {
        kind: {"files": len(paths), "mib": sum(path.stat().st_size for path in paths) / 2**20}
        for kind, paths in kinds.items()
    }
    job = {kind: [str(path) for path in paths] for kind, paths in kinds.items()}
    click.echo(f"reading: {rounds} rounds of {', '.join(f'{len(p)} {k}' for k, p in job.items())}")
    sides = {
        side: lambda _, module=f"bench.read_{side}": run_child(module, job)
        for side in ("ours", "bare")
    }
    runs = interleave(rounds, sides)
    by_kind = [_figures(kind, sizes[kind], runs) for kind in sorted(sizes)]
    total = {name: sum(size[name] for size in sizes.values()) for name in ("files", "mib")}
    return {
        "kinds": [*by_kind, _figures("all", total, runs)],
        "pdf_share": PDF_SHARE,
        "as_published": _as_published(sizes, runs).as_dict(),
        "states": runs["ours"][0]["states"],
        "peak_mib": Spread.of([run["worker_peak_mib"] for run in runs["ours"]]).as_dict(),
    }


def _as_published(
    sizes: Mapping[str, Mapping[str, float]], runs: Mapping[str, Sequence[Result]]
) -> Spread:
    """The ratio for a mix in which PDFs have the share that they have on the Ministry's portal."""
    others = sum(size["files"] for kind, size in sizes.items() if kind != "pdf")

    def seconds_a_file(run: Result) -> float:
        return sum(
            seconds
            / sizes[kind]["files"]
            * (PDF_SHARE if kind == "pdf" else (1 - PDF_SHARE) * sizes[kind]["files"] / others)
            for kind, seconds in run["kinds"].items()
        )

    return ratios(*([seconds_a_file(run) for run in runs[side]] for side in ("bare", "ours")))


def _readable(folder: Path) -> dict[str, list[Path]]:
    """The corpus by kind of file; what no bare reader opens is left out on both sides."""
    answered = run_child("bench.read_bare", {"try": [str(path) for path in _files(folder)]})
    kinds: dict[str, list[Path]] = defaultdict(list)
    for name in answered["opened"]:
        path = Path(name)
        kinds[recognise(path.read_bytes(), BOUNDS).kind].append(path)
    return dict(kinds)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".jsonl")


def _figures(kind: str, size: Mapping[str, float], runs: Mapping[str, Sequence[Result]]) -> Result:
    seconds = {
        side: [
            sum(run["kinds"].values()) if kind == "all" else run["kinds"][kind] for run in results
        ]
        for side, results in runs.items()
    }
    ours = seconds["ours"]
    return {
        "kind": kind,
        "files": size["files"],
        "mib": round(size["mib"], 2),
        "of_bare": ratios(seconds["bare"], ours).as_dict(),
        "files_a_second": Spread.of([size["files"] / value for value in ours]).as_dict(),
        "mib_a_second": Spread.of([size["mib"] / value for value in ours]).as_dict(),
    }
