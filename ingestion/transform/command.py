"""``cchc dbt …`` and ``cchc marts``."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from ingestion.catalogue.problem import CatalogueError
from ingestion.core.environment import engine
from ingestion.transform.marts_hash import hash_marts, overall
from ingestion.transform.revisions import last_publication_id, publications, report
from ingestion.transform.runner import BuildFailed, render_seeds, run_dbt
from ingestion.transform.runner import build as run_build

EXIT_REFUSED = 4


@click.command(
    name="dbt",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def dbt_command(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Chạy dbt với kho dữ liệu này; nhận mọi tham số của dbt."""
    _render(ctx)
    ctx.exit(run_dbt(arguments))


@click.group()
def marts() -> None:
    """Dựng và so sánh các mart."""


@marts.command()
@click.option("--select", help="Chỉ dựng phần này (cú pháp chọn của dbt).")
@click.option("--full-refresh", is_flag=True, help="Dựng lại toàn bộ lịch sử.")
@click.option(
    "--restate",
    metavar="LÝ DO",
    help="Công bố lại có chủ đích những thay đổi không có căn cứ; lý do được ghi sổ.",
)
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
@click.pass_context
def build(
    ctx: click.Context,
    select: str | None,
    restate: str | None,
    *,
    full_refresh: bool,
    as_json: bool,
) -> None:
    """Dựng, kiểm tra và công bố các mart từ dữ liệu thô; in những gì đã thay đổi, vì sao."""
    if restate is not None and not restate.strip():
        raise click.BadParameter("cần ghi lý do.", param_hint="--restate")
    warehouse = engine()
    try:
        before = last_publication_id(warehouse)
        summary = run_build(select, full_refresh, quiet=as_json, restate=restate)
        published = publications(warehouse, after=before)
    except BuildFailed as error:
        click.echo(str(error), err=True)
        ctx.exit(error.exit_code)
    except CatalogueError as error:
        _refuse(ctx, error)
    finally:
        warehouse.dispose()
    if as_json:
        document = asdict(summary) | {"publications": [asdict(each) for each in published]}
        click.echo(json.dumps(document, ensure_ascii=False, default=str))
        return
    kind = "toàn bộ lịch sử" if summary.full_refresh else "phần thay đổi"
    counts = ", ".join(f"{count} {status}" for status, count in sorted(summary.statuses.items()))
    click.echo(f"Đã dựng {kind} trong {summary.seconds:.1f} giây: {counts}.")
    for publication in published:
        click.echo("\n".join(report(publication)))
    if not published:
        click.echo("Không có gì mới để công bố.")


@marts.command()
@click.option("--last", "count", default=1, show_default=True, type=click.IntRange(1))
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
def revisions(count: int, *, as_json: bool) -> None:
    """In những giá trị đã thay đổi ở các lần công bố gần nhất, theo nguyên nhân."""
    warehouse = engine()
    try:
        found = publications(warehouse, count)
    finally:
        warehouse.dispose()
    if as_json:
        document = [asdict(publication) for publication in found]
        click.echo(json.dumps(document, ensure_ascii=False, default=str, indent=2))
        return
    for publication in found:
        click.echo("\n".join(report(publication)))
    if not found:
        click.echo("Chưa có lần công bố nào.")


@marts.command(name="hash")
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
def hash_command(*, as_json: bool) -> None:
    """In mã băm nội dung từng mart và của tất cả, không phụ thuộc thứ tự nạp."""
    warehouse = engine()
    try:
        hashes = hash_marts(warehouse)
    finally:
        warehouse.dispose()
    if as_json:
        document = {"overall": overall(hashes), "marts": [asdict(mart) for mart in hashes]}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for mart in hashes:
        click.echo(f"{mart.name:<28} {mart.row_count:>10}  {mart.digest}")
    click.echo(f"{'tất cả':<28} {'':>10}  {overall(hashes)}")


def _render(ctx: click.Context) -> None:
    try:
        render_seeds()
    except CatalogueError as error:
        _refuse(ctx, error)


def _refuse(ctx: click.Context, error: CatalogueError) -> None:
    for problem in error.problems:
        click.echo(str(problem), err=True)
    ctx.exit(EXIT_REFUSED)
