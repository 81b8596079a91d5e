"""``cchc backfill plan | run | status | resume``."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import click
import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from ingestion.backfill import site
from ingestion.backfill.board import ConsoleBoard, duration, number
from ingestion.backfill.drive import DAG_ID, BackfillStopped, Drive, listed
from ingestion.backfill.follow_up import FollowUpFailed, follow_up
from ingestion.backfill.orders import BackfillOrder, find_order, require_open
from ingestion.backfill.progress import (
    Attempt,
    Tally,
    as_plain,
    by_year,
    causes_of,
    is_to_load,
    month_of,
    stretches,
)
from ingestion.core.environment import ConfigurationError, engine
from ingestion.ledger.obligations import Party
from ingestion.ledger.standing import CellState, standing

PARTIES: tuple[Party, ...] = ("system", "agency")
EXIT_STOPPED = 1
EXIT_FAILED_CELLS = 3
EXIT_UNDECIDED = 5

_NAME = click.argument("name", required=False)
_JSON = click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
_NO_BUILD = click.option(
    "--no-build", is_flag=True, help="Chỉ nạp; không dựng mart, không kiểm tra sau đó."
)


@click.group("backfill")
def backfill_group() -> None:
    """Nạp bù lịch sử theo ingestion/backfills/*.yml / Back-fills of history.

    NAME là tên một tệp; bỏ trống thì là đợt duy nhất đã được duyệt. Mã thoát: 0 mọi ô đã có quyết
    định và không ô nào lỗi; 3 mọi ô đã có quyết định, có ô lỗi hoặc thiếu (resume thử lại); 5 còn
    ô chưa quyết định (được nêu tên); 1 không chạy được; 2 gọi sai.
    """


@backfill_group.command()
@_NAME
@_JSON
def plan(name: str | None, *, as_json: bool) -> None:
    """Cho biết phải nạp gì, đã có gì, sẽ chạy bao nhiêu lần / What a run would do."""
    order = find_order(name)
    cells = _read(order)
    groups = _by_resource_and_year(cells)
    months = sorted({month_of(c) for c in cells if c.party == "system" and is_to_load(c)})
    if as_json:
        _echo(
            {
                **_head(order),
                "cells": [
                    {"source": source, "resource": resource, "year": year, **tally.as_dict()}
                    for (source, resource, year), tally in groups.items()
                ],
                "months": [f"{month:%Y-%m}" for month in months],
                "runs": len(months),
                "airflow_backfills": len(stretches(months)),
            }
        )
        return
    console = open_console()
    _introduce(console, order)
    table = _table("Nguồn", "Tài nguyên", "Năm", *_COLUMNS)
    for (source, resource, year), tally in groups.items():
        table.add_row(source, resource, str(year), *_numbers(tally))
    console.print(table)
    if months:
        console.print(
            f"Sẽ chạy {len(months)} lần (mỗi tháng một lần, {order.concurrency} tháng một lúc, "
            f"{len(stretches(months))} đợt của Airflow): {listed(months)}.",
            soft_wrap=True,
        )
    else:
        console.print("Không còn gì phải nạp.")


@backfill_group.command()
@_NAME
@_NO_BUILD
@_JSON
def run(name: str | None, *, no_build: bool, as_json: bool) -> None:
    """Nạp mọi tháng còn ô chưa quyết định hoặc lỗi, rồi dựng mart / Load what is open, build.

    Bị ngắt lúc nào cũng được: những gì đã nạp còn nguyên, `cchc backfill resume` làm tiếp.
    """
    _run(name, no_build, as_json)


@backfill_group.command()
@_NAME
@_NO_BUILD
@_JSON
def resume(name: str | None, *, no_build: bool, as_json: bool) -> None:
    """Làm tiếp sau khi bị ngắt, thử lại ô lỗi / Go on from the ledger, try failed cells again."""
    _run(name, no_build, as_json)


@backfill_group.command()
@_NAME
@_JSON
def status(name: str | None, *, as_json: bool) -> None:
    """Sổ nói gì, Airflow đang làm gì / What the ledger says and what Airflow is doing."""
    order = find_order(name)
    cells = _read(order)
    airflow = _airflow_state()
    if as_json:
        _echo({**_head(order), **_result(cells), "airflow": airflow})
    else:
        console = open_console()
        _introduce(console, order)
        show_result(console, cells)
        console.print(f"Airflow: {airflow}")
    raise SystemExit(exit_code(cells))


def run_backfill(
    order: BackfillOrder, console: Console, *, with_build: bool = True
) -> tuple[list[CellState], dict[str, float]]:
    """Run a back-fill to its end, telling on a console how far it is.

    Args:
        order: what is asked for; must be open.
        console: where to tell.
        with_build: build, decide the agencies' cells and check afterwards.

    Returns:
        Every cell as it stands, agencies' cells included, and seconds by step.

    Raises:
        BackfillRefused: nobody approved it.
        BackfillStopped: Airflow or the warehouse stay away.
        FollowUpFailed: what follows the loading failed.
    """
    require_open(order)
    warehouse = engine("cchc_ingest")
    began = time.monotonic()
    try:
        with site.connect() as api, ConsoleBoard(console) as board:
            drive = Drive(
                order,
                api,
                lambda: _cells(warehouse, order, ["system"]),
                board,
                revive=site.revive,
            )
            left = drive.run()
            seconds = {"load": time.monotonic() - began}
            if with_build and not left:
                seconds |= follow_up(order, api, board)
        return _cells(warehouse, order, PARTIES), seconds
    finally:
        warehouse.dispose()


def open_console(*, on_stderr: bool = False) -> Console:
    """A console, wide enough for the tables when it is no terminal."""
    console = Console(highlight=False, stderr=on_stderr)
    return console if console.is_terminal else Console(width=140, highlight=False, stderr=on_stderr)


def show_result(console: Console, cells: Sequence[CellState]) -> None:
    """A table of the cells by year, and in sentences what is left to do."""
    table = _table("Năm", *_COLUMNS)
    systems = [cell for cell in cells if cell.party == "system"]
    agencies = [cell for cell in cells if cell.party == "agency"]
    for year, tally in by_year(systems).items():
        table.add_row(str(year), *_numbers(tally))
    table.add_section()
    table.add_row("Nguồn, cả đợt", *_numbers(Attempt().tally(systems)))
    table.add_row("Cơ quan báo cáo", *_numbers(Attempt().tally(agencies)))
    console.print(table)
    whole = Attempt().tally(cells)
    if not whole.is_complete:
        console.print(
            f"CHƯA XONG: {number(whole.undecided)} ô chưa quyết định, ở các tháng "
            f"{listed(_undecided_months(cells))}. Chạy tiếp: cchc backfill resume",
            soft_wrap=True,
        )
    elif bad := causes_of(systems):
        told = ", ".join(
            f"{number(count)} do {_CAUSES.get(key, key)}" for key, count in bad.items()
        )
        console.print(
            f"Mọi ô đã có quyết định. Ô của hệ thống nguồn không nạp được: {told}. "
            "Thử lại: cchc backfill resume",
            soft_wrap=True,
        )
    else:
        console.print("XONG: mọi ô đã có quyết định, không ô nào lỗi.")


def exit_code(cells: Sequence[CellState]) -> int:
    """The exit code that says how the cells stand, see `backfill_group`."""
    if not Attempt().tally(cells).is_complete:
        return EXIT_UNDECIDED
    return EXIT_FAILED_CELLS if causes_of(c for c in cells if c.party == "system") else 0


_COLUMNS = ("Số ô", "Xong", "Giữ lại", "Lỗi", "Thiếu", "Chưa", "Dòng", "Cách ly")
_CAUSES = {"source": "nguồn", "ours": "phía ta", "agency": "cơ quan"}


def _run(name: str | None, no_build: bool, as_json: bool) -> None:
    order = find_order(name)
    console = open_console(on_stderr=as_json)
    if not as_json:
        _introduce(console, order)
    try:
        cells, seconds = run_backfill(order, console, with_build=not no_build)
    except (BackfillStopped, FollowUpFailed, httpx.HTTPError) as error:
        click.echo(f"cchc: {error}", err=True)
        raise SystemExit(EXIT_STOPPED) from None
    except KeyboardInterrupt:
        click.echo(
            "Đã thôi theo dõi; Airflow vẫn làm nốt các tháng đã giao. "
            "Theo dõi tiếp: cchc backfill resume",
            err=True,
        )
        raise SystemExit(130) from None
    loaded = [cell for cell in cells if cell.party == "system"] if no_build else cells
    if as_json:
        _echo({**_head(order), **_result(loaded), "seconds": _rounded(seconds)})
    else:
        show_result(console, loaded)
        told = ", ".join(f"{step} {duration(value)}" for step, value in seconds.items())
        console.print(f"Thời gian: {told}.")
    raise SystemExit(exit_code(loaded))


def _read(order: BackfillOrder) -> list[CellState]:
    """Every cell of the back-fill: of its resources, and of the agencies behind them."""
    warehouse = engine("cchc_ingest")
    try:
        return _cells(warehouse, order, PARTIES)
    finally:
        warehouse.dispose()


def _cells(warehouse: Engine, order: BackfillOrder, parties: Sequence[Party]) -> list[CellState]:
    cells = standing(warehouse, order.first, order.last, list(order.sources), parties=parties)
    return [cell for cell in cells if (cell.source, cell.resource) in order.pairs]


def _by_resource_and_year(
    cells: Sequence[CellState],
) -> dict[tuple[str, str, int], Tally]:
    groups: dict[tuple[str, str, int], list[CellState]] = {}
    for cell in cells:
        if cell.party == "system":
            groups.setdefault((cell.source, cell.resource, month_of(cell).year), []).append(cell)
    return {key: Attempt().tally(found) for key, found in sorted(groups.items())}


def _undecided_months(cells: Sequence[CellState]) -> list[Any]:
    return sorted({month_of(cell) for cell in cells if cell.outcome is None})


def _airflow_state() -> str:
    try:
        with site.connect() as api:
            active = api.active_backfill(DAG_ID)
            runs = len(api.unfinished_runs(DAG_ID))
    except (ConfigurationError, httpx.HTTPError) as error:
        return f"không hỏi được ({error})"
    if active is None and not runs:
        return "không có đợt nạp bù nào đang chạy"
    return f"đợt {active['id'] if active else '–'} đang chạy, còn {runs} tháng"


def _head(order: BackfillOrder) -> dict[str, Any]:
    return {
        "name": order.name,
        "status": order.status,
        "first": order.first.isoformat(),
        "last": order.last.isoformat(),
    }


def _result(cells: Sequence[CellState]) -> dict[str, Any]:
    systems = [cell for cell in cells if cell.party == "system"]
    agencies = [cell for cell in cells if cell.party == "agency"]
    return {
        "complete": Attempt().tally(cells).is_complete,
        "systems": Attempt().tally(systems).as_dict(),
        "agencies": Attempt().tally(agencies).as_dict(),
        "years": as_plain(by_year(systems)),
        "causes": causes_of(systems),
        "undecided_months": [f"{month:%Y-%m}" for month in _undecided_months(cells)],
    }


def _introduce(console: Console, order: BackfillOrder) -> None:
    console.print(
        f"Nạp bù {order.name} ({order.status}): {order.first:%d/%m/%Y} – {order.last:%d/%m/%Y}. "
        f"{order.reason} Theo: {order.document}; đề nghị: {order.asked_by}.",
        soft_wrap=True,
        markup=False,
    )


def _table(*headings: str) -> Table:
    table = Table()
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place and heading in _COLUMNS else "left")
    return table


def _numbers(tally: Tally) -> tuple[str, ...]:
    return tuple(
        number(value)
        for value in (
            tally.due,
            tally.done,
            tally.held,
            tally.failed,
            tally.missing,
            tally.undecided,
            tally.rows,
            tally.quarantined,
        )
    )


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {step: round(value, 1) for step, value in seconds.items()}


def _echo(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
