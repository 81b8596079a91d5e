{#-
  Every reading of every indicator as a long list: numerator and denominator per agency of that time
  and month. A stock (`is_stock`) is not added over months: the last month of a period stands for it.
  Each month is counted by the formula version that is valid in it. `told_status` is what a report's header says
  of its figures (estimate, preliminary, official); empty where no report tells them.
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

reported as (

    select * from {{ ref('int_report_readings__monthly') }}

),

versions as (

    select
        indicator_code,
        formula_version,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('dim_indicator_version') }}

),

defined as (

    select * from {{ ref('int_readings__defined') }}

),

reading_corrections as (

    select * from {{ ref('int_reading_corrections__resolved') }}

),

dossier_corrections as (

    select dossier_code from {{ ref('int_dossier_corrections__pivoted') }}

),

corrected_dossiers as (

    select
        dossiers.dossier_code,
        dossiers.agency_key,
        dossiers.received_month,
        dossiers.finished_month
    from dossier_corrections
    inner join {{ ref('fct_dossier') }} as dossiers
        on dossier_corrections.dossier_code = dossiers.dossier_code
    where dossiers.correction_id is not null

),

-- the cells in which a corrected dossier counts, by the month that a reading goes by
corrected_cells as (

    select
        'received_month' as counted_by,
        agency_key,
        received_month as month_start
    from corrected_dossiers

    union

    select
        'finished_month' as counted_by,
        agency_key,
        finished_month as month_start
    from corrected_dossiers
    where finished_month is not null

    union

    select
        'rated_month' as counted_by,
        corrected_dossiers.agency_key,
        ratings.rated_month as month_start
    from corrected_dossiers
    inner join {{ ref('int_ratings__versioned') }} as ratings
        on corrected_dossiers.dossier_code = ratings.dossier_code
    where ratings.is_latest and ratings.is_present

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
        versions.formula_version,
        'none' as counted_by,
        cast(null as {{ dbt.type_string() }}) as told_status
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
        versions.formula_version,
        '{{ reading.month }}' as counted_by,
        cast(null as {{ dbt.type_string() }}) as told_status
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
        versions.formula_version,
        'rated_month' as counted_by,
        cast(null as {{ dbt.type_string() }}) as told_status
    from cells
    {{ join_valid_versions(reading, 'cells') }}
    left join rating_parts
        on cells.month_start = rating_parts.month_start and cells.agency_key = rating_parts.agency_key

    union all
    {% endfor %}

    {% for reading in budget_readings() + open_data_readings() %}
    -- a comparison has both parts or none
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        stocks.agency_key,
        stocks.month_start,
        case when {{ reading.denominator }} is not null then cast({{ reading.numerator }} as numeric) end
            as numerator,
        case when {{ reading.numerator }} is not null then cast({{ reading.denominator }} as numeric) end
            as denominator,
        true as is_stock,
        versions.formula_version,
        'none' as counted_by,
        cast(null as {{ dbt.type_string() }}) as told_status
    from {{ ref(reading.from) }} as stocks
    {{ join_valid_versions(reading, 'stocks') }}
    {% if reading.where %}where stocks.{{ reading.where }}{% endif %}

    union all
    {% endfor %}

    {% for reading in unreported_readings() if not reading.beside %}
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        cells.agency_key,
        cells.month_start,
        cast(null as numeric) as numerator,
        cast(null as numeric) as denominator,
        false as is_stock,
        versions.formula_version,
        'none' as counted_by,
        cast(null as {{ dbt.type_string() }}) as told_status
    from cells
    {{ join_valid_versions(reading, 'cells') }}

    union all
    {% endfor %}

    select
        reported.indicator_code,
        reported.reading_code,
        reported.agency_key,
        reported.month_start,
        cast(reported.numerator as numeric) as numerator,
        cast(reported.denominator as numeric) as denominator,
        reported.is_stock,
        versions.formula_version,
        'none' as counted_by,
        reported.told_status
    from reported
    inner join versions
        on
            reported.indicator_code = versions.indicator_code
            and reported.month_start >= versions.valid_from
            and reported.month_start < versions.valid_to

),

corrected as (

    select
        counted.indicator_code,
        counted.reading_code,
        counted.agency_key,
        counted.month_start,
        case when corrections.correction_id is not null then corrections.numerator else counted.numerator end
            as numerator,
        case
            when corrections.correction_id is not null then corrections.denominator else counted.denominator
        end as denominator,
        counted.is_stock,
        counted.formula_version,
        counted.numerator as counted_numerator,
        counted.denominator as counted_denominator,
        corrections.correction_id is not null or corrected_cells.agency_key is not null as is_corrected,
        counted.told_status
    from counted
    left join reading_corrections as corrections
        on
            counted.indicator_code = corrections.indicator_code
            and counted.reading_code = corrections.reading_code
            and counted.agency_key = corrections.agency_key
            and counted.month_start = corrections.month_start
            -- a correction holds as long as the source still gives the figures that it corrects
            and counted.numerator is not distinct from corrections.expect_numerator
            and counted.denominator is not distinct from corrections.expect_denominator
    left join corrected_cells
        on
            counted.counted_by = corrected_cells.counted_by
            and counted.agency_key = corrected_cells.agency_key
            and counted.month_start = corrected_cells.month_start

),

-- figures declared for a cell for which the source gave nothing
added as (

    select
        corrections.indicator_code,
        corrections.reading_code,
        corrections.agency_key,
        corrections.month_start,
        corrections.numerator,
        corrections.denominator,
        defined.is_stock,
        versions.formula_version,
        cast(null as numeric) as counted_numerator,
        cast(null as numeric) as counted_denominator,
        true as is_corrected,
        cast(null as {{ dbt.type_string() }}) as told_status
    from reading_corrections as corrections
    inner join defined
        on
            corrections.indicator_code = defined.indicator_code
            and corrections.reading_code = defined.reading_code
    inner join versions
        on
            corrections.indicator_code = versions.indicator_code
            and corrections.month_start >= versions.valid_from
            and corrections.month_start < versions.valid_to
    left join counted
        on
            corrections.indicator_code = counted.indicator_code
            and corrections.reading_code = counted.reading_code
            and corrections.agency_key = counted.agency_key
            and corrections.month_start = counted.month_start
    where
        counted.indicator_code is null
        and corrections.expect_numerator is null
        and corrections.expect_denominator is null

)

select * from corrected

union all

select * from added
