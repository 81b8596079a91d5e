"""``cchc scorecard`` and ``cchc site build``: the state of the plan's targets."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dashboards import formatting, wording
from dashboards import scorecard as marts
from dashboards.scorecard import Scorecard, Target
from dashboards.site import page
from ingestion.core.environment import var_dir

STYLES = {
    "reached": "bold green",
    "on_track": "cyan",
    "behind": "yellow",
    "far": "bold red",
    "no_value": "dim",
}
MARKS = {"reached": "✓", "on_track": "→", "behind": "!", "far": "✗", "no_value": "–"}
WIDE = 150
"""Columns of text that the whole table needs."""
COLUMNS = (
    "Mục",
    "Chỉ tiêu",
    "Mới nhất",
    "Mục tiêu",
    "Khoảng cách",
    "Xu hướng",
    "Trạng thái",
    "Số liệu đến",
    "Phát hiện",
)
NUMBERS = frozenset({"Mới nhất", "Mục tiêu", "Khoảng cách", "Phát hiện"})
WIDE_ONLY = frozenset({"Khoảng cách", "Xu hướng", "Số liệu đến"})
TRENDS = {"up": "↗", "down": "↘", "flat": "→"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def scorecard(as_json: bool) -> None:
    """Tiến độ từng chỉ tiêu của Kế hoạch / progress of every target of the plan."""
    card = marts.read()
    if as_json:
        click.echo(json.dumps(_document(card), ensure_ascii=False, indent=2))
        return
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, WIDE)
    if card.is_synthetic:
        words = wording.label("page", "synthetic")
        console.print(Text(f" {words.vi} / {words.en} ", style="bold black on yellow"))
    console.print(_table(card, is_wide=console.width >= WIDE))
    counts = ", ".join(
        f"{wording.label('status', status).vi.lower()} {amount}"
        for status in wording.keys("status")
        if (amount := sum(target.status == status for target in card.targets))
    )
    console.print(f"{len(card.targets)} chỉ tiêu: {counts}. Xem trang đầy đủ: cchc site build")


@click.group()
def site() -> None:
    """Trang HTML cho lãnh đạo / the page for the leaders."""


@site.command("build")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to. [default: var/site]",
)
def build_site(out: Path | None) -> None:
    """Dựng trang tiến độ và in đường dẫn / build the page and print its path."""
    click.echo(page.build(marts.read(), out or var_dir() / "site"))


def _table(card: Scorecard, *, is_wide: bool) -> Table:
    """The table; a narrow terminal does without gap, trend and date, which `--json` has too."""
    table = Table(
        title=wording.label("page", "heading").vi,
        caption=f"Số liệu đến {formatting.day(card.data_as_of)}",
        title_justify="left",
        caption_justify="left",
    )
    kept = [n for n, column in enumerate(COLUMNS) if is_wide or column not in WIDE_ONLY]
    for n in kept:
        is_number = COLUMNS[n] in NUMBERS
        is_name = COLUMNS[n] == "Chỉ tiêu"
        table.add_column(
            COLUMNS[n],
            justify="right" if is_number else "left",
            no_wrap=not is_name and COLUMNS[n] != "Phát hiện",
            ratio=1 if is_name else None,
            min_width=20 if is_name else None,
        )
    for phase in page.by_phase(card.targets):
        table.add_section()
        table.add_row(Text(""), Text(phase.heading.vi, style="bold"))
        for theme in phase.themes:
            for target in theme.targets:
                cells = _cells(card, target)
                table.add_row(*(cells[n] for n in kept))
    return table


def _cells(card: Scorecard, target: Target) -> list[Text]:
    """The cells of one target; `Text` keeps brackets in the plan's words from being markup."""
    indicator = card.indicator(target.indicator_code)
    name = Text(indicator.name_vi)
    if target.value is None and target.reason_vi:
        name.append(f"\n{target.reason_vi}", style="dim")
    unit = wording.code_label("unit", target.unit).vi
    gap_unit = wording.code_label("difference_unit", target.unit).vi
    shown = formatting.value_beside_target(target.value, target.target_value, indicator.decimals)
    status = f"{MARKS.get(target.status, '')} {wording.code_label('status', target.status).vi}"
    trend = f"{TRENDS.get(target.trend or '', '')} {wording.code_label('trend', target.trend).vi}"
    return [
        Text(target.plan_ref),
        name,
        Text(_with_unit(shown, unit)),
        Text(wording.target(target.operator, target.target_value, target.unit).vi),
        Text(_with_unit(formatting.signed(target.gap, indicator.decimals), gap_unit)),
        Text(trend.strip()),
        Text(status.strip(), style=STYLES.get(target.status, "")),
        Text(formatting.day(target.data_as_of)),
        Text(formatting.number(target.open_finding_count)),
    ]


def _with_unit(amount: str, unit: str) -> str:
    if amount == formatting.NONE:
        return amount
    return f"{amount}%" if unit == "%" else f"{amount} {unit}".strip()


def _document(card: Scorecard) -> dict[str, Any]:
    """The scorecard for other programs: numbers as numbers, times in ISO form."""
    return {
        "is_synthetic": card.is_synthetic,
        "data_as_of": _plain(card.data_as_of),
        "open_findings": len(card.findings),
        "targets": [
            {
                "name_vi": card.indicator(target.indicator_code).name_vi,
                "name_en": card.indicator(target.indicator_code).name_en,
            }
            | {key: _plain(value) for key, value in asdict(target).items()}
            for target in card.targets
        ],
    }


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
