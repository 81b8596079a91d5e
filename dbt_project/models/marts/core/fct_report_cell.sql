{#- The cells behind the figures: every asked field of every report that counts now, and its place. -#}
{{
    config(
        indexes=[
            {'columns': ['indicator_code', 'reading_code', 'period_start']},
            {'columns': ['agency_key', 'form_code', 'period_start']},
            {'columns': ['receipt_no']},
        ]
    )
}}

with

cells as (

    select * from {{ ref('int_reports__cells') }}

)

select
    receipt_no,
    agency_key,
    counted_agency_key,
    form_code,
    resource,
    form_version,
    period_type,
    period_start,
    period_end,
    value_status,
    section_code,
    row_code,
    column_code,
    field_code,
    label_vi,
    unit_vi,
    nature,
    indicator_code,
    reading_code,
    part,
    cell_state,
    is_counted,
    sheet,
    cell,
    raw_text,
    number_value,
    text_value,
    date_value,
    choice_code,
    problem_code,
    problem_vi
from cells
