{#- Every reading as it is published now. Publication and vintages are written in the same transaction. -#}
{{
    config(
        post_hook=["{{ publish_readings() }}", "{{ remember_published() }}"],
        indexes=[
            {'columns': ['agency_key', 'indicator_code', 'period_type', 'period_start']},
            {'columns': ['indicator_code']},
        ]
    )
}}

with

compared as (

    select * from {{ ref('int_readings__compared') }}
    where is_present

)

select
    indicator_code,
    reading_code,
    agency_key,
    agency_level,
    period_type,
    period_start,
    basis,
    is_headline,
    numerator,
    denominator,
    factor,
    value,
    value_state,
    value_status,
    is_small_number,
    is_corrected,
    formula_version,
    series_no,
    break_keys,
    data_as_of,
    quality_state
from compared
