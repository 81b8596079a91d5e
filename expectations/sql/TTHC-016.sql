-- Months in which an agency declares clearly fewer eligible procedures than in its month before.
with agencies as (
    select agency_key
    from marts.dim_agency
    where kind <> 'province'
),

readings as (
    select
        fct_indicator_reading.agency_key,
        fct_indicator_reading.period_start,
        fct_indicator_reading.numerator,
        fct_indicator_reading.denominator,
        lag(fct_indicator_reading.period_start) over months as previous_start,
        lag(fct_indicator_reading.denominator) over months as previous_denominator
    from marts.fct_indicator_reading
    inner join agencies on fct_indicator_reading.agency_key = agencies.agency_key
    where
        fct_indicator_reading.indicator_code = 'TTHC-01'
        and fct_indicator_reading.reading_code = 'eligible_full'
        and fct_indicator_reading.basis = 'current'
        and fct_indicator_reading.period_type = 'month'
        and fct_indicator_reading.denominator is not null
    window months as (
        partition by fct_indicator_reading.agency_key
        order by fct_indicator_reading.period_start
    )
),

dropped as (
    select
        agency_key,
        period_start,
        previous_start,
        numerator,
        denominator,
        previous_denominator,
        previous_denominator - denominator as dropped_count
    from readings
    where period_start >= :first_month and period_start < :end_month and previous_denominator > 0
)

select
    agency_key,
    period_start,
    previous_start,
    2 as record_count,
    cast(previous_denominator as bigint) as previous_denominator,
    cast(denominator as bigint) as denominator,
    cast(dropped_count as bigint) as dropped_count,
    round(100.0 * dropped_count / previous_denominator, 1) as drop_pct,
    round(100.0 * numerator / nullif(denominator, 0), 1) as rate_pct
from dropped
where
    dropped_count >= :min_drop
    and 100.0 * dropped_count > :max_drop_pct * previous_denominator
