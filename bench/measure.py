"""How a figure is measured: both sides in turn, medians, and the memory of a child process.

Nothing is measured alone: a machine's speed changes from hour to hour, what holds is the ratio of
two things done right after each other.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Self, TypeVar

T = TypeVar("T")

FEWEST_ROUNDS = 3
"""Rounds below which a median says nothing."""


@dataclass(frozen=True)
class Spread:
    """A median and how far the values lie apart."""

    median: float
    lowest: float
    highest: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """The spread of at least one value.

        Raises:
            ValueError: there is no value.
        """
        if not values:
            raise ValueError("no value was measured")
        return cls(median(values), min(values), max(values), len(values))

    def as_dict(self) -> dict[str, float]:
        """As a plain dictionary, rounded to five digits behind the point."""
        return {name: round(value, 5) for name, value in asdict(self).items()}


def ratios(above: Sequence[float], below: Sequence[float]) -> Spread:
    """The spread of the quotients of two sides, taken round by round.

    Raises:
        ValueError: the sides were not measured equally often.
    """
    return Spread.of([a / b for a, b in zip(above, below, strict=True)])


def interleave(rounds: int, sides: Mapping[str, Callable[[int], T]]) -> dict[str, list[T]]:
    """Run every side once a round; each round begins with another side.

    Args:
        rounds: how many rounds.
        sides: what to run by name; called with the number of the round from 0.

    Returns:
        What each side gave, in the order of the rounds.

    Raises:
        ValueError: fewer than `FEWEST_ROUNDS` rounds.
    """
    if rounds < FEWEST_ROUNDS:
        raise ValueError(f"{rounds} rounds are too few for a median: at least {FEWEST_ROUNDS}")
    names = list(sides)
    results: dict[str, list[T]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            results[name].append(sides[name](number))
    return results


def children_cpu_seconds() -> float:
    """Processor time of all ended child processes of this one, theirs included."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def peak_mib() -> float:
    """The largest resident memory of this process so far, in MiB."""
    try:
        # Not ru_maxrss: on Linux that also counts the parent's pages from before exec.
        status = Path("/proc/self/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    except (FileNotFoundError, StopIteration):
        unit = 1024 * 1024 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def run_child(
    module: str, job: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run ``python -m module`` with a job on its standard input; see `answer`.

    Args:
        module: a module of this package with a main block.
        job: what it shall do; JSON-serialisable.
        environment: variables in addition to ours.

    Returns:
        What the child answered.

    Raises:
        RuntimeError: the child failed; the end of what it said is in the message.
    """
    result = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
        cwd=Path(__file__).resolve().parents[1],
        check=False,
    )
    if result.returncode != 0:
        said = "\n".join((result.stderr or result.stdout).splitlines()[-15:])
        raise RuntimeError(f"{module} ended with {result.returncode}:\n{said}")
    answered: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return answered


def read_job() -> dict[str, Any]:
    """In a child: the job it was given."""
    job: dict[str, Any] = json.load(sys.stdin)
    return job


def answer(seconds: float, **facts: object) -> None:
    """In a child: give the result to `run_child`, with the peak memory of this process."""
    result = {"seconds": seconds, "cpu_seconds": time.process_time(), "peak_mib": peak_mib()}
    sys.stdout.write(json.dumps(result | facts) + "\n")
