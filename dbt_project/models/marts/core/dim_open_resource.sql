{#- Every file that ever stood on the portal, as it stood last. -#}
{{ config(indexes=[{'columns': ['dataset_key']}], post_hook="{{ analyze_after_build() }}") }}

with

keys as (

    {{ distinct_by_index(ref('int_open_resources__judged'), 'resource_key') }}

),

-- each by its index: the history is not read
seen as (

    select
        keys.value as resource_key,
        (
            select min(history.checked_on) from {{ ref('int_open_resources__judged') }} as history
            where history.resource_key = keys.value
        ) as first_seen_on,
        (
            select max(history.checked_on) from {{ ref('int_open_resources__judged') }} as history
            where history.resource_key = keys.value
        ) as last_seen_on
    from keys

),

judged as (

    select * from {{ ref('int_open_resources__judged') }}

),

as_of as (

    select last_day from {{ ref('int_open_data__as_of') }}

)

select
    judged.resource_key,
    judged.dataset_id as dataset_key,
    judged.resource_id,
    judged.name,
    judged.role,
    judged.format_text,
    judged.declared_code as declared_format,
    judged.real_format,
    judged.url,
    judged.byte_count,
    judged.is_sample,
    judged.row_count,
    judged.column_count,
    judged.problem_code,
    judged.problem_first_on,
    judged.looked_on,
    judged.created_at,
    judged.modified_at,
    judged.followed_from_id,
    seen.first_seen_on,
    seen.last_seen_on,
    seen.last_seen_on = as_of.last_day as is_on_portal
from seen
cross join as_of
inner join judged on seen.resource_key = judged.resource_key and seen.last_seen_on = judged.checked_on
