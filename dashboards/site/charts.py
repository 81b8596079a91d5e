"""Small line and bar charts as inline SVG, without a chart library.

A chart gets numbers that are already final and only places them; colours come from the page's
style sheet. Months without a value break the line instead of being bridged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from markupsafe import Markup

from dashboards import formatting

Run = list[tuple[int, Decimal]]
"""Consecutive months, counted from year 0, with their values."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A value at the first day of its period.

    Attributes:
        is_open: the period still runs, or reports about it are still due.
        months: how long the period is.
    """

    at: date
    value: Decimal | None
    is_open: bool = False
    months: int = 1


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target over its phase, `end` exclusive; an open side runs to the edge of the chart."""

    value: Decimal
    start: date | None
    end: date | None
    label: str


@dataclass(frozen=True, slots=True)
class _Frame:
    """Maps months and values to the coordinates of a drawing."""

    first: int
    last: int
    low: float
    high: float
    left: float
    top: float
    width: float
    height: float

    def x(self, month: int) -> float:
        span = max(1, self.last - self.first)
        return self.left + self.width * (min(max(month, self.first), self.last) - self.first) / span

    def y(self, value: Decimal | float) -> float:
        span = (self.high - self.low) or 1.0
        return self.top + self.height * (1 - (float(value) - self.low) / span)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _xy(x: float, y: float) -> str:
    return f"{x:.1f},{y:.1f}"


def _runs(dots: Sequence[Dot]) -> list[Run]:
    """Stretches of consecutive periods that have values."""
    runs: list[Run] = []
    for dot in dots:
        if dot.value is None:
            continue
        month = _month(dot.at)
        if runs and runs[-1][-1][0] == month - dot.months:
            runs[-1].append((month, dot.value))
        else:
            runs.append([(month, dot.value)])
    return runs


def _limits(values: Sequence[Decimal], is_percentage: bool) -> tuple[float, float]:
    low, high = float(min(values)), float(max(values))
    margin = (high - low) * 0.12 or abs(high) * 0.05 or 1.0
    low, high = low - margin, high + margin
    return (max(0.0, low), min(100.0, high)) if is_percentage else (low, high)


def _tag(name: str, *content: Markup | str, **attributes: object) -> Markup:
    """One SVG element, everything put in escaped; underscores stand for what Python forbids."""
    named = Markup("").join(
        Markup(' {}="{}"').format(
            "viewBox" if key == "view_box" else key.rstrip("_").replace("_", "-"),
            f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value,
        )
        for key, value in attributes.items()
    )
    start = Markup("<") + Markup(name) + named  # noqa: S704  # names are this module's own
    inside = Markup("").join(content)
    return start + Markup(">") + inside + Markup("</") + Markup(name) + Markup(">")  # noqa: S704


def _text(x: float, y: float, words: str, style: str = "tick", anchor: str = "start") -> Markup:
    return _tag("text", words, class_=style, x=x, y=y, text_anchor=anchor)


def _rule(style: str, x1: float, x2: float, y1: float, y2: float) -> Markup:
    return _tag("line", class_=style, x1=x1, x2=x2, y1=y1, y2=y2)


def _line(frame: _Frame, run: Run, radius: float) -> Markup:
    points = [(frame.x(month), frame.y(value)) for month, value in run]
    if len(points) == 1:
        return _tag("circle", class_="dot", cx=points[0][0], cy=points[0][1], r=radius)
    return _tag("polyline", class_="line", points=" ".join(_xy(x, y) for x, y in points))


def _area(frame: _Frame, run: Run) -> Markup:
    floor = frame.top + frame.height
    corners = [(frame.x(month), frame.y(value)) for month, value in run]
    corners += [(frame.x(run[-1][0]), floor), (frame.x(run[0][0]), floor)]
    return _tag("polygon", class_="area", points=" ".join(_xy(x, y) for x, y in corners))


def _end(frame: _Frame, runs: list[Run], radius: float) -> Markup:
    month, value = runs[-1][-1]
    return _tag("circle", class_="end", cx=frame.x(month), cy=frame.y(value), r=radius)


def sparkline(
    dots: Sequence[Dot],
    target: Decimal | None,
    description: str,
    *,
    periods: int = 24,
    is_percentage: bool = False,
) -> Markup:
    """Draw the last closed periods, 132 × 34 units, with the target as a dashed line.

    Args:
        dots: the series, in time order.
        target: where the dashed line goes; none leaves it out.
        description: what a screen reader says for the drawing.
        periods: how many periods back from the last value.
        is_percentage: keep the scale within 0 to 100.
    """
    runs = _runs([dot for dot in dots if not dot.is_open])
    if not runs:
        return Markup("")
    last = runs[-1][-1][0]
    first = max(runs[0][0][0], last - (periods - 1) * dots[0].months)
    runs = [kept for run in runs if (kept := [point for point in run if point[0] >= first])]
    values = [value for run in runs for _, value in run]
    low, high = _limits([*values, *([] if target is None else [target])], is_percentage)
    frame = _Frame(first, last, low, high, left=3, top=4, width=124, height=26)
    parts = [] if target is None else [_rule("goal", 0, 132, *2 * [frame.y(target)])]
    parts += [_line(frame, run, 1.5) for run in runs]
    parts.append(_end(frame, runs, 2.8))
    return _drawing("spark", 132, 34, description, parts, is_fixed=True)


