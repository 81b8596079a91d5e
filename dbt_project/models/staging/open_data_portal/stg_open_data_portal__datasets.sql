with

datasets as (

    select * from {{ source('open_data_portal', 'datasets') }}

)

select
    dataset_id,
    cast(_period as date) as checked_on,
    nullif(trim(name), '') as name,
    nullif(trim(title), '') as title,
    {{ fold_words('title') }} as title_words,
    nullif(trim(description), '') as description,
    {{ fold_words('description') }} as description_words,
    coalesce(description_length, length(trim(description)), 0) as description_length,
    nullif(page_url, '') as page_url,
    nullif(trim(publisher_id), '') as publisher_id,
    nullif(trim(publisher_name), '') as publisher_name,
    -- a publisher without an id goes by its name
    coalesce(
        nullif(trim(publisher_id), ''), 'ten:' || {{ fold_publisher_id('publisher_name') }}
    ) as publisher_key,
    nullif(trim(licence_id), '') as licence_id,
    nullif(trim(licence_title), '') as licence_title,
    nullif(trim(licence_url), '') as licence_url,
    {{ plain_address('licence_id') }} as licence_code,
    {{ plain_address('licence_url') }} as licence_address,
    nullif({{ fold_accents('licence_title') }}, '') as licence_words,
    is_open_stated,
    coalesce(nullif(contact_class, ''), 'absent') as contact_class,
    nullif(trim(frequency_text), '') as frequency_text,
    {{ plain_address(fold_accents('frequency_text')) }} as frequency_words,
    created_at,
    modified_at,
    state as dataset_state,
    nullif(problem, '') as problem,
    coalesce(is_described, false) as is_described,
    metadata_sha256,
    _period,
    _load_id
from datasets
