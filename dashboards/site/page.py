"""Builds the scorecard page: one HTML file, no request to anywhere, the same bytes every time.

The template escapes everything it prints. The page carries a content security policy that
names the hashes of its only script and style sheet, so text from the warehouse could not run
even if the escaping failed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dashboards import formatting, wording
from dashboards.scorecard import (
    AgencyValue,
    Finding,
    Indicator,
    OnTime,
    Point,
    Scorecard,
    Target,
)
from dashboards.site import charts
from dashboards.wording import Words
from ingestion.core.period import MONTHS

FINDINGS_PER_AGENCY = 20
EXTREMES = 3
SERIES_ROWS = 13
HUNDRED = Decimal(100)
FILE_NAME = "index.html"


@dataclass(frozen=True, slots=True)
class ThemeGroup:
    """Targets of one theme of the plan."""

    heading: Words
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class PhaseGroup:
    """Targets of one phase, by theme."""

    phase: str
    start: date | None
    heading: Words
    themes: tuple[ThemeGroup, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Extremes:
    """The highest and lowest agencies of one kind; like is shown with like only."""

    kind: str
    highest: tuple[AgencyValue, ...]
    lowest: tuple[AgencyValue, ...]


@dataclass(frozen=True, slots=True)
class AgencyFindings:
    """Open findings of one agency; `left_out` of them are not listed."""

    agency_key: int
    name_vi: str
    name_folded: str
    severities: tuple[tuple[str, int], ...]
    shown: tuple[Finding, ...]
    left_out: int

    @property
    def size(self) -> int:
        """How many findings are open."""
        return len(self.shown) + self.left_out


def theme_of(indicator_code: str) -> str:
    """The theme of an indicator: the letters before the dash of its code."""
    return indicator_code.partition("-")[0]


def _position(order: Sequence[str], key: str) -> tuple[int, str]:
    return (order.index(key) if key in order else len(order), key)


def by_phase(targets: Iterable[Target]) -> tuple[PhaseGroup, ...]:
    """Group targets by phase, then by theme, both in the plan's order.

    Within a phase, themes that have a value somewhere go before those that have none yet.
    """
    phases, themes = wording.keys("phase"), wording.keys("theme")

    def phase_key(target: Target) -> tuple[int, str]:
        return _position(phases, target.phase)

    def theme_key(target: Target) -> tuple[int, str]:
        return _position(themes, theme_of(target.indicator_code))

    groups = []
    for (_, phase), members in groupby(sorted(targets, key=phase_key), key=phase_key):
        listed = sorted(members, key=lambda target: (theme_key(target), target.target_key))
        by_theme = [
            ThemeGroup(wording.code_label("theme", theme), tuple(group))
            for (_, theme), group in groupby(listed, key=theme_key)
        ]
        by_theme.sort(key=lambda theme: all(t.value is None for t in theme.targets))
        groups.append(
            PhaseGroup(
                phase,
                listed[0].phase_start,
                wording.code_label("phase", phase),
                tuple(by_theme),
                len(listed),
            )
        )
    return tuple(groups)


def extremes(agencies: Iterable[AgencyValue]) -> tuple[Extremes, ...]:
    """Choose the highest and lowest agencies of each kind, small numbers left out.

    A kind with fewer than two times three comparable agencies gets no such list: the table
    below it says as much.
    """
    comparable = [a for a in agencies if a.value is not None and not a.is_small_number]
    chosen = []
    for kind in wording.keys("agency_kind"):
        ranked = sorted(
            (agency for agency in comparable if agency.kind == kind),
            key=lambda a: (-(a.value or 0), -(a.denominator or 0), a.name_folded, a.agency_key),
        )
        if len(ranked) >= 2 * EXTREMES:
            lowest = tuple(reversed(ranked[-EXTREMES:]))
            chosen.append(Extremes(kind, tuple(ranked[:EXTREMES]), lowest))
    return tuple(chosen)


def findings_by_agency(findings: Sequence[Finding]) -> tuple[AgencyFindings, ...]:
    """Group findings, which come sorted by agency."""
    groups = []
    for key, members in groupby(findings, key=lambda finding: finding.agency_key):
        listed = tuple(members)
        shown = listed[:FINDINGS_PER_AGENCY]
        severities = tuple(
            (severity, count)
            for severity in wording.keys("severity")
            if (count := sum(finding.severity == severity for finding in listed))
        )
        groups.append(
            AgencyFindings(
                key,
                listed[0].agency_name_vi,
                listed[0].agency_name_folded,
                severities,
                shown,
                len(listed) - len(shown),
            )
        )
    return tuple(groups)


class View:
    """What the template may ask for, beside the scorecard itself."""

    def __init__(self, scorecard: Scorecard) -> None:
        """Prepare the groups of one scorecard."""
        self.card = scorecard
        self.phases = by_phase(scorecard.targets)
        self.findings = findings_by_agency(scorecard.findings)
        self.counts = {
            status: sum(target.status == status for target in scorecard.targets)
            for status in wording.keys("status")
        }
        self._targets: dict[str, list[Target]] = {}
        for target in scorecard.targets:
            self._targets.setdefault(target.indicator_code, []).append(target)
        # In the order of the table; an indicator with two targets stands where it first appears.
        self.indicators = [
            scorecard.indicator(code)
            for code in dict.fromkeys(
                target.indicator_code
                for phase in self.phases
                for theme in phase.themes
                for target in theme.targets
            )
        ]

    def targets_of(self, indicator: Indicator) -> list[Target]:
        """The targets that the plan sets for an indicator."""
        return self._targets[indicator.indicator_code]

    def progress_of(self, indicator: Indicator) -> Target | None:
        """The indicator's target that has a value; all its targets share that value."""
        return next((t for t in self.targets_of(indicator) if t.value is not None), None)

    def owners(self, codes: str | None) -> list[str]:
        """Names of the agencies behind a list of codes joined by semicolons."""
        names = self.card.agency_names
        return [names.get(code, code) for code in self.listed(codes, ";")]

    @staticmethod
    def listed(joined: str | None, separator: str) -> list[str]:
        """The entries of a list that the catalogue joined into one text."""
        return [entry.strip() for entry in (joined or "").split(separator) if entry.strip()]

    def spark(self, target: Target) -> Markup:
        """The sparkline of a target's row."""
        indicator = self.card.indicator(target.indicator_code)
        return charts.sparkline(
            _dots(indicator),
            target.target_value,
            _series_words(indicator),
            is_percentage=target.unit == "pct",
        )

    def chart(self, indicator: Indicator) -> Markup:
        """The large chart of an indicator."""
        lines = [
            charts.TargetLine(
                target.target_value,
                target.phase_start,
                target.phase_end,
                wording.target(target.operator, target.target_value, target.unit).vi,
            )
            for target in self.targets_of(indicator)
            if target.target_value is not None
        ]
        starts = [t.phase_start for t in self.card.targets if t.phase_start]
        return charts.history(
            _dots(indicator),
            lines,
            _series_words(indicator),
            decimals=indicator.decimals,
            plan_start=min(starts, default=date.max),
            plan_label=wording.label("page", "plan_start").vi,
            is_percentage=indicator.unit == "pct",
        )

    def agencies_with_findings(self, indicator: Indicator) -> tuple[AgencyFindings, ...]:
        """The agencies that have open findings about an indicator."""
        return findings_by_agency(indicator.findings)

    def recent(self, indicator: Indicator) -> list[Point]:
        """The last periods of the series, newest first."""
        return list(reversed(indicator.series[-SERIES_ROWS:]))

    def is_ahead(self, phase: PhaseGroup) -> bool:
        """Whether a phase begins after the data end."""
        as_of = self.card.data_as_of
        return bool(as_of and phase.start and phase.start > as_of.date())

    def on_time_province(self) -> OnTime | None:
        """The province's row of the on-time report, if it has one."""
        return next((row for row in self.card.on_time if row.kind == "province"), None)

    def on_time_agencies(self) -> list[OnTime]:
        """The agencies of the on-time report."""
        return [row for row in self.card.on_time if row.kind != "province"]


