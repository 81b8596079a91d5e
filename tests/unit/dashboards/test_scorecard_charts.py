"""The small SVG charts: where they put values, and that text in them stays text."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from dashboards.site import charts
from dashboards.site.charts import Dot, TargetLine

HOSTILE = '"><script>alert(1)</script>'


def series(*values: float | None, start: int = 2025) -> list[Dot]:
    return [
        Dot(date(start + n // 12, n % 12 + 1, 1), None if v is None else Decimal(str(v)))
        for n, v in enumerate(values)
    ]


def lines(svg: str) -> list[list[tuple[float, float]]]:
    """The corners of every polyline."""
    return [
        [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]
        for points in re.findall(r'class="line" points="([^"]+)"', svg)
    ]


def test_a_rising_series_rises_and_stays_inside() -> None:
    svg = str(charts.sparkline(series(10, 20, 30, 40), Decimal(90), "words"))
    (line,) = lines(svg)
    assert [x for x, _ in line] == sorted(x for x, _ in line)
    assert [y for _, y in line] == sorted((y for _, y in line), reverse=True)
    goal = re.search(r'class="goal"[^>]*y1="([\d.]+)"', svg)
    assert goal
    assert 0 <= float(goal[1]) < line[-1][1], "the target lies above the values"
    assert all(0 <= x <= 132 and 0 <= y <= 34 for x, y in line)


def test_a_month_without_a_value_breaks_the_line() -> None:
    assert len(lines(str(charts.sparkline(series(1, 2, None, 3, 4), None, "words")))) == 2


def test_only_the_last_months_are_drawn() -> None:
    svg = str(charts.sparkline(series(*range(60)), None, "words", periods=24))
    assert len(lines(svg)[0]) == 24


def test_a_running_month_is_no_part_of_the_line() -> None:
    dots = [*series(50, 60, 70), Dot(date(2025, 4, 1), Decimal(5), is_open=True)]
    assert len(lines(str(charts.sparkline(dots, None, "words")))[0]) == 3
    svg = str(charts.history(dots, [], "words", decimals=1, plan_start=date.max, plan_label=""))
    assert len(lines(svg)[0]) == 3
    assert svg.count('class="running"') == 1


@pytest.mark.parametrize("values", [(), (None, None)])
def test_nothing_to_draw_draws_nothing(values: tuple[None, ...]) -> None:
    assert not charts.sparkline(series(*values), Decimal(1), "words")


@pytest.mark.parametrize("values", [(5,), (5, 5, 5), (0, 0), (99.9, 100)])
def test_flat_and_single_series_are_drawn(values: tuple[float, ...]) -> None:
    svg = str(charts.sparkline(series(*values), Decimal(5), "words", is_percentage=True))
    assert "nan" not in svg
    ElementTree.fromstring(svg)


def test_history_shows_targets_axes_and_the_plan() -> None:
    targets = [
        TargetLine(Decimal(95), date(2026, 1, 1), date(2028, 1, 1), "≥ 95%"),
        TargetLine(Decimal(98), date(2028, 1, 1), date(2031, 1, 1), HOSTILE),
    ]
    svg = str(
        charts.history(
            series(*(70 + n for n in range(22))),
            targets,
            HOSTILE,
            decimals=1,
            plan_start=date(2026, 1, 1),
            plan_label="Bắt đầu kế hoạch",
            is_percentage=True,
        )
    )
    root = ElementTree.fromstring(svg)
    words = ["".join(text.itertext()) for text in root.iter("text")]
    assert {"≥ 95%", HOSTILE, "Bắt đầu kế hoạch", "2026"} <= set(words)
    assert "<script" not in svg
    assert "07/2026: 88,0" in ["".join(title.itertext()) for title in root.iter("title")]


def test_bar_is_cut_at_the_whole() -> None:
    assert 'width="64"' in str(charts.bar(Decimal(130), Decimal(100))).split("bar-fill")[1]
    assert not charts.bar(None, Decimal(100))
