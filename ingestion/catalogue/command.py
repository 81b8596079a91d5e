"""``cchc catalogue``: check, render and look up the plan as data."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path

import click

from ingestion.catalogue.agencies import SeedError, find_agencies
from ingestion.catalogue.check import check_catalogue, load_catalogue
from ingestion.catalogue.load import CatalogueFolder
from ingestion.catalogue.model import Catalogue, Indicator, Target
from ingestion.catalogue.problem import CatalogueError, Problem
from ingestion.catalogue.render import render_catalogue
from ingestion.core.environment import repo_root

EXIT_FAILED = 1
EXIT_REFUSED = 4

_json_option = click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")


@click.group()
@click.option(
    "--project",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Thư mục dbt_project (mặc định: của bản cài đặt này).",
)
@click.pass_context
def catalogue(ctx: click.Context, project: Path | None) -> None:
    """Danh mục chỉ tiêu, nhiệm vụ và cơ quan của Kế hoạch."""
    folder = CatalogueFolder((project or repo_root() / "dbt_project").resolve())
    if not folder.indicators.is_dir():
        message = f"không có thư mục {folder.indicators}; hãy dùng --project hoặc CCHC_ROOT"
        raise click.UsageError(message, ctx)
    ctx.obj = folder


@catalogue.command()
@_json_option
@click.pass_context
def check(ctx: click.Context, *, as_json: bool) -> None:
    """Kiểm tra danh mục; thoát mã 4 khi có lỗi."""
    folder: CatalogueFolder = ctx.obj
    problems = check_catalogue(folder)
    if as_json:
        _print_json({"problems": [problem.as_json() for problem in problems]})
    elif problems:
        _print_problems(problems)
    else:
        indicators = len(folder.indicator_documents)
        targets = len(folder.targets_document.value["targets"])
        click.echo(f"Danh mục hợp lệ: {indicators} chỉ tiêu, {targets} mục tiêu.")
    if problems:
        ctx.exit(EXIT_REFUSED)


@catalogue.command()
@_json_option
@click.pass_context
def render(ctx: click.Context, *, as_json: bool) -> None:
    """Ghi danh mục ra seeds/catalogue cho dbt; từ chối khi danh mục có lỗi."""
    folder: CatalogueFolder = ctx.obj
    written = render_catalogue(_load(ctx, as_json=as_json), folder.rendered)
    names = [folder.shown(path) for path in written]
    if as_json:
        _print_json({"written": names})
    else:
        for name in names:
            click.echo(name)


@catalogue.command()
@click.argument("code")
@_json_option
@click.pass_context
def show(ctx: click.Context, code: str, *, as_json: bool) -> None:
    """Xem một chỉ tiêu (CODE, ví dụ TTHC-01) và các mục tiêu của nó."""
    content = _load(ctx, as_json=as_json)
    indicator = content.indicator(code)
    if indicator is None:
        message = (
            f"Không có chỉ tiêu {code}. Các mã: {', '.join(i.code for i in content.indicators)}"
        )
        _fail(ctx, message, as_json=as_json)
        return
    targets = content.targets_of(indicator.code)
    if as_json:
        record = dataclasses.asdict(indicator) | {
            "formula_version": indicator.formula_version,
            "mart_name": indicator.mart_name,
        }
        record["targets"] = [dataclasses.asdict(target) for target in targets]
        _print_json(record)
    else:
        _print_indicator(indicator, targets)


@catalogue.command()
@click.argument("name", nargs=-1, required=True)
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Chỉ các đơn vị tồn tại vào ngày này (YYYY-MM-DD).",
)
@_json_option
@click.pass_context
def agency(
    ctx: click.Context, name: tuple[str, ...], on: datetime.datetime | None, *, as_json: bool
) -> None:
    """Tìm cơ quan theo tên hoặc mã, không cần dấu: cchc catalogue agency so noi vu."""
    folder: CatalogueFolder = ctx.obj
    query = " ".join(name)
    try:
        agencies = folder.agencies
    except SeedError as error:
        click.echo(f"agencies.csv:{error.line}: {error}", err=True)
        ctx.exit(EXIT_REFUSED)
    found = find_agencies(agencies, query, on.date() if on else None)
    if as_json:
        _print_json([dataclasses.asdict(row) for row in found])
    elif found:
        for row in found:
            until = row.valid_to.isoformat() if row.valid_to else "nay"
            span = f"{row.valid_from.isoformat()} - {until}"
            click.echo(f"{row.key:>5}  {row.code:<10} {row.name_vi}  [{row.kind}]  {span}")
    else:
        click.echo(f"Không tìm thấy cơ quan “{query}”.", err=True)
    if not found:
        ctx.exit(EXIT_FAILED)


def _load(ctx: click.Context, *, as_json: bool) -> Catalogue:
    try:
        return load_catalogue(ctx.obj)
    except CatalogueError as error:
        if as_json:
            _print_json({"problems": [problem.as_json() for problem in error.problems]})
        else:
            _print_problems(error.problems)
        ctx.exit(EXIT_REFUSED)


def _fail(ctx: click.Context, message: str, *, as_json: bool) -> None:
    if as_json:
        _print_json({"error": message})
    else:
        click.echo(message, err=True)
    ctx.exit(EXIT_FAILED)


def _print_problems(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)
    click.echo(f"{len(problems)} lỗi trong danh mục.", err=True)


def _print_indicator(indicator: Indicator, targets: tuple[Target, ...]) -> None:
    click.echo(f"{indicator.code}  {indicator.name_vi}")
    click.echo(f"  Định nghĩa: {indicator.definition_vi}")
    if indicator.numerator_vi:
        click.echo(f"  Tử số: {indicator.numerator_vi}")
    if indicator.denominator_vi:
        click.echo(f"  Mẫu số: {indicator.denominator_vi}")
    click.echo(f"  Cơ quan: {', '.join(indicator.owners)}   Mart: {indicator.mart_name}")
    for version in indicator.formula_versions:
        until = f" đến trước {version.valid_to}" if version.valid_to else ""
        click.echo(
            f"  Công thức phiên bản {version.version}: từ {version.valid_from}{until}"
            f" ({version.document})"
        )
    for reading in indicator.readings:
        mark = "*" if reading.code == indicator.headline_reading else " "
        click.echo(f"  {mark} {reading.code}: {reading.definition_vi}")
    for target in targets:
        given = "chưa đặt" if target.tolerance is None else f"{target.tolerance:g}"
        tolerance = f" (dung sai: {given})" if target.operator == "approx" else ""
        click.echo(
            f"  Mục tiêu {target.key}, {target.phase}: {target.operator} {target.value}"
            f" {indicator.unit}{tolerance}"
        )
    for caveat in indicator.caveats_vi:
        click.echo(f"  ! {caveat}")


def _print_json(content: object) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2, default=str))
