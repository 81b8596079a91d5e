{#- Every dataset that ever stood on the portal, as it stood last. -#}
{{ config(post_hook="{{ analyze_after_build() }}") }}

with

ids as (

    {{ distinct_by_index(ref('int_open_datasets__judged'), 'dataset_id') }}

),

-- each by its index: the history is not read
seen as (

    select
        ids.value as dataset_id,
        (
            select min(history.checked_on) from {{ ref('int_open_datasets__judged') }} as history
            where history.dataset_id = ids.value
        ) as first_seen_on,
        (
            select max(history.checked_on) from {{ ref('int_open_datasets__judged') }} as history
            where history.dataset_id = ids.value
        ) as last_seen_on
    from ids

),

judged as (

    select * from {{ ref('int_open_datasets__judged') }}

),

as_of as (

    select last_day from {{ ref('int_open_data__as_of') }}

)

select
    judged.dataset_id as dataset_key,
    judged.name,
    judged.title,
    judged.page_url,
    coalesce(judged.agency_key, -1) as agency_key,
    judged.publisher_name,
    judged.licence_text,
    judged.licence_code,
    judged.frequency_text,
    judged.frequency_code,
    judged.contact_class,
    judged.updated_on,
    judged.created_at,
    judged.modified_at,
    judged.dataset_state,
    cast(judged.resource_count as integer) as resource_count,
    seen.first_seen_on,
    seen.last_seen_on,
    seen.last_seen_on = as_of.last_day as is_on_portal
from seen
cross join as_of
inner join judged on seen.dataset_id = judged.dataset_id and seen.last_seen_on = judged.checked_on
