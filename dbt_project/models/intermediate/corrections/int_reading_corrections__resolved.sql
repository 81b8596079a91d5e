{#- Corrections of monthly readings with the agency that is meant: by key, or by the code of a day. -#}
{{ config(materialized='view') }}

with

corrections as (

    select * from {{ ref('readings') }}

),

agencies as (

    select * from {{ ref('int_agencies__all') }}

)

select
    corrections.correction_id,
    corrections.indicator_code,
    corrections.reading_code,
    coalesce(corrections.agency_key, agencies.agency_key) as agency_key,
    corrections.month_start,
    corrections.expect_numerator,
    corrections.expect_denominator,
    corrections.numerator,
    corrections.denominator
from corrections
left join agencies
    on
        corrections.agency_key is null
        and corrections.agency_code = agencies.agency_code
        and coalesce(corrections.agency_on, corrections.month_start) >= agencies.valid_from
        and coalesce(corrections.agency_on, corrections.month_start)
        < coalesce(agencies.valid_to, cast('9999-12-31' as date))
