with

readings as (

    select * from {{ source('budget_publications', 'readings') }}

)

select
    version_key,
    _file_sha256,
    file_kind,
    encoding,
    state as reading_state,
    nullif(reason_code, '') as reason_code,
    nullif(reason_vi, '') as reason_vi,
    reader_version,
    coalesce(table_count, 0) as table_count,
    coalesce(value_count, 0) as value_count,
    coalesce(refused_count, 0) as refused_count,
    coalesce(held_count, 0) as held_count,
    nullif(remark_codes, '') as remark_codes,
    _period,
    _load_id,
    _row_number
from readings
