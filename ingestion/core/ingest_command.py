"""``cchc ingest``: fetch, land and load days of a source from the command line."""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from datetime import date

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from ingestion.core import log
from ingestion.core.contract import ContractError
from ingestion.core.period import Period
from ingestion.core.run import LoadSummary
from ingestion.core.run import ingest as run_ingest
from ingestion.core.source import read_source, source_names

_QUIET_SECONDS = 2.0
_STATES_VI = {"accepted": "đã nạp", "failed": "không nạp được", "missing": "chưa có"}


def wide_console() -> Console:
    """Standard output, wide enough for a table when it is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=140)


class _Bars:
    """Progress bars on standard error, shown only when the work takes a while."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._started = time.monotonic()
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        if time.monotonic() - self._started < _QUIET_SECONDS:
            return
        if self._bars is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            bars = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bars = self._stack.enter_context(bars)
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)
        if done >= total:
            self._bars.remove_task(self._tasks.pop(what))


class _Day(click.ParamType[date]):
    """A day written 2026-11-20."""

    name = "day"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-11-20", param, ctx)


DAY = _Day()


class _PeriodType(click.ParamType[Period]):
    """A period, whose days are meant."""

    name = "period"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Period:
        try:
            return value if isinstance(value, Period) else Period.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("source")
@click.option(
    "--period",
    type=_PeriodType(),
    required=True,
    help="Day, or all days of a month, quarter, half-year or year: 2026-11-20, 2026-11, 2026-Q4.",
)
@click.option("--until", type=DAY, help="Go on to this day, included.")
@click.option("--resource", "resources", multiple=True, help="Only this resource; may be repeated.")
@click.option("--base-url", help="Another address than that of the connection.")
@click.option("--manual", is_flag=True, help="Load files dropped by hand only; ask nobody.")
@click.option("--dry-run", is_flag=True, help="Fetch and parse, keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of summaries.")
@click.option("--verbose", is_flag=True, help="Log every step to standard error.")
def ingest(
    source: str,
    period: Period,
    until: date | None,
    resources: tuple[str, ...],
    base_url: str | None,
    manual: bool,
    dry_run: bool,
    as_json: bool,
    verbose: bool,
) -> None:
    """Fetch, land and load SOURCE for a period / Lấy và nạp dữ liệu nguồn theo kỳ.

    Every (resource, day) is replaced as a whole, in one transaction; running a day again is safe.
    The address and login come from AIRFLOW_CONN_<SOURCE>. Files dropped in the landing zone under
    manual/<source>/<day>/ are loaded along with what the source answers.

    \b
    Exit code: 0 all accepted, 1 our own failure, 2 wrong usage, 3 source unavailable, 4 refused.

    \b
    Example:
      cchc ingest tthc --period 2026-11-20
      cchc ingest tthc --period 2026-11-20 --until 2026-11-22 --resource dossiers
    """  # noqa: D301  # click wants the backspace itself
    log.configure(20 if verbose else 40)
    if source not in source_names():
        raise click.UsageError(f"No source {source!r}; there are: {', '.join(source_names())}.")
    known = read_source(source).resources
    unknown = [name for name in resources if name not in known]
    if unknown:
        raise click.UsageError(f"No resource {unknown[0]!r}; there are: {', '.join(known)}.")
    last = until or list(period.days())[-1].start
    if last < period.start:
        raise click.UsageError("--until lies before --period.")
    summaries: list[LoadSummary] = []
    with ExitStack() as stack:
        bars = _Bars(stack)
        for resource in resources or known:
            try:
                summaries += run_ingest(
                    source,
                    resource,
                    period.start,
                    last,
                    base_url=base_url,
                    manual=manual,
                    dry_run=dry_run,
                    progress=bars,
                )
            except ContractError as error:
                raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps([s.as_dict() for s in summaries], ensure_ascii=False, indent=2))
    else:
        _show(summaries)
    sys.exit(max((summary.exit_code for summary in summaries), default=0))


def _show(summaries: list[LoadSummary]) -> None:
    """A table for people, and every failure in a sentence below it."""
    table = Table("resource", "day", "state", "rows", "rejected", "masked", "files", "seconds")
    for item in summaries:
        table.add_row(
            item.resource,
            item.period,
            f"{item.state} ({_STATES_VI[item.state]})",
            f"{item.row_count:,}",
            f"{item.rejected_count:,}",
            f"{item.masked_count:,}",
            f"{item.file_count:,}",
            f"{item.seconds:.1f}",
        )
    wide_console().print(table)
    for item in summaries:
        if item.reasons:
            counted = ", ".join(f"{code} {count}" for code, count in sorted(item.reasons.items()))
            click.echo(f"{item.resource} {item.period}: rejected {counted}")
        if item.message:
            click.echo(f"{item.resource} {item.period}: {item.message}", err=True)
    if any(item.is_synthetic for item in summaries):
        click.echo("DỮ LIỆU MÔ PHỎNG / SYNTHETIC DATA")
