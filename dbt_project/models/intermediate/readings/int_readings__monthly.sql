{#-
  Every reading of every indicator as a long list: numerator and denominator per agency of that time
  and month. A stock (`is_stock`) is not added over months: the last month of a period stands for it.
-#}
with

dossier_parts as (

    select * from {{ ref('int_dossier_parts__monthly') }}

),

rating_parts as (

    select * from {{ ref('int_rating_parts__monthly') }}

),

procedures as (

    select * from {{ ref('int_procedures__monthly_snapshots') }}

),

cells as (

    select
        month_start,
        agency_key
    from dossier_parts

    union

    select
        month_start,
        agency_key
    from rating_parts

),

offered as (

    select
        month_start,
        owner_agency_key as agency_key,
        sum(case when is_eligible and service_level = 'full' then 1 else 0 end) as full_count,
        sum(case when is_eligible then 1 else 0 end) as eligible_count
    from procedures
    group by month_start, owner_agency_key

),

counted as (

    select
        'TTHC-01' as indicator_code,
        'eligible_full' as reading_code,
        agency_key,
        month_start,
        cast(full_count as numeric) as numerator,
        cast(eligible_count as numeric) as denominator,
        true as is_stock
    from offered

    {% for reading in dossier_readings() %}
    union all

    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        cells.agency_key,
        cells.month_start,
        cast(coalesce(dossier_parts.{{ reading_column(reading) }}_numerator, 0) as numeric) as numerator,
        cast(coalesce(dossier_parts.{{ reading_column(reading) }}_denominator, 0) as numeric) as denominator,
        false as is_stock
    from cells
    left join dossier_parts
        on cells.month_start = dossier_parts.month_start and cells.agency_key = dossier_parts.agency_key
    {% endfor %}

    {% for reading in rating_readings() %}
    union all

    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        cells.agency_key,
        cells.month_start,
        cast(coalesce(rating_parts.{{ reading_column(reading) }}_numerator, 0) as numeric) as numerator,
        cast(coalesce(rating_parts.{{ reading_column(reading) }}_denominator, 0) as numeric) as denominator,
        false as is_stock
    from cells
    left join rating_parts
        on cells.month_start = rating_parts.month_start and cells.agency_key = rating_parts.agency_key
    {% endfor %}

    {% for reading in unreported_readings() %}
    union all

    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        agency_key,
        month_start,
        cast(null as numeric) as numerator,
        cast(null as numeric) as denominator,
        false as is_stock
    from cells
    {% endfor %}

),

indicators as (

    select
        indicator_code,
        formula_version
    from {{ ref('dim_indicator') }}

)

select
    counted.*,
    indicators.formula_version,
    false as is_corrected
from counted
inner join indicators on counted.indicator_code = indicators.indicator_code
