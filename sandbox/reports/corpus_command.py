"""``cchc sandbox reports-corpus`` and ``reports-check``: reports with their key, and the reader."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from pathlib import Path

import click

from ingestion.core.landing import Landing
from sandbox.province import DEFAULT_SEED
from sandbox.reports.checking import check_corpus
from sandbox.reports.corpus import read_corpus, write_corpus
from sandbox.reports.offices import SANDBOX_KEY

LEAST_CAUGHT = 0.99
_seed = click.option("--seed", default=DEFAULT_SEED, show_default=True)
_workers = click.option("--workers", default=0, help="Processes; 0 = one per core.")


@click.command(name="reports-corpus")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--files", default=1_600, show_default=True, help="About a third of them are good.")
@_seed
@_workers
def reports_corpus(out: Path, files: int, seed: int, workers: int) -> None:
    """Write delivered reports of every form, kind and behaviour to OUT, with answers.jsonl."""
    began = time.perf_counter()
    key = write_corpus(out, files, seed, workers or os.cpu_count() or 1)
    seconds = time.perf_counter() - began
    behaviours = {file.answer.behaviour_id for file in key.files}
    cells = sum(len(file.answer.cells) for file in key.files)
    click.echo(
        f"{len(key.files)} files, {cells} answers, {len(behaviours)} behaviours, {seconds:.1f} s"
    )
    for counted in (
        Counter(file.kind for file in key.files),
        Counter(file.answer.form_code for file in key.files),
        Counter(file.answer.group for file in key.files),
    ):
        click.echo(", ".join(f"{name} {count}" for name, count in counted.most_common()))


@click.command(name="reports-check")
@click.option(
    "--corpus",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="From reports-corpus, of the same seed.",
)
@_seed
@_workers
@click.option("--by-behaviour", is_flag=True, help="Also what became of each behaviour.")
def reports_check(corpus: Path, seed: int, workers: int, by_behaviour: bool) -> None:
    """Read and judge a corpus as the intake does; exit 1 if the targets are missed.

    Targets: no figure silently wrong, at least 99 % of hollow reports and of those of another
    agency held back, every good report accepted whole.
    """
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as landing:
        findings = check_corpus(
            read_corpus(corpus), Landing(landing), SANDBOX_KEY, seed, workers or os.cpu_count() or 1
        )
    for line in findings.lines():
        click.echo(line)
    if by_behaviour:
        for line in findings.by_behaviour():
            click.echo(line)
    click.echo(f"{time.perf_counter() - began:.1f} s")
    is_missed = (
        findings.silent_wrong
        or findings.clean_refused
        or findings.caught_share("hollow") < LEAST_CAUGHT
        or findings.caught_share("wrong_agency") < LEAST_CAUGHT
    )
    if is_missed:
        raise SystemExit(1)
