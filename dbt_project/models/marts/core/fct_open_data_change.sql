{#-
  What changed on the portal from one snapshot to the next: datasets and files that came, went, came back or moved
  to another id, descriptions that were edited, and contents that are others; silently where the stated date of the
  last change stayed as it was. The first snapshot changes nothing.
-#}
{%- set days = touched_change_days() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=["{{ plan_for_many_rows() }}", "{{ delete_days('changed_on', touched_change_days()) }}"],
        post_hook="{{ analyze_after_build() }}",
        indexes=[{'columns': ['changed_on', 'agency_key']}, {'columns': ['dataset_key']}, {'columns': ['_load_id']}]
    )
}}

with

days as (

    select
        checked_on,
        previous_on,
        newest_load_id
    from {{ ref('int_open_data_days__loaded') }}
    where is_complete and previous_on is not null and {{ in_touched_days('checked_on', days) }}

),

-- both ends of every step; short, so that the history is read by its index
ends as (

    select checked_on from days

    union

    select previous_on as checked_on from days

),

datasets as (

    select * from {{ ref('int_open_datasets__judged') }}
    where
        dataset_state = 'active'
        {% if is_incremental() %}and checked_on in (select ends.checked_on from ends){% endif %}

),

resources as (

    select
        resources.*,
        datasets.title as dataset_title,
        datasets.agency_key,
        coalesce(resources.modified_at, datasets.modified_at) as stated_at
    from {{ ref('int_open_resources__judged') }} as resources
    inner join datasets
        on resources.checked_on = datasets.checked_on and resources.dataset_id = datasets.dataset_id
    {% if is_incremental() %}where resources.checked_on in (select ends.checked_on from ends){% endif %}

),

dataset_pairs as (

    select
        days.checked_on as changed_on,
        days.previous_on,
        days.newest_load_id,
        present.dataset_id,
        present.title,
        present.title_words,
        present.agency_key,
        present.publisher_key,
        present.metadata_sha256,
        present.modified_at,
        true as is_now
    from days
    inner join datasets as present on days.checked_on = present.checked_on

    union all

    select
        days.checked_on as changed_on,
        days.previous_on,
        days.newest_load_id,
        past.dataset_id,
        past.title,
        past.title_words,
        past.agency_key,
        past.publisher_key,
        past.metadata_sha256,
        past.modified_at,
        false as is_now
    from days
    inner join datasets as past on days.previous_on = past.checked_on

),

dataset_steps as (

    select
        changed_on,
        previous_on,
        newest_load_id,
        dataset_id,
        coalesce(max(case when is_now then title end), max(title)) as title,
        coalesce(max(case when is_now then title_words end), max(title_words)) as title_words,
        coalesce(max(case when is_now then agency_key end), max(agency_key)) as agency_key,
        coalesce(max(case when is_now then publisher_key end), max(publisher_key)) as publisher_key,
        {{ any_of('is_now') }} as is_now,
        {{ any_of('not is_now') }} as was_before,
        count(distinct metadata_sha256) > 1 as has_other_metadata,
        max(case when is_now then modified_at end) as modified_at,
        max(case when not is_now then modified_at end) as modified_before
    from dataset_pairs
    group by changed_on, previous_on, newest_load_id, dataset_id

),

-- a dataset that went and one that came on the same day, of one publisher under one title, are the same
dataset_moves as (

    select
        came.changed_on,
        came.dataset_id,
        min(went.dataset_id) as from_id
    from dataset_steps as came
    inner join dataset_steps as went
        on
            came.changed_on = went.changed_on
            and came.publisher_key = went.publisher_key
            and came.title_words = went.title_words
    where came.is_now and not came.was_before and went.was_before and not went.is_now
    group by came.changed_on, came.dataset_id

),

