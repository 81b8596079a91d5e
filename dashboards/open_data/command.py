"""``cchc open-data publish``: the non-personal marts as open data."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from ingestion.core.errors import IngestionError


@click.group("open-data")
def open_data() -> None:
    """Dữ liệu mở của chính hệ thống / our own open data."""


@open_data.command("publish")
@click.option(
    "--out",
    metavar="DIR|URL",
    help="Folder or fsspec URL such as s3://bucket/open-data. [default: CCHC_OPEN_DATA, else "
    "var/open-data]",
)
@click.option(
    "--base-url",
    help="Address under which the public reads it. [default: CCHC_OPEN_DATA_BASE, else relative "
    "addresses]",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def publish(out: str | None, base_url: str | None, as_json: bool) -> None:
    """Công bố dữ liệu mở / publish the marts: CSV, Parquet, data package, DCAT, page."""
    from dashboards.open_data.publish import publish as publish_marts

    try:
        published = publish_marts(out, base_url)
    except IngestionError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(asdict(published), ensure_ascii=False))
        return
    state = "phiên bản mới / new" if published.is_new else "không đổi / unchanged"
    click.echo(f"{published.dataset} {published.version}: {state}")
    for name, count in published.rows.items():
        click.echo(f"  {name}: {count:,}".replace(",", "."))
    click.echo(f"{published.place}/index.html")
