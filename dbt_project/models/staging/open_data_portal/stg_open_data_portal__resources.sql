with

resources as (

    select * from {{ source('open_data_portal', 'resources') }}

)

select
    dataset_id,
    coalesce(resource_id, '') as resource_id,
    cast(_period as date) as checked_on,
    position,
    coalesce(nullif(role, ''), 'data') as role,
    nullif(trim(name), '') as name,
    {{ fold_words('name') }} as name_words,
    nullif(trim(format_text), '') as format_text,
    nullif(trim({{ fold_accents('format_text') }}), '') as format_words,
    -- what stands behind the semicolon of a media type is its encoding
    nullif(trim(split_part(lower(media_type), ';', 1)), '') as media_type,
    nullif(url, '') as url,
    nullif(url_problem_code, '') as url_problem_code,
    size_bytes,
    nullif(stated_hash, '') as stated_hash,
    coalesce(has_datastore, false) as has_datastore,
    created_at,
    modified_at,
    _period,
    _load_id
from resources
