"""``cchc reports``: what agencies delivered, and what they were answered."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

import click
from rich.table import Table

from ingestion.core import environment, log
from ingestion.core.environment import TIMEZONE
from ingestion.core.errors import IngestionError
from ingestion.core.ingest_command import DAY, wide_console
from ingestion.core.landing import Landing
from ingestion.sources.agency_reports import daily
from ingestion.sources.agency_reports.intake import Intake, Receipt, register
from ingestion.sources.agency_reports.receipts.rendering import as_html, as_json, as_text

_DOORS = "ingestion.sources.agency_reports.doors"
_STATES_VI = {
    "received": "đang xử lý",
    "accepted": "đã tiếp nhận",
    "partial": "còn ô cần sửa",
    "refused": "chưa tiếp nhận",
}


class ReportCommands(click.Group):
    """The group; commands of the doors are imported only when they are called."""

    lazy: Mapping[str, str] = {
        "serve": f"{_DOORS}.serve_command:serve",
        "token": f"{_DOORS}.token_command:token_group",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, sorted."""
        return sorted({*super().list_commands(ctx), *self.lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; None when there is no such command."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module, _, name = self.lazy[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group("reports", cls=ReportCommands)
@click.option("--verbose", is_flag=True, help="Log every step to standard error.")
def reports_group(verbose: bool) -> None:
    """Reports that agencies delivered, and their receipts / Báo cáo của cơ quan và biên nhận."""
    log.configure(20 if verbose else 40)


@reports_group.command()
@click.option("--every", type=float, help="Go on, looking again after so many seconds.")
@click.option("--json", "as_json_", is_flag=True, help="Print one JSON document a look.")
def take(every: float | None, as_json_: bool) -> None:
    """Take in what came through the doors; send receipts / Nhận báo cáo, gửi biên nhận.

    \b
    Example:
      cchc reports take
      cchc reports take --every 15
    """  # noqa: D301  # click wants the backspace itself
    while True:
        today = datetime.now(UTC).astimezone(TIMEZONE).date()
        try:
            counts = daily.collect(today, today)
        except IngestionError as error:
            if every is None:
                raise click.ClickException(str(error)) from error
            click.echo(f"cchc: {error}", err=True)
        else:
            if as_json_:
                click.echo(json.dumps(counts))
            elif every is None or any(counts.values()):
                click.echo(", ".join(f"{name} {count}" for name, count in counts.items()))
        if every is None:
            return
        time.sleep(every)


@reports_group.command(name="list")
@click.option("--from", "first", type=DAY, help="First day of receipt; default: 30 days ago.")
@click.option("--to", "last", type=DAY, help="Last day of receipt; default: today.")
@click.option("--agency", help="Only this agency, by its code.")
@click.option("--json", "as_json_", is_flag=True, help="Print one JSON list.")
def list_reports(first: date | None, last: date | None, agency: str | None, as_json_: bool) -> None:
    """List deliveries by day of receipt / Liệt kê các lần nộp."""
    until = last or datetime.now(UTC).astimezone(TIMEZONE).date()
    since = first or until - timedelta(days=30)
    engine = environment.engine("cchc_ingest")
    try:
        found = register.received(engine, since, until)
    finally:
        engine.dispose()
    found = [
        item
        for item in found
        if agency is None or agency in (item.agency_code, item.claimed_agency_code)
    ]
    if as_json_:
        hidden = ("reply_to", "reply_thread")
        told = [
            {key: value for key, value in asdict(item).items() if key not in hidden}
            for item in found
        ]
        click.echo(json.dumps(told, ensure_ascii=False, default=str, indent=2))
        return
    table = Table("biên nhận", "nhận lúc", "cửa", "đơn vị", "mẫu", "kỳ", "kết quả", "tệp")
    for item in found:
        state = _STATES_VI[item.state] + (" (trùng)" if item.repeats else "")
        table.add_row(
            item.receipt_no,
            f"{item.received_at:%d/%m/%Y %H:%M}",
            item.door,
            item.agency_code or item.claimed_agency_code or "",
            item.form_code or "",
            f"{item.period_type} {item.period_start}" if item.period_start else "",
            state + (f": {item.reason_code}" if item.reason_code else ""),
            item.file_name,
        )
    wide_console().print(table)
    click.echo(f"{len(found)} lần nộp từ {since:%d/%m/%Y} đến {until:%d/%m/%Y}")


@reports_group.command()
@click.argument("receipt_no")
@click.option("--json", "as_json_", is_flag=True, help="Print the receipt as JSON, every cell.")
def show(receipt_no: str, as_json_: bool) -> None:
    """Show a delivery: what was accepted, what is to be mended / Xem một lần nộp."""
    receipt = _receipt(receipt_no)
    if as_json_:
        click.echo(json.dumps(as_json(receipt), ensure_ascii=False, indent=2))
    else:
        click.echo(as_text(receipt), nl=False)


@reports_group.command()
@click.argument("receipt_no")
@click.option("--html", is_flag=True, help="As a page; default: text.")
@click.option("--out", type=click.File("w", encoding="utf-8"), default="-", help="Where to.")
def receipt(receipt_no: str, html: bool, out: Any) -> None:  # noqa: ANN401 - a text stream
    """Write a receipt, the same as was sent / In lại biên nhận."""
    found = _receipt(receipt_no)
    out.write(as_html(found) if html else as_text(found))


@reports_group.command()
@click.option("--from", "first", type=DAY, required=True, help="First day of receipt.")
@click.option("--to", "last", type=DAY, required=True, help="Last day of receipt.")
@click.option("--tell", is_flag=True, help="Send receipts again where the result is another.")
def reread(first: date, last: date, tell: bool) -> None:
    """Judge deliveries again with the present code and forms / Đọc lại các báo cáo đã nộp.

    What a receipt said stays in landing; deliveries whose result changed are named, and their days
    are loaded by the next run of ingest_agency_reports or by `cchc ingest agency_reports`.
    """
    engine = environment.engine("cchc_ingest")
    changed = 0
    try:
        with Intake(engine, Landing(environment.landing_url())) as intake:
            found = register.received(engine, first, last)
            for item in found:
                again = intake.judge_again(item)
                if _result(again) != _result(item):
                    changed += 1
                    click.echo(f"{item.receipt_no}: {item.state} → {again.state}")
                    if tell and item.reply_by == "mail":
                        register.note_told(engine, item.receipt_no, "due")
    finally:
        engine.dispose()
    click.echo(f"{len(found)} lần nộp đã đọc lại, {changed} có kết quả khác")


def _result(item: register.Registered) -> tuple[Any, ...]:
    return item.state, item.agency_key, item.form_code, item.period_start, item.reason_code


def _receipt(receipt_no: str) -> Receipt:
    engine = environment.engine("cchc_ingest")
    try:
        with Intake(engine, Landing(environment.landing_url())) as intake:
            found = intake.receipt(receipt_no)
    finally:
        engine.dispose()
    if found is None:
        raise click.ClickException(
            f"Không có biên nhận {receipt_no}, hoặc tệp đang được xử lý (cchc reports list)."
        )
    return found
