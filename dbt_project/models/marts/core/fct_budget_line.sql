{{ config(indexes=[{'columns': ['agency_key', 'form_key', 'budget_year']}, {'columns': ['version_key']}]) }}

with

lines as (

    select * from {{ ref('int_budget_lines__judged') }}

)

select
    version_key
    || '/' || coalesce(cast(table_no as {{ dbt.type_string() }}), '')
    || '/' || coalesce(_sheet, '')
    || '/' || coalesce(_cell, '') as line_key,
    agency_key,
    document_kind,
    form_key,
    budget_year,
    period_type,
    period_start,
    item_code,
    item_text,
    mark,
    level,
    measure_code,
    value as published_value,
    unit_code,
    unit_factor,
    case when state = 'value' then cast(value_vnd / 1000000 as numeric(38, 6)) end as value_vnd_million,
    case when state = 'value' and unit_code = 'percent' then cast(value as numeric(38, 6)) end as value_pct,
    state,
    hold_code,
    hold_vi,
    is_leaf,
    is_counted,
    is_hidden,
    row_kind,
    line_no,
    parent_line_no,
    table_no,
    _sheet as sheet,
    _cell as cell,
    _file_sha256 as file_sha256,
    version_key,
    document_key,
    door,
    _load_id
from lines
