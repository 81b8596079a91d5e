"""The commands ``cchc check``, ``cchc notify`` and ``cchc findings``."""

from __future__ import annotations

import json
from datetime import date, datetime

import click

from expectations import ROLE
from expectations.findings import OpenFinding, open_findings
from expectations.registry import UnknownRuleError, load_rules
from ingestion.core.environment import engine
from ingestion.core.period import Kind, Period
from ingestion.core.wording import written

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
_MARKS = {"critical": "red", "warning": "yellow", "info": "cyan"}


class _Start(click.ParamType[date]):
    """A period of one kind on the command line, as its first day."""

    def __init__(self, kind: Kind, example: str) -> None:
        self.name = example
        self._kind = kind

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        try:
            period = Period.parse(str(value))
        except ValueError:
            period = None
        if period is None or period.kind != self._kind:
            self.fail(f"{value!r} is no {self._kind} such as {self.name}", param, ctx)
        return period.start


_MONTH = _Start("month", "2026-11")
_DAY = _Start("day", "2026-11-23")


@click.command()
@click.option("--from", "first", required=True, type=_MONTH, help="First month of receipt.")
@click.option("--to", "last", required=True, type=_MONTH, help="Last month, included.")
@click.option("--rule", "rule_ids", multiple=True, metavar="ID", help="Only this rule; repeatable.")
@_AS_JSON
def check(first: date, last: date, rule_ids: tuple[str, ...], as_json: bool) -> None:
    """Check the agencies' data / Kiểm tra số liệu của các cơ quan."""
    from expectations.check import NothingToCheck, run_checks

    try:
        summary = run_checks(first, last, rule_ids=rule_ids)
    except (UnknownRuleError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    except NothingToCheck as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
        return
    titles = {rule.id: rule.texts["title_vi"] for rule in load_rules()}
    _print_table(
        f"Phát hiện {summary['first_month']} … {summary['last_month']}",
        ("Quy tắc", "Nội dung", "Phát hiện"),
        [
            (rule_id, titles[rule_id], str(number))
            for rule_id, number in summary["by_rule"].items()
            if number
        ],
    )
    click.echo(f"Số liệu đến {written(datetime.fromisoformat(summary['as_of']), 'vi')}.")
    found = summary["findings"]
    click.echo(
        f"{summary['rules']} quy tắc, {found['open']} phát hiện: {found['new']} mới, "
        f"{found['reopened']} tái diễn, {found['cleared']} đã khắc phục, "
        f"{summary['for_operators']} cho người vận hành ({summary['seconds']} s)"
    )


@click.command()
@click.option("--on", required=True, type=_DAY, help="The day of the digest.")
@click.option("--dry-run", is_flag=True, help="Show what would be sent, send nothing.")
@_AS_JSON
def notify(on: date, dry_run: bool, as_json: bool) -> None:
    """Send each agency its digest / Gửi mỗi cơ quan một thư."""
    from expectations.notices import send_digests
    from ingestion.core.mail import MailServerUnavailable

    try:
        summary = send_digests(on, dry_run=dry_run)
    except MailServerUnavailable as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
    else:
        if dry_run:
            _print_table("Sẽ gửi", ("Tiêu đề",), [(line,) for line in summary["subjects"]])
        click.echo(
            f"{summary['digests']} thư: {summary['sent']} đã gửi, "
            f"{summary['already_sent']} đã gửi từ trước, {summary['failed']} lỗi, "
            f"{len(summary['unroutable'])} không có địa chỉ; "
            f"{summary['for_operators']} phát hiện cho người vận hành"
        )
    if summary["failed"] or summary["unroutable"]:
        raise SystemExit(1)


@click.command()
@click.option("--agency", "agency_code", metavar="CODE", help="Only this agency.")
@click.option("--rule", "rule_id", metavar="ID", help="Only this rule.")
@_AS_JSON
def findings(agency_code: str | None, rule_id: str | None, as_json: bool) -> None:
    """List open findings, most serious first / Liệt kê phát hiện đang mở."""
    warehouse = engine(ROLE)
    try:
        with warehouse.connect() as connection:
            found = open_findings(connection, agency_code, rule_id)
    finally:
        warehouse.dispose()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, default=str))
        return
    _print_table(
        f"{len(found)} phát hiện đang mở",
        ("Mức", "Quy tắc", "Cơ quan", "Kỳ", "Thực tế", "Nội dung"),
        [_row(finding) for finding in found],
    )


def _row(finding: OpenFinding) -> tuple[str, ...]:
    return (
        finding["severity"],
        finding["rule_id"],
        f"{finding['agency_name']} ({finding['agency_code']})",
        finding["period_start"].isoformat(),
        finding["observed"],
        finding["sentence_vi"],
    )


def _print_table(title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        # Text, never markup: agency data must not colour or hide anything.
        table.add_row(*(Text(cell, style=_MARKS.get(cell, "")) for cell in row))
    Console().print(table)
