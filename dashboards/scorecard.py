"""What the leaders' scorecard shows, read from the published marts as role ``bi_reader``.

Nothing is calculated here: value, gap, trend and status come from ``marts.fct_target_progress``,
rates from ``marts.fct_indicator_value``. The queries only choose, join and sort.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

from ingestion.core.environment import ConfigurationError, engine
from ingestion.core.period import Kind

PROVINCE_KEY = 1
"""``agency_key`` of the province in ``dim_agency``."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target of the plan with its latest progress; no value means `reason_vi` says why."""

    target_key: str
    indicator_code: str
    plan_ref: str
    phase: str
    phase_start: date | None
    phase_end: date | None
    operator: str
    target_value: Decimal | None
    unit: str
    owners: str | None
    wording_vi: str
    period_type: str | None
    period_start: date | None
    value: Decimal | None
    gap: Decimal | None
    is_met: bool | None
    status: str
    reason_vi: str | None
    previous_value: Decimal | None
    trend: str | None
    data_as_of: datetime | None
    open_finding_count: int
    is_synthetic: bool
    numerator: Decimal | None
    denominator: Decimal | None
    value_status: str | None
    quality_state: str | None
    is_small_number: bool


@dataclass(frozen=True, slots=True)
class Point:
    """The province's value of one period, on today's agencies.

    A month; of an indicator that is told by the quarter or the year only, that.

    Attributes:
        is_open: the period still runs, or reports about it are still due.
    """

    period_start: date
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    value_state: str
    value_status: str | None
    period_type: Kind = "month"
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class AgencyValue:
    """One agency's value in the indicator's latest closed period: see `Point`."""

    agency_key: int
    name_vi: str
    name_folded: str
    kind: str
    period_start: date
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    value_state: str
    is_small_number: bool
    period_type: str = "month"


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of an indicator whose formula the plan leaves open, whole province."""

    reading_code: str
    name_vi: str
    name_en: str
    definition_vi: str | None
    is_headline: bool
    period_type: str
    period_start: date
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    value_state: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One open doubt about an agency's data."""

    rule_id: str
    agency_key: int
    agency_name_vi: str
    agency_name_folded: str
    indicator_code: str | None
    period_start: date
    severity: str
    observed: str
    expected: str
    sentence_vi: str
    sentence_en: str
    evidence_sql: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class OnTime:
    """Dossiers finished or fallen due in a month: in time by the software and recomputed."""

    agency_key: int
    name_vi: str
    name_folded: str
    kind: str
    month_start: date
    due_count: int
    on_time_system_count: int
    on_time_system_pct: Decimal | None
    recomputable_count: int
    on_time_recomputed_count: int
    on_time_recomputed_pct: Decimal | None
    gap_points: Decimal | None


