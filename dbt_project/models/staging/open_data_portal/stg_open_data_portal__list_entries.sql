with

list_entries as (

    select * from {{ source('open_data_portal', 'list_entries') }}

)

select
    content_key,
    dataset_id,
    cast(_period as date) as checked_on,
    position,
    {{ fold_words('title') }} as title_words,
    {{ plain_address('name') }} as name,
    {{ fold_publisher_id('publisher_name') }} as publisher_words,
    _period,
    _load_id
from list_entries