def _dots(indicator: Indicator) -> list[charts.Dot]:
    return [
        charts.Dot(p.period_start, p.value, p.is_open, MONTHS[p.period_type])
        for p in indicator.series
    ]


def _series_words(indicator: Indicator) -> str:
    """What a screen reader says for a chart: name, first and last value."""
    known = [p for p in indicator.series if p.value is not None and not p.is_open]
    if not known:
        return indicator.name_vi
    ends = [
        f"{formatting.period_vi(p.period_type, p.period_start)}: "
        f"{formatting.number(p.value, indicator.decimals)}"
        for p in (known[0], known[-1])
    ]
    return f"{indicator.name_vi}: {' → '.join(dict.fromkeys(ends))}"


def both(words: Words) -> Markup:
    """Both languages of a text side by side; the style sheet shows the chosen one."""
    if words.vi == words.en:
        return Markup("{}").format(words.vi)
    return Markup(
        '<span class="vi" lang="vi">{}</span><span class="en" lang="en">{}</span>'
    ).format(words.vi, words.en)


def render(scorecard: Scorecard) -> str:
    """Render the page of a scorecard."""
    environment = Environment(
        loader=PackageLoader("dashboards.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (compact(site_source(name)) for name in ("page.css", "page.js"))

    def text_of(key: str, group: str = "page") -> Markup:
        return both(wording.label(group, key))

    def code(group: str, value: str | None) -> Markup:
        return both(wording.code_label(group, value))

    def period(period_type: str | None, start: date | None) -> Markup:
        return both(
            Words(
                formatting.period_vi(period_type, start), formatting.period_en(period_type, start)
            )
        )

    def goal(target: Target) -> Markup:
        return both(wording.target(target.operator, target.target_value, target.unit))

    def words(key: str) -> Words:
        return wording.label("page", key)

    environment.globals.update(
        t=text_of,
        code=code,
        both=both,
        period=period,
        words=words,
        goal=goal,
        bar=charts.bar,
        hundred=HUNDRED,
    )
    environment.filters.update(
        number=formatting.number,
        plain=formatting.plain,
        signed=formatting.signed,
        day=formatting.day,
    )
    page = environment.get_template("page.html.j2").render(
        view=View(scorecard),
        card=scorecard,
        extremes=extremes,
        format=formatting,
        style=Markup(style),  # noqa: S704  # the page's own file
        script=Markup(script),  # noqa: S704  # the page's own file
        style_hash=csp_hash(style),
        script_hash=csp_hash(script),
    )
    return compact(page) + "\n"


def build(scorecard: Scorecard, folder: Path) -> Path:
    """Write the page into a folder and return its path.

    The file is replaced in one step: who opens it sees the old page or the new one, never half.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    draft = path.with_suffix(".html.new")
    draft.write_text(render(scorecard), encoding="utf-8")
    draft.replace(path)
    return path


def site_source(name: str) -> str:
    """A file of the page: its style sheet or its script."""
    return files("dashboards.site").joinpath("templates", name).read_text("utf-8")


def compact(content: str) -> str:
    """The text without empty lines and without blanks at line ends."""
    return "\n".join(line.rstrip() for line in content.split("\n") if line.strip())


def csp_hash(content: str) -> str:
    """How a content security policy names a script or style sheet."""
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
