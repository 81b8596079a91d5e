{{ config(indexes=[
    {'columns': ['agency_key', 'indicator_code', 'period_type', 'period_start']},
    {'columns': ['indicator_code', 'period_start']},
]) }}

with

readings as (

    select * from {{ ref('fct_indicator_reading') }}
    where is_headline

)

select
    {{ value_columns() | join(',\n    ') }}
from readings
