{#-
  Every reading of every indicator as a long list: numerator and denominator per agency of that time
  and month. A stock (`is_stock`) is not added over months: the last month of a period stands for it.
  Each month is counted by the formula version that is valid in it.
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

versions as (

    select
        indicator_code,
        formula_version,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('dim_indicator_version') }}

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
        {% for reading in procedure_readings() %}
        {{ reading_sum(reading, 'numerator') }} as {{ reading_column(reading) }}_numerator,
        {{ reading_sum(reading, 'denominator') }} as {{ reading_column(reading) }}_denominator,
        {% endfor %}
        owner_agency_key as agency_key
    from procedures
    group by month_start, owner_agency_key

),

counted as (

    {% for reading in procedure_readings() %}
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        offered.agency_key,
        offered.month_start,
        cast(offered.{{ reading_column(reading) }}_numerator as numeric) as numerator,
        cast(offered.{{ reading_column(reading) }}_denominator as numeric) as denominator,
        true as is_stock,
        versions.formula_version
    from offered
    {{ join_valid_versions(reading, 'offered') }}

    union all
    {% endfor %}

    {% for reading in dossier_readings() %}
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        cells.agency_key,
        cells.month_start,
        cast(coalesce(dossier_parts.{{ reading_column(reading) }}_numerator, 0) as numeric) as numerator,
        cast(coalesce(dossier_parts.{{ reading_column(reading) }}_denominator, 0) as numeric) as denominator,
        false as is_stock,
        versions.formula_version
    from cells
    {{ join_valid_versions(reading, 'cells') }}
    left join dossier_parts
        on cells.month_start = dossier_parts.month_start and cells.agency_key = dossier_parts.agency_key

    union all
    {% endfor %}

    {% for reading in rating_readings() %}
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        cells.agency_key,
        cells.month_start,
        cast(coalesce(rating_parts.{{ reading_column(reading) }}_numerator, 0) as numeric) as numerator,
        cast(coalesce(rating_parts.{{ reading_column(reading) }}_denominator, 0) as numeric) as denominator,
        false as is_stock,
        versions.formula_version
    from cells
    {{ join_valid_versions(reading, 'cells') }}
    left join rating_parts
        on cells.month_start = rating_parts.month_start and cells.agency_key = rating_parts.agency_key

    {{ 'union all' if not loop.last or unreported_readings() }}
    {% endfor %}

    {% for reading in unreported_readings() %}
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        cells.agency_key,
        cells.month_start,
        cast(null as numeric) as numerator,
        cast(null as numeric) as denominator,
        false as is_stock,
        versions.formula_version
    from cells
    {{ join_valid_versions(reading, 'cells') }}

    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    counted.*,
    false as is_corrected
from counted
