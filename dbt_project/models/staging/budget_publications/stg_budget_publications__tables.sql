with

tables as (

    select * from {{ source('budget_publications', 'tables') }}

)

select
    version_key,
    _file_sha256,
    _sheet,
    table_no,
    nullif(form_key, '') as form_key,
    form_text,
    title,
    organisation,
    unit_text,
    unit_code,
    unit_factor,
    nullif(period_type, '') as period_type,
    period_start,
    budget_year,
    line_count,
    value_count,
    refused_count,
    held_count,
    _period,
    _load_id,
    _row_number
from tables
