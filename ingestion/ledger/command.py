"""``cchc ledger``: what is due, what came, why it did not, and deciding the agencies' cells."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

import click
from rich.table import Table
from sqlalchemy import Engine

from ingestion.catalogue.agencies import Agency, find_agencies
from ingestion.core import environment
from ingestion.core.ingest_command import DAY, wide_console
from ingestion.core.source import source_names
from ingestion.ledger.cells import ledger_span
from ingestion.ledger.due import all_agencies
from ingestion.ledger.explain import explain
from ingestion.ledger.obligations import Party
from ingestion.ledger.settle import MartsNotBuilt
from ingestion.ledger.settle import settle as run_settle
from ingestion.ledger.standing import CellState, Tally, alike, standing, tally
from ingestion.ledger.wording import CAUSES, OUTCOMES

_SOURCE = click.option("--source", type=click.Choice(source_names()), help="Only this source.")
_RESOURCE = click.option("--resource", help="Only this resource.")
_AGENCY = click.option(
    "--agency", help="Only this agency, by code or name, in whatever era; accents do not matter."
)
_FROM = click.option("--from", "first", type=DAY, help="First day, included.")
_TO = click.option("--to", "last", type=DAY, help="Last day; a period counts where it ends.")
_AGENCIES = click.option("--agencies", is_flag=True, help="The agencies' cells, not the source's.")
_HEADINGS = (
    "nguồn", "dữ liệu", "đơn vị", "kỳ", "số", "kết quả", "do", "dòng", "loại", "nhận",
)  # fmt: skip
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@dataclass(frozen=True)
class _Asked:
    """Which cells a person asked for."""

    source: str | None
    resource: str | None
    agency: str | None
    first: date | None
    last: date | None
    agencies: bool

    @property
    def parties(self) -> tuple[Party, ...]:
        party: Party = "agency" if self.agencies or self.agency else "system"
        return (party,)

    def states(self, engine: Engine) -> list[CellState]:
        """The cells; without days, from the first period decided to the last.

        Raises:
            click.UsageError: no such agency, or the days are in the wrong order.
        """
        keys = self._keys()
        with engine.connect() as connection:
            known = ledger_span(connection)
        if known is None and not (self.first and self.last):
            return []
        begin, end = known or (date.max, date.min)
        first, last = self.first or begin, self.last or end
        if last < first:
            raise click.UsageError(f"--to {last} lies before --from {first}.")
        sources = [self.source] if self.source else None
        return [
            state
            for state in standing(engine, first, last, sources, parties=self.parties)
            if self.resource in (None, state.resource)
            and (keys is None or state.agency_key in keys)
        ]

    def _keys(self) -> set[int] | None:
        if self.agency is None:
            return None
        found = find_agencies(all_agencies(), self.agency)
        if not found:
            raise click.UsageError(f"No agency {self.agency!r}: see `cchc catalogue agency`.")
        named = [a for a in found if self.agency.casefold() == a.code.casefold()]
        return {agency.key for agency in named or found}


@click.group("ledger")
def ledger_group() -> None:
    """What was due for which period and what came / Sổ theo dõi kỳ dữ liệu."""


@ledger_group.command()
@_SOURCE
@_RESOURCE
@_AGENCY
@_FROM
@_TO
@click.option("--outcome", type=click.Choice(list(OUTCOMES)), help="Only cells that stand so.")
@click.option("--undecided", is_flag=True, help="Only cells that nobody decided.")
@_AGENCIES
@_AS_JSON
def show(
    source: str | None,
    resource: str | None,
    agency: str | None,
    first: date | None,
    last: date | None,
    outcome: str | None,
    undecided: bool,
    agencies: bool,
    as_json: bool,
) -> None:
    """List what is due and how it stands / Liệt kê cái gì phải có và đã đến đâu.

    The whole source's cells; with --agencies or --agency those that agencies owe. The last lines
    count all cells asked for, whatever --outcome leaves in the list.

    \b
    Example:
      cchc ledger show --from 2026-11-01 --to 2026-11-20
      cchc ledger show --agency "chieng le" --from 2025-01-01 --to 2025-12-31
    """  # noqa: D301  # click wants the backspace itself
    if undecided and outcome not in (None, "undecided"):
        raise click.UsageError("--undecided and --outcome contradict each other.")
    engine = environment.engine("cchc_ingest")
    try:
        states = _Asked(source, resource, agency, first, last, agencies).states(engine)
    finally:
        engine.dispose()
    wanted = "undecided" if undecided else outcome
    listed = [state for state in states if wanted in (None, state.verdict)]
    known = {agency.key: agency for agency in all_agencies()}
    if as_json:
        cells = [_as_json(state, known) for state in listed]
        click.echo(json.dumps(cells, ensure_ascii=False, default=str, indent=2))
        return
    _print_cells(listed, known)
    for name, counted in sorted(tally(states, lambda state: state.source).items()):
        click.echo(_summary(name, counted))
    if not states:
        click.echo("Không có kỳ nào đến hạn trong khoảng này.")


@ledger_group.command("why-missing")
@_SOURCE
@_RESOURCE
@_AGENCY
@_FROM
@_TO
@_AGENCIES
@_AS_JSON
def why_missing(
    source: str | None,
    resource: str | None,
    agency: str | None,
    first: date | None,
    last: date | None,
    agencies: bool,
    as_json: bool,
) -> None:
    """Say why cells are not accepted and what to do / Vì sao thiếu và phải làm gì.

    \b
    Exit code: 0 when everything due is accepted or excused, 1 otherwise.

    \b
    Example:
      cchc ledger why-missing --resource dossiers --from 2026-11-20 --to 2026-11-20
      cchc ledger why-missing --agency 03646 --from 2026-10-01 --to 2026-10-31
    """  # noqa: D301  # click wants the backspace itself
    engine = environment.engine("cchc_ingest")
    try:
        states = _Asked(source, resource, agency, first, last, agencies).states(engine)
        known = {agency.key: agency for agency in all_agencies()}
        lacking = [state for state in states if state.verdict != "accepted"]
        stories = explain(engine, [[s] for s in lacking] if as_json else alike(lacking), known)
    finally:
        engine.dispose()
    if as_json:
        told = [
            {**_as_json(story.first, known), "evidence": story.evidence, "to_do": story.to_do}
            for story in stories
        ]
        click.echo(json.dumps(told, ensure_ascii=False, default=str, indent=2))
    else:
        for story in stories:
            for line in story.lines():
                click.echo(line)
        for name, counted in sorted(tally(states, lambda state: state.source).items()):
            click.echo(_summary(name, counted))
        if not states:
            click.echo("Không có kỳ nào đến hạn trong khoảng này.")
    sys.exit(int(any(state.verdict != "excused" for state in lacking)))


@ledger_group.command()
@click.option("--from", "first", type=DAY, required=True, help="Any day of the first month.")
@click.option("--to", "last", type=DAY, required=True, help="Any day of the last month.")
@_AS_JSON
def settle(first: date, last: date, as_json: bool) -> None:
    """Decide what the agencies owed, after a build / Chốt phần của các đơn vị."""
    if last < first:
        raise click.UsageError("--to lies before --from.")
    engine = environment.engine("cchc_ingest")
    try:
        done = run_settle(engine, first, last)
    except MartsNotBuilt as error:
        raise click.ClickException(str(error)) from error
    finally:
        engine.dispose()
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False))
        return
    parts = [f"{_verdict(*kind.split())} {count}" for kind, count in done.decided.items()]
    counted = ", ".join([*parts, f"{OUTCOMES['undecided']} {done.undecided}"])
    click.echo(f"{done.due} kỳ của các đơn vị: {counted}; {done.changed} thay đổi trong sổ.")


def _as_json(state: CellState, known: dict[int, Agency]) -> dict[str, object]:
    agency = known[state.agency_key]
    return {
        "source": state.source,
        "resource": state.resource,
        "party": state.party,
        "agency_key": state.agency_key,
        "agency_code": agency.code,
        "agency_name_vi": agency.name_vi,
        "period_type": state.period.kind,
        "period_start": state.period.start,
        "due_on": state.due_on,
        "outcome": state.verdict,
        "cause": state.cause,
        "reason": state.reason,
        "row_count": state.row_count,
        "rejected_count": state.rejected_count,
        "received_on": state.received_on,
        "completeness": state.completeness,
        "decided_at": state.decided_at,
    }


def _print_cells(states: Iterable[CellState], known: dict[int, Agency]) -> None:
    """A table in which periods that follow each other and stand alike share a line."""
    table = Table()
    for heading in _HEADINGS:
        table.add_column(heading, no_wrap=heading != "đơn vị")
    table.add_column("vì sao")
    for run in alike(states):
        one, other = run[0], run[-1]
        rows, rejected = (
            [getattr(state, name) for state in run if getattr(state, name) is not None]
            for name in ("row_count", "rejected_count")
        )
        periods = str(one.period) if one is other else f"{one.period} … {other.period}"
        table.add_row(
            one.source,
            one.resource,
            known[one.agency_key].name_vi if one.party == "agency" else "",
            periods,
            f"{len(run)}",
            f"{one.verdict} ({OUTCOMES[one.verdict]})",
            CAUSES[one.cause] if one.cause else "",
            f"{sum(rows):,}".replace(",", ".") if rows else "",
            f"{sum(rejected):,}".replace(",", ".") if rejected else "",
            f"{one.received_on:%d/%m/%Y}" if one is other and one.received_on else "",
            one.reason or "",
        )
    if table.row_count:
        wide_console().print(table)


def _verdict(outcome: str, cause: str | None = None) -> str:
    """An outcome as people read it."""
    return OUTCOMES[outcome] + (f" do {CAUSES[cause]}" if cause else "")


def _summary(source: str, counted: Tally) -> str:
    others = ", ".join(f"{OUTCOMES[name]} {counted.verdicts.get(name, 0)}" for name in OUTCOMES)
    return f"{source}: phải có {counted.due}, {others}; đầy đủ {counted.percent()}"
