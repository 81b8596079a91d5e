with

reported as (

    select * from {{ source('agency_reports', 'values') }}

)

select
    submission_id,
    nullif(section_code, '') as section_code,
    nullif(row_code, '') as row_code,
    nullif(column_code, '') as column_code,
    field_code,
    state as cell_state,
    nullif(_sheet, '') as sheet,
    nullif(_cell, '') as cell,
    nullif(raw_text, '') as raw_text,

    -- what a section declared nil asks for did not occur
    case when state = 'nil' then 0 else number_value end as number_value,
    nullif(text_value, '') as text_value,
    date_value,
    nullif(choice_code, '') as choice_code,
    coalesce(has_note, false) as has_note,
    nullif(problem_code, '') as problem_code,
    nullif(problem_vi, '') as problem_vi,
    _period,
    _load_id
from reported
