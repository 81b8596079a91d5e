"""``cchc ledger``: what was due and what came."""

from __future__ import annotations

import json
from datetime import date

import click
from rich.table import Table

from ingestion.core import environment
from ingestion.core.ingest_command import DAY, wide_console
from ingestion.core.ledger import holes, read_cells


@click.group("ledger")
def ledger_group() -> None:
    """What was due for which period and what came / Sổ theo dõi kỳ dữ liệu."""


@ledger_group.command()
@click.option("--from", "first", type=DAY, help="First day, included.")
@click.option("--to", "last", type=DAY, help="Last day, included.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of cells.")
def show(first: date | None, last: date | None, as_json: bool) -> None:
    """List the cells; with both --from and --to also the days that nobody decided yet."""
    engine = environment.engine("cchc_ingest")
    try:
        cells = read_cells(engine, first, last)
    finally:
        engine.dispose()
    if first and last:
        cells += holes(cells, first, last)
        cells.sort(key=lambda c: (c["source"], c["resource"], c["period_start"]))
    if as_json:
        click.echo(json.dumps(cells, ensure_ascii=False, default=str, indent=2))
        return
    table = Table("source", "resource", "period", "due", "outcome", "cause", "rows", "rejected")
    for cell in cells:
        table.add_row(
            cell["source"],
            cell["resource"],
            f"{cell.get('period_type', 'day')} {cell['period_start']}",
            *(
                "" if cell.get(name) is None else str(cell[name])
                for name in ("due_on", "outcome", "cause", "row_count", "rejected_count")
            ),
        )
    wide_console().print(table)
