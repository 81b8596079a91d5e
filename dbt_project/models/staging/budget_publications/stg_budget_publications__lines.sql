with

lines as (

    select * from {{ source('budget_publications', 'lines') }}

)

select
    version_key,
    _file_sha256,
    _sheet,
    _cell,
    table_no,
    form_key,
    line_no,
    parent_line_no,
    mark,
    level,
    nullif(item_code, '') as item_code,
    item_text,
    {{ fold_accents('item_text') }} as item_folded,
    coalesce(row_kind, 'item') as row_kind,
    coalesce(is_hidden, false) as is_hidden,
    nullif(measure_code, '') as measure_code,
    state as number_state,
    value,
    unit_code,
    unit_factor,
    nullif(hold_code, '') as hold_code,
    nullif(hold_vi, '') as hold_vi,
    _period,
    _load_id,
    _row_number
from lines
