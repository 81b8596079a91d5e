"""``cchc sandbox budget-corpus``: budget files with their answer key."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import click

from sandbox.budget.corpus import write_corpus
from sandbox.province import DEFAULT_SEED


@click.command(name="budget-corpus")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--files", default=200, show_default=True, help="About half of them are clean.")
@click.option("--seed", default=DEFAULT_SEED, show_default=True)
@click.option("--workers", default=0, help="Processes; 0 = one per core.")
def budget_corpus(out: Path, files: int, seed: int, workers: int) -> None:
    """Write budget files of every form, kind and defect to OUT, with answers.jsonl."""
    began = time.perf_counter()
    key = write_corpus(out, files, seed, workers or os.cpu_count() or 1)
    seconds = time.perf_counter() - began
    kinds = Counter(file.kind for file in key.files)
    defects = {name for file in key.files for name in file.defects}
    click.echo(
        f"{len(key.files)} files, {sum(file.answers for file in key.files)} answers, "
        f"{sum(not file.defects for file in key.files)} clean, {len(defects)} kinds of defect, "
        f"{seconds:.1f} s"
    )
    click.echo(", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
