{{ config(indexes=[
    {'columns': ['agency_key', 'indicator_code', 'period_type', 'period_start']},
    {'columns': ['indicator_code', 'period_start']},
]) }}

with

readings as (

    select * from {{ ref('fct_indicator_reading') }}

),

headlines as (

    select * from {{ ref('indicator_readings') }}
    where is_headline

)

select
    readings.indicator_code,
    readings.agency_key,
    readings.period_type,
    readings.period_start,
    readings.basis,
    readings.reading_code,
    readings.numerator,
    readings.denominator,
    readings.factor,
    readings.value,
    readings.value_state,
    readings.value_status,
    readings.is_small_number,
    readings.formula_version,
    readings.data_as_of,
    readings.quality_state
from readings
inner join headlines
    on
        readings.indicator_code = headlines.indicator_code
        and readings.reading_code = headlines.reading_code