@dataclass(frozen=True, slots=True)
class Indicator:
    """The catalogue's description of an indicator with everything measured for it."""

    indicator_code: str
    name_vi: str
    name_en: str
    definition_vi: str
    numerator_vi: str | None
    denominator_vi: str | None
    unit: str
    direction: str
    frequency: str | None
    source: str | None
    decimals: int
    min_sample: int | None
    owners: str | None
    legal_basis: str | None
    caveats_vi: str | None
    headline_reading: str | None
    formula_version: str
    series: tuple[Point, ...]
    agencies: tuple[AgencyValue, ...]
    readings: tuple[Reading, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Everything the page and the table show, in reading order."""

    targets: tuple[Target, ...]
    indicators: tuple[Indicator, ...]
    findings: tuple[Finding, ...]
    on_time: tuple[OnTime, ...]
    agency_names: dict[str, str]
    """Name of each agency of today by its code, for the owners of the catalogue."""

    @property
    def data_as_of(self) -> datetime | None:
        """The latest moment that any value of the scorecard reflects."""
        return max((t.data_as_of for t in self.targets if t.data_as_of), default=None)

    @property
    def is_synthetic(self) -> bool:
        """Whether any value comes from the simulated province."""
        return any(target.is_synthetic for target in self.targets)

    def indicator(self, code: str) -> Indicator:
        """The indicator of a target.

        Raises:
            KeyError: the code is not in the catalogue.
        """
        for indicator in self.indicators:
            if indicator.indicator_code == code:
                return indicator
        raise KeyError(code)


def read(url: str | None = None) -> Scorecard:
    """Read the scorecard in one consistent snapshot of the warehouse.

    Args:
        url: another warehouse than the configured one.

    Raises:
        ConfigurationError: there are no marts yet; the message says how to build them.
    """
    pool = engine("bi_reader", url)
    try:
        with pool.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            if connection.scalar(text("select to_regclass('marts.fct_target_progress')")) is None:
                raise ConfigurationError(
                    "Chưa có kho chỉ tiêu / no marts yet: chạy `cchc marts build` rồi thử lại."
                )
            return _read(connection)
    finally:
        pool.dispose()


def _read(connection: Connection) -> Scorecard:
    findings = tuple(Finding(**row) for row in _rows(connection, FINDINGS))
    series = _by_indicator(_rows(connection, SERIES))
    agencies = _by_indicator(_rows(connection, AGENCIES))
    readings = _by_indicator(_rows(connection, READINGS))
    indicators = tuple(
        Indicator(
            **row,
            series=tuple(Point(**point) for point in series[row["indicator_code"]]),
            agencies=tuple(AgencyValue(**value) for value in agencies[row["indicator_code"]]),
            readings=tuple(Reading(**reading) for reading in readings[row["indicator_code"]]),
            findings=tuple(f for f in findings if f.indicator_code == row["indicator_code"]),
        )
        for row in _rows(connection, INDICATORS)
    )
    return Scorecard(
        targets=tuple(Target(**row) for row in _rows(connection, TARGETS)),
        indicators=indicators,
        findings=findings,
        on_time=tuple(OnTime(**row) for row in _rows(connection, ON_TIME)),
        agency_names={
            row["agency_code"]: row["name_vi"] for row in _rows(connection, AGENCY_NAMES)
        },
    )


def _rows(connection: Connection, statement: str) -> list[dict[str, Any]]:
    result = connection.execute(text(statement), {"province": PROVINCE_KEY})
    return [dict(row) for row in result.mappings()]


def _by_indicator(rows: Iterable[dict[str, Any]]) -> defaultdict[str, list[dict[str, Any]]]:
    grouped: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.pop("indicator_code")].append(row)
    return grouped


TARGETS = """
select
    dim_target.target_key,
    dim_target.indicator_code,
    dim_target.plan_ref,
    dim_target.phase,
    dim_target.phase_start,
    dim_target.phase_end,
    dim_target.operator,
    dim_target.target_value,
    dim_target.unit,
    dim_target.owners,
    dim_target.wording_vi,
    progress.period_type,
    progress.period_start,
    progress.value,
    progress.gap,
    progress.is_met,
    coalesce(progress.status, 'no_value') as status,
    progress.reason_vi,
    progress.previous_value,
    progress.trend,
    progress.data_as_of,
    coalesce(progress.open_finding_count, 0) as open_finding_count,
    coalesce(progress.is_synthetic, false) as is_synthetic,
    measured.numerator,
    measured.denominator,
    measured.value_status,
    measured.quality_state,
    coalesce(measured.is_small_number, false) as is_small_number
from marts.dim_target
left join marts.fct_target_progress as progress
    on dim_target.target_key = progress.target_key
    and progress.agency_key = :province
left join marts.fct_indicator_value as measured
    on progress.indicator_code = measured.indicator_code
    and progress.agency_key = measured.agency_key
    and progress.period_type = measured.period_type
    and progress.period_start = measured.period_start
    and progress.basis = measured.basis
order by dim_target.phase_start nulls last, dim_target.phase, dim_target.target_key
"""

INDICATORS = """
select
    indicator_code,
    name_vi,
    name_en,
    definition_vi,
    numerator_vi,
    denominator_vi,
    unit,
    direction,
    frequency,
    source,
    decimals,
    min_sample,
    owners,
    legal_basis,
    caveats_vi,
    headline_reading,
    cast(formula_version as text) as formula_version
from marts.dim_indicator
order by indicator_code
"""

SHOWN = """
shown as (
    select
        dim_indicator.indicator_code,
        case when monthly.indicator_code is null then dim_indicator.frequency else 'month' end
            as period_type
    from marts.dim_indicator
    left join (
        select distinct indicator_code
        from marts.fct_indicator_value
        where agency_key = :province and period_type = 'month'
    ) as monthly
        on dim_indicator.indicator_code = monthly.indicator_code
)
"""
"""By which periods an indicator is shown: months, or its own frequency where it has none."""

TOLD = """
told as (
    select distinct
        indicator_code,
        period_type,
        period_start
    from marts.fct_target_progress
    where value is not null
)
"""
"""The period that an indicator's targets are held against."""

SERIES = "".join(
    (
        "with",
        SHOWN,
        ",",
        TOLD,
        """
select
    measured.indicator_code,
    measured.period_start,
    measured.value,
    measured.numerator,
    measured.denominator,
    measured.value_state,
    measured.value_status,
    measured.period_type,
    -- what a single report calls an estimate is not open for that
    coalesce(
        measured.period_start > told.period_start, measured.value_status = 'estimate'
    ) as is_open
from marts.fct_indicator_value as measured
inner join shown
    on measured.indicator_code = shown.indicator_code
    and measured.period_type = shown.period_type
left join told
    on measured.indicator_code = told.indicator_code
    and measured.period_type = told.period_type
where measured.agency_key = :province and measured.basis = 'current'
order by measured.indicator_code, measured.period_start
""",
    )
)

AGENCIES = "".join(
    (
        "with",
        SHOWN,
        ",",
        TOLD,
        """,

latest as (
    select distinct on (measured.indicator_code)
        measured.indicator_code,
        measured.period_type,
        measured.period_start
    from marts.fct_indicator_value as measured
    inner join shown
        on measured.indicator_code = shown.indicator_code
        and measured.period_type = shown.period_type
    left join told
        on measured.indicator_code = told.indicator_code
        and measured.period_type = told.period_type
        and measured.period_start = told.period_start
    where
        measured.agency_key = :province
        and measured.basis = 'current'
        and measured.value is not null
    order by
        measured.indicator_code asc,
        case when told.indicator_code is null then 1 else 0 end asc,
        case when measured.value_status = 'estimate' then 1 else 0 end asc,
        measured.period_start desc
)

select
    measured.indicator_code,
    dim_agency.agency_key,
    dim_agency.name_vi,
    dim_agency.name_folded,
    dim_agency.kind,
    measured.period_start,
    measured.value,
    measured.numerator,
    measured.denominator,
    measured.value_state,
    coalesce(measured.is_small_number, false) as is_small_number,
    measured.period_type
from marts.fct_indicator_value as measured
inner join latest
    on measured.indicator_code = latest.indicator_code
    and measured.period_type = latest.period_type
    and measured.period_start = latest.period_start
inner join marts.dim_agency
    on measured.agency_key = dim_agency.agency_key
where
    measured.agency_key <> :province
    and measured.basis = 'current'
order by measured.indicator_code, dim_agency.sort_key collate "C", dim_agency.agency_key
""",
    )
)

READINGS = """
with latest as (
    select distinct on (indicator_code)
        indicator_code,
        period_type,
        period_start
    from marts.fct_target_progress
    where agency_key = :province and period_start is not null
    order by indicator_code asc, period_start desc, period_type asc
),

-- a reading that is told by the year only, as a survey is, stands with its own latest period
nearest as (
    select distinct on (measured.indicator_code, measured.reading_code)
        measured.indicator_code,
        measured.reading_code,
        measured.period_type,
        measured.period_start
    from marts.fct_indicator_reading as measured
    inner join latest
        on measured.indicator_code = latest.indicator_code
    where
        measured.agency_key = :province
        and measured.basis = 'current'
        and (
            (
                measured.period_type = latest.period_type
                and measured.period_start = latest.period_start
            )
            or measured.period_type = 'year'
        )
    order by
        measured.indicator_code asc,
        measured.reading_code asc,
        case when measured.period_type = latest.period_type then 0 else 1 end asc,
        case when measured.period_start = latest.period_start then 0 else 1 end asc,
        measured.period_start desc
)

select
    measured.indicator_code,
    measured.reading_code,
    named.name_vi,
    named.name_en,
    named.definition_vi,
    named.is_headline,
    measured.period_type,
    measured.period_start,
    measured.value,
    measured.numerator,
    measured.denominator,
    measured.value_state
from marts.fct_indicator_reading as measured
inner join nearest
    on measured.indicator_code = nearest.indicator_code
    and measured.reading_code = nearest.reading_code
    and measured.period_type = nearest.period_type
    and measured.period_start = nearest.period_start
inner join reference.indicator_readings as named
    on measured.indicator_code = named.indicator_code
    and measured.reading_code = named.reading_code
where measured.agency_key = :province and measured.basis = 'current'
order by measured.indicator_code, named.is_headline desc, measured.reading_code
"""

FINDINGS = """
select
    found.rule_id,
    found.agency_key,
    coalesce(found.agency_name_vi, '') as agency_name_vi,
    coalesce(dim_agency.name_folded, '') as agency_name_folded,
    found.indicator_code,
    found.period_start,
    found.severity,
    found.observed,
    found.expected,
    found.sentence_vi,
    found.sentence_en,
    found.evidence_sql,
    found.first_seen_at
from marts.fct_finding as found
left join marts.dim_agency
    on found.agency_key = dim_agency.agency_key
where found.is_open
order by
    dim_agency.sort_key collate "C",
    found.agency_key,
    case found.severity when 'critical' then 0 when 'warning' then 1 else 2 end,
    found.period_start desc,
    found.rule_id,
    found.finding_key
"""

ON_TIME = """
with running as (
    select min(measured.period_start) as month_start
    from marts.fct_indicator_value as measured
    inner join marts.dim_indicator
        on measured.indicator_code = dim_indicator.indicator_code and dim_indicator.source = 'tthc'
    where
        measured.agency_key = :province
        and measured.period_type = 'month'
        and measured.value_status = 'estimate'
),

latest as (
    select counted.month_start
    from marts.rpt_on_time_by_agency as counted
    cross join running
    where counted.due_count > 0
    order by
        case when counted.month_start >= running.month_start then 1 else 0 end asc,
        counted.month_start desc
    limit 1
)

select
    counted.agency_key,
    dim_agency.name_vi,
    dim_agency.name_folded,
    dim_agency.kind,
    counted.month_start,
    counted.due_count,
    counted.on_time_system_count,
    counted.on_time_system_pct,
    counted.recomputable_count,
    counted.on_time_recomputed_count,
    counted.on_time_recomputed_pct,
    counted.gap_points
from marts.rpt_on_time_by_agency as counted
inner join latest
    on counted.month_start = latest.month_start
inner join marts.dim_agency
    on counted.agency_key = dim_agency.agency_key
where counted.due_count > 0
order by dim_agency.sort_key collate "C", dim_agency.agency_key
"""

AGENCY_NAMES = """
select
    agency_code,
    name_vi
from marts.dim_agency
where is_current
order by agency_code, agency_key
"""
