{#-
  The monthly readings on both maps (the agencies of that time, today's agencies), at three levels:
  units and unallocated nodes, the districts as they were, and the province. Units and nodes add up
  to the province on either map; a district is the sum of its communes and its own desk. A figure that only
  the province has stands there alone, the same on both maps.
-#}
with

monthly as (

    select * from {{ ref('int_readings__monthly') }}
    where agency_key <> {{ province_key() }}

),

of_province as (

    select * from {{ ref('int_readings__monthly') }}
    where agency_key = {{ province_key() }}

),

succession as (

    select * from {{ ref('int_agencies__current') }}

),

memberships as (

    select * from {{ ref('int_agencies__districts') }}

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
        {{ any_of('monthly.is_corrected') }} as is_corrected,
        {{ least_status('monthly.told_status') }} as told_status
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
        is_corrected,
        told_status
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
        is_corrected,
        told_status
    from restated

),

districts as (

    select
        monthly.indicator_code,
        monthly.reading_code,
        memberships.district_key as agency_key,
        'district' as agency_level,
        monthly.month_start,
        monthly.is_stock,
        'as_was' as basis,
        sum(monthly.numerator) as numerator,
        sum(monthly.denominator) as denominator,
        max(monthly.formula_version) as formula_version,
        {{ any_of('monthly.is_corrected') }} as is_corrected,
        {{ least_status('monthly.told_status') }} as told_status
    from monthly
    inner join memberships
        on
            monthly.agency_key = memberships.agency_key
            and monthly.month_start >= memberships.valid_from
            and monthly.month_start < memberships.valid_to
    group by
        monthly.indicator_code, monthly.reading_code, memberships.district_key,
        monthly.month_start, monthly.is_stock

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
        {{ any_of('is_corrected') }} as is_corrected,
        {{ least_status('told_status') }} as told_status
    from units
    group by indicator_code, reading_code, month_start, is_stock, basis

    {% for basis in ['as_was', 'current'] %}
    union all

    select
        indicator_code,
        reading_code,
        agency_key,
        'province' as agency_level,
        month_start,
        is_stock,
        '{{ basis }}' as basis,
        numerator,
        denominator,
        formula_version,
        is_corrected,
        told_status
    from of_province
    {% endfor %}

)

select * from units

union all

select * from districts

union all

select * from province