def history(
    dots: Sequence[Dot],
    targets: Sequence[TargetLine],
    description: str,
    *,
    decimals: int,
    plan_start: date,
    plan_label: str,
    is_percentage: bool = False,
) -> Markup:
    """Draw the whole series, 720 × 220 units, with axes, target lines and the plan's start.

    Args:
        dots: the series, in time order.
        targets: lines to hold the values against; those after the drawn time are shown at the
            right edge, so that the next phase's goal is in sight.
        description: what a screen reader says for the drawing.
        decimals: of the values that appear when a reader points at a month.
        plan_start: where the vertical line of the plan stands.
        plan_label: words beside that line.
        is_percentage: keep the scale within 0 to 100.
    """
    runs = _runs([dot for dot in dots if not dot.is_open])
    if not runs:
        return Markup("")
    running = [(_month(dot.at), dot.value) for dot in dots if dot.is_open and dot.value is not None]
    first, last = runs[0][0][0], max(month for month, _ in [runs[-1][-1], *running])
    values = [value for run in [*runs, running] for _, value in run]
    low, high = _limits([*values, *(line.value for line in targets)], is_percentage)
    frame = _Frame(first, last, low, high, left=46, top=14, width=640, height=172)
    parts = [*_value_axis(frame), *_time_axis(frame)]
    start = _month(plan_start)
    if first < start <= last:
        x = frame.x(start)
        parts += [_rule("mark", x, x, 6, 186), _text(x + 5, 182, plan_label)]
    parts += [_area(frame, run) for run in runs if len(run) > 1]
    parts += [_line(frame, run, 2.5) for run in runs]
    parts += [_hit(frame, month, value, decimals) for run in runs for month, value in run]
    parts.append(_end(frame, runs, 4))
    for line in targets:
        parts += _target_line(frame, line)
    parts += [_hit(frame, month, value, decimals, "running") for month, value in running]
    return _drawing("history", 720, 220, description, parts)


def _drawing(
    style: str,
    width: int,
    height: int,
    description: str,
    parts: list[Markup],
    *,
    is_fixed: bool = False,
) -> Markup:
    box = f"0 0 {width} {height}"
    named = {"class_": style, "view_box": box, "role": "img", "aria_label": description}
    if is_fixed:
        named |= {"width": str(width), "height": str(height)}
    return _tag("svg", *parts, **named)


def _hit(frame: _Frame, month: int, value: Decimal, decimals: int, style: str = "hit") -> Markup:
    """A circle, unseen by default, that tells month and value to who points at it."""
    said = f"{month % 12 + 1:02d}/{month // 12}: {formatting.number(value, decimals)}"
    return _tag(
        "circle",
        _tag("title", said),
        class_=style,
        cx=frame.x(month),
        cy=frame.y(value),
        r=6 if style == "hit" else 3.5,
    )


def _target_line(frame: _Frame, line: TargetLine) -> list[Markup]:
    first = frame.first if line.start is None else _month(line.start)
    last = frame.last if line.end is None else _month(line.end)
    left, right = frame.x(first), frame.x(last)
    if first >= frame.last:
        left, right = frame.x(frame.last) - 60, frame.x(frame.last) + 26
    y = frame.y(line.value)
    return [
        _rule("goal", left, right, y, y),
        _text(left + 4, y - 5 if y > 24 else y + 13, line.label, "goal-label"),
    ]


def _value_axis(frame: _Frame) -> list[Markup]:
    step = _step(frame.high - frame.low)
    decimals = max(0, -int(f"{step:e}".split("e")[1]))
    marks: list[Markup] = []
    value = -(-frame.low // step) * step
    while value <= frame.high + step / 1e6:
        y = frame.y(value)
        shown = formatting.number(Decimal(repr(value)), decimals)
        marks += [_rule("grid", 46, 686, y, y), _text(40, y + 4, shown, anchor="end")]
        value += step
    return marks


def _step(span: float) -> float:
    """A round distance that cuts ``span`` into three to six parts."""
    for exponent in range(-4, 12):
        for base in (1, 2, 5):
            step = float(f"{base}e{exponent}")
            if span / step <= 5:
                return step
    return span


def _time_axis(frame: _Frame) -> list[Markup]:
    if frame.last - frame.first >= 18:
        months = [m for m in range(frame.first, frame.last + 1) if m % 12 == 0]
        named = [(month, str(month // 12)) for month in months]
    else:
        every = max(1, (frame.last - frame.first) // 6)
        named = [
            (month, f"{month % 12 + 1:02d}/{month // 12}")
            for month in range(frame.first, frame.last + 1, every)
        ]
    marks: list[Markup] = []
    for month, name in named:
        x = frame.x(month)
        marks += [_rule("grid", x, x, 186, 191), _text(x, 205, name, anchor="middle")]
    return marks


def bar(value: Decimal | None, whole: Decimal) -> Markup:
    """Draw a share of ``whole`` as a bar, 64 × 8 units; decoration beside a written number."""
    if value is None:
        return Markup("")
    width = 64 * min(1.0, max(0.0, float(value / whole)))
    return _tag(
        "svg",
        _tag("rect", class_="bar-back", width=64, height=8, rx=2),
        _tag("rect", class_="bar-fill", width=width, height=8, rx=2),
        class_="bar",
        view_box="0 0 64 8",
        width=64,
        height=8,
        aria_hidden="true",
    )
