{#- The monthly readings on both maps (the agencies of that time, today's agencies) and the province. -#}
with

monthly as (

    select * from {{ ref('int_readings__monthly') }}

),

succession as (

    select * from {{ ref('int_agencies__succeeded') }}

),

restated as (

    select
        monthly.indicator_code,
        monthly.reading_code,
        succession.current_agency_key as agency_key,
        monthly.month_start,
        monthly.is_stock,
        sum(monthly.numerator) as numerator,
        sum(monthly.denominator) as denominator,
        max(monthly.formula_version) as formula_version,
        {{ any_of('monthly.is_corrected') }} as is_corrected
    from monthly
    inner join succession on monthly.agency_key = succession.agency_key
    group by
        monthly.indicator_code, monthly.reading_code, succession.current_agency_key,
        monthly.month_start, monthly.is_stock

),

units as (

    select
        indicator_code,
        reading_code,
        agency_key,
        'unit' as agency_level,
        month_start,
        is_stock,
        'as_was' as basis,
        numerator,
        denominator,
        formula_version,
        is_corrected
    from monthly

    union all

    select
        indicator_code,
        reading_code,
        agency_key,
        'unit' as agency_level,
        month_start,
        is_stock,
        'current' as basis,
        numerator,
        denominator,
        formula_version,
        is_corrected
    from restated

),

province as (

    select
        indicator_code,
        reading_code,
        {{ province_key() }} as agency_key,
        'province' as agency_level,
        month_start,
        is_stock,
        basis,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        max(formula_version) as formula_version,
        {{ any_of('is_corrected') }} as is_corrected
    from units
    group by indicator_code, reading_code, month_start, is_stock, basis

)

select * from units

union all

select * from province
