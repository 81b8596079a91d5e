with

contents as (

    select * from {{ source('open_data_portal', 'contents') }}

)

select
    content_key,
    dataset_id,
    coalesce(resource_id, '') as resource_id,
    cast(_period as date) as checked_on,
    nullif(followed_from_id, '') as followed_from_id,
    looked,
    looked_at,
    looked_on,
    nullif(problem_code, '') as problem_code,
    nullif(problem_vi, '') as problem_vi,
    problem_first_on,
    coalesce(failed_looks, 0) as failed_looks,
    nullif(content_sha256, '') as content_sha256,
    byte_count,
    coalesce(is_sample, false) as is_sample,
    nullif(real_format, '') as real_format,
    lower(nullif(encoding, '')) as encoding,
    nullif(table_state, '') as table_state,
    nullif(table_problem_vi, '') as table_problem_vi,
    row_count,
    column_count,
    nullif(personal_kinds, '') as personal_kinds,
    nullif(personal_columns, '') as personal_columns,
    coalesce(personal_count, 0) as personal_count,
    _period,
    _load_id
from contents
