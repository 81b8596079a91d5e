"""``cchc reports token``: who may upload reports."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click
from rich.table import Table

from ingestion.core.environment import TIMEZONE, engine
from ingestion.core.ingest_command import wide_console
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.doors.settings import read_door_settings
from ingestion.sources.agency_reports.doors.tokens import TokenError, Tokens

_ROLE = "cchc_ingest"
_STATES_VI = {
    "valid": "còn hiệu lực",
    "not_yet": "chưa hiệu lực",
    "expired": "hết hạn",
    "revoked": "đã thu hồi",
}


@click.group("token")
def token_group() -> None:
    """Upload tokens of agencies / Mã nộp báo cáo của cơ quan, đơn vị."""


@token_group.command()
@click.argument("agency_code")
@click.option("--days", type=int, help="How long it serves; default: source.yml.")
@click.option("--note", default="", help="What it is for; no names of persons.")
def issue(agency_code: str, days: int | None, note: str) -> None:
    """Make a token for an agency and print it, this once / Cấp mã nộp báo cáo.

    \b
    Example:
      cchc reports token issue SNV --days 365 --note "phần mềm báo cáo của Sở"
    """  # noqa: D301  # click wants the backspace itself
    lasts = read_door_settings().token_days if days is None else days
    try:
        token = Tokens(engine(_ROLE)).issue(agency_code, lasts, note)
    except TokenError as error:
        raise click.ClickException(str(error)) from None
    click.echo(token)
    click.echo(
        f"Mã của {agency_code}, dùng trong {lasts} ngày. Hệ thống không lưu mã này: hãy chuyển cho "
        "đầu mối ngay, qua kênh riêng.",
        err=True,
    )


@token_group.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_tokens(as_json: bool) -> None:
    """List tokens: whose, until when, revoked or not / Liệt kê mã đã cấp."""
    now = datetime.now(UTC)
    tokens = Tokens(engine(_ROLE)).all()
    if as_json:
        rows = [asdict(known) | {"state": known.state(now)} for known in tokens]
        click.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    today = now.astimezone(TIMEZONE).date()
    names = {agency.code: agency.name_vi for agency in all_agencies() if agency.is_valid_on(today)}
    table = Table("Số hiệu", "Đơn vị", "Tên", "Từ ngày", "Đến ngày", "Tình trạng", "Ghi chú")
    for known in tokens:
        table.add_row(
            known.reference,
            known.agency_code,
            names.get(known.agency_code, ""),
            f"{known.valid_from.astimezone(TIMEZONE):%d/%m/%Y}",
            f"{known.valid_to.astimezone(TIMEZONE):%d/%m/%Y}",
            _STATES_VI[known.state(now)],
            known.note or "",
        )
    wide_console().print(table)


@token_group.command()
@click.argument("reference")
def revoke(reference: str) -> None:
    """Shut a token out by its number in the list / Thu hồi một mã."""
    try:
        known = Tokens(engine(_ROLE)).revoke(reference)
    except TokenError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Đã thu hồi mã {known.reference} của {known.agency_code}.")