dataset_changes as (

    select
        steps.changed_on,
        steps.previous_on,
        steps.newest_load_id,
        'dataset' as entity,
        case
            when not steps.is_now then 'removed'
            when moves.from_id is not null then 'moved'
            when not steps.was_before
                then
                    case
                        when (
                            select min(seen.checked_on) from {{ ref('int_open_datasets__judged') }} as seen
                            where seen.dataset_id = steps.dataset_id and seen.dataset_state = 'active'
                        ) < steps.previous_on
                            then 'returned'
                        else 'added'
                    end
            when (steps.modified_at is not distinct from steps.modified_before) then 'silently_edited'
            else 'edited'
        end as what,
        steps.dataset_id as dataset_key,
        cast(null as {{ dbt.type_string() }}) as resource_key,
        moves.from_id,
        steps.agency_key,
        steps.title as dataset_title,
        cast(null as {{ dbt.type_string() }}) as resource_name
    from dataset_steps as steps
    left join dataset_moves as moves
        on steps.changed_on = moves.changed_on and steps.dataset_id = moves.dataset_id
    left join dataset_moves as successors
        on steps.changed_on = successors.changed_on and steps.dataset_id = successors.from_id
    where
        (not steps.is_now or not steps.was_before or steps.has_other_metadata)
        -- told by the one that took its place
        and not (not steps.is_now and successors.dataset_id is not null)

),

resource_pairs as (

    select
        days.checked_on as changed_on,
        days.previous_on,
        days.newest_load_id,
        present.*,
        true as is_now
    from days
    inner join resources as present on days.checked_on = present.checked_on

    union all

    select
        days.checked_on as changed_on,
        days.previous_on,
        days.newest_load_id,
        past.*,
        false as is_now
    from days
    inner join resources as past on days.previous_on = past.checked_on

),

resource_steps as (

    select
        changed_on,
        previous_on,
        newest_load_id,
        resource_key,
        dataset_id,
        max(resource_id) as resource_id,
        coalesce(max(case when is_now then name end), max(name)) as name,
        coalesce(max(case when is_now then dataset_title end), max(dataset_title)) as dataset_title,
        coalesce(max(case when is_now then agency_key end), max(agency_key)) as agency_key,
        max(case when is_now then followed_from_id end) as followed_from_id,
        {{ any_of('is_now') }} as is_now,
        {{ any_of('not is_now') }} as was_before,
        count(distinct content_sha256) > 1 as has_other_content,
        max(case when is_now then stated_at end) as stated_at,
        max(case when not is_now then stated_at end) as stated_before,
        max(case when is_now then stated_hash end) as stated_hash,
        max(case when not is_now then stated_hash end) as hash_before
    from resource_pairs
    group by changed_on, previous_on, newest_load_id, resource_key, dataset_id

),

followed as (

    select
        changed_on,
        dataset_id,
        followed_from_id
    from resource_steps
    where is_now and not was_before and followed_from_id is not null

),

resource_changes as (

    select
        steps.changed_on,
        steps.previous_on,
        steps.newest_load_id,
        'resource' as entity,
        case
            when not steps.is_now then 'removed'
            when not steps.was_before and steps.followed_from_id is not null then 'moved'
            when not steps.was_before
                then
                    case
                        when (
                            select min(seen.checked_on) from {{ ref('int_open_resources__judged') }} as seen
                            where seen.resource_key = steps.resource_key
                        ) < steps.previous_on
                            then 'returned'
                        else 'added'
                    end
            -- a portal that states no dates cannot say when
            when
                steps.stated_at = steps.stated_before
                and (steps.stated_hash is not distinct from steps.hash_before)
                then 'silently_changed'
            else 'content_changed'
        end as what,
        steps.dataset_id as dataset_key,
        steps.resource_key,
        case when not steps.was_before then steps.followed_from_id end as from_id,
        steps.agency_key,
        steps.dataset_title,
        coalesce(steps.name, steps.resource_id) as resource_name
    from resource_steps as steps
    -- what came and went with its dataset is told by the dataset
    inner join dataset_steps
        on
            steps.changed_on = dataset_steps.changed_on
            and steps.dataset_id = dataset_steps.dataset_id
            and dataset_steps.is_now
            and dataset_steps.was_before
    left join followed
        on
            steps.changed_on = followed.changed_on
            and steps.dataset_id = followed.dataset_id
            and steps.resource_id = followed.followed_from_id
    where
        (not steps.is_now or not steps.was_before or steps.has_other_content)
        and not (not steps.is_now and followed.dataset_id is not null)

),

changes as (

    select * from dataset_changes

    union all

    select * from resource_changes

)

select
    changed_on,
    previous_on,
    entity,
    what,
    dataset_key,
    resource_key,
    from_id,
    coalesce(agency_key, -1) as agency_key,
    dataset_title,
    resource_name,
    newest_load_id as _load_id
from changes
