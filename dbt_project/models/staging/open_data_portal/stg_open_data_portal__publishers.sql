with

publishers as (

    select * from {{ source('open_data_portal', 'publishers') }}

)

select
    publisher_id as publisher_key,
    publisher_id,
    cast(_period as date) as checked_on,
    nullif(trim(name), '') as name,
    nullif(trim(title), '') as title,
    dataset_count,
    state as publisher_state,
    _period,
    _load_id
from publishers
