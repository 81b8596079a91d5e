{#- A district as it was is the sum of the communes and the desk that belonged to it in each month. -#}
{% test districts_equal_units(model) %}

with

members as (

    select * from {{ ref('int_agencies__districts') }}

),

units as (

    select
        readings.indicator_code,
        readings.reading_code,
        members.district_key as agency_key,
        readings.month_start,
        readings.numerator,
        readings.denominator
    from {{ model }} as readings
    inner join members
        on
            readings.agency_key = members.agency_key
            and readings.month_start >= members.valid_from
            and readings.month_start < members.valid_to
    where readings.agency_level = 'unit' and readings.basis = 'as_was'

),

both_sides as (

    select
        indicator_code,
        reading_code,
        agency_key,
        month_start,
        numerator,
        denominator
    from {{ model }}
    where agency_level = 'district'

    union all

    select
        indicator_code,
        reading_code,
        agency_key,
        month_start,
        -numerator as numerator,
        -denominator as denominator
    from units

)

select
    indicator_code,
    reading_code,
    agency_key,
    month_start
from both_sides
group by indicator_code, reading_code, agency_key, month_start
having sum(numerator) <> 0 or sum(denominator) <> 0

{% endtest %}
