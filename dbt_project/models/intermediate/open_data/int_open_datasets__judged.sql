{#-
  Each dataset of each day with its agency, and why it meets a criterion or not: a reason for each criterion of
  datasets, NULL where it is met.
-#}
{%- set days = touched_open_data_days() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=["{{ plan_for_many_rows() }}", "{{ delete_days('checked_on', touched_open_data_days()) }}"],
        post_hook="{{ analyze_after_build() }}",
        indexes=[
            {'columns': ['dataset_id', 'checked_on'], 'unique': true},
            {'columns': ['checked_on']},
            {'columns': ['_load_id']},
        ]
    )
}}

with

days as (

    select
        checked_on,
        newest_load_id
    from {{ ref('int_open_data_days__loaded') }}
    where is_complete and {{ in_touched_days('checked_on', days) }}

),

parameters as (

    select * from {{ ref('int_open_data_parameters__effective') }}

),

datasets as (

    select * from {{ ref('stg_open_data_portal__datasets') }}
    where {{ in_touched_periods('_period', days) }}

),

publishers as (

    select * from {{ ref('int_open_publishers__mapped') }}
    where {{ in_touched_days('checked_on', days) }}

),

resources as (

    select * from {{ ref('int_open_resources__judged') }}
    where {{ in_touched_days('checked_on', days) }}

),

list_entries as (

    select * from {{ ref('stg_open_data_portal__list_entries') }}
    where {{ in_touched_periods('_period', days) }}

),

publisher_names as (

    select * from {{ ref('int_open_publishers__named') }}
    where match_kind = 'name' and not is_ambiguous

),

licences as (

    select * from {{ ref('open_data_licences') }}

),

frequencies as (

    select * from {{ ref('open_data_frequencies') }}

),

files as (

    select
        checked_on,
        dataset_id,
        count(*) as resource_count,
        {{ any_of("role = 'dictionary'") }} as has_dictionary,
        {{ any_of("role = 'list'") }} as has_list,
        max(case when role <> 'dictionary' then coalesce(modified_at, created_at) end) as updated_at
    from resources
    group by checked_on, dataset_id

),

-- whose datasets a publisher is: an agency's, or at least one organisation's
owned as (

    select
        datasets.*,
        days.newest_load_id,
        publishers.title as publisher_title,
        publishers.agency_key,
        publishers.problem_code as publisher_problem,
        coalesce(
            'agency ' || cast(publishers.agency_key as {{ dbt.type_string() }}), datasets.publisher_key
        ) as owner_key,
        files.resource_count,
        coalesce(files.has_dictionary, false) as has_dictionary,
        coalesce(files.has_list, false) as has_list,
        coalesce(files.updated_at, datasets.modified_at, datasets.created_at) as updated_at
    from datasets
    inner join days on datasets.checked_on = days.checked_on
    left join publishers
        on datasets.checked_on = publishers.checked_on and datasets.publisher_key = publishers.publisher_key
    left join files on datasets.checked_on = files.checked_on and datasets.dataset_id = files.dataset_id

),

-- a row of a list is about the publisher that it names, else about the one whose list it is
entries as (

    select distinct
        list_entries.checked_on,
        coalesce(
            'agency ' || cast(publisher_names.agency_key as {{ dbt.type_string() }}), owned.owner_key
        ) as owner_key,
        list_entries.title_words,
        list_entries.name
    from list_entries
    inner join owned
        on list_entries.checked_on = owned.checked_on and list_entries.dataset_id = owned.dataset_id
    left join publisher_names
        on
            list_entries.publisher_words = publisher_names.words
            and list_entries.checked_on >= publisher_names.valid_from
            and list_entries.checked_on < publisher_names.valid_to
    where owned.dataset_state = 'active'

),

listing_owners as (

    select
        checked_on,
        owner_key,
        {{ any_of('is_read') }} as is_read
    from (
        select
            checked_on,
            owner_key,
            true as is_read
        from entries

        union all

        select
            checked_on,
            owner_key,
            false as is_read
        from owned
        where has_list and dataset_state = 'active'
    ) as lists
    where owner_key is not null
    group by checked_on, owner_key

),

listed_titles as (

    select distinct
        checked_on,
        owner_key,
        title_words
    from entries
    where title_words is not null

),

listed_names as (

    select distinct
        checked_on,
        owner_key,
        name
    from entries
    where name is not null

),

-- the id of a licence goes before its address, and that before its title
matched as (

    select
        owned.*,
        coalesce(by_id.licence_code, by_address.licence_code, by_title.licence_code) as known_licence,
        coalesce(by_id.is_open, by_address.is_open, by_title.is_open) as is_known_open,
        frequencies.frequency_code,
        frequencies.most_days,
        listing_owners.owner_key is not null as has_published_list,
        coalesce(listing_owners.is_read, false) as is_list_read,
        listed_titles.title_words is not null
        or listed_names.name is not null
        or listed_ids.name is not null as is_listed
    from owned
    left join licences as by_id on owned.licence_code = by_id.licence
    left join licences as by_address
        on by_id.licence is null and owned.licence_address = by_address.licence
    left join licences as by_title
        on
            by_id.licence is null
            and by_address.licence is null
            and owned.licence_words = by_title.licence
    left join frequencies on owned.frequency_words = frequencies.frequency
    left join listing_owners
        on owned.checked_on = listing_owners.checked_on and owned.owner_key = listing_owners.owner_key
    left join listed_titles
        on
            owned.checked_on = listed_titles.checked_on
            and owned.owner_key = listed_titles.owner_key
            and owned.title_words = listed_titles.title_words
    left join listed_names
        on
            owned.checked_on = listed_names.checked_on
            and owned.owner_key = listed_names.owner_key
            and lower(owned.name) = listed_names.name
    left join listed_names as listed_ids
        on
            owned.checked_on = listed_ids.checked_on
            and owned.owner_key = listed_ids.owner_key
            and lower(owned.dataset_id) = listed_ids.name

)

select
    matched.checked_on,
    matched.dataset_id,
    matched.name,
    matched.title,
    matched.title_words,
    matched.page_url,
    matched.publisher_key,
    coalesce(matched.publisher_title, matched.publisher_name) as publisher_name,
    matched.agency_key,
    coalesce(matched.licence_id, matched.licence_url, matched.licence_title) as licence_text,
    matched.known_licence as licence_code,
    matched.frequency_text,
    matched.frequency_code,
    matched.most_days,
    matched.contact_class,
    {{ local_date('matched.updated_at') }} as updated_on,
    matched.created_at,
    matched.modified_at,
    matched.dataset_state,
    matched.problem,
    matched.metadata_sha256,
    coalesce(matched.resource_count, 0) as resource_count,
    matched.has_list,

    case
        when coalesce(matched.licence_code, matched.licence_address, matched.licence_words) is null
            then 'no_licence'
        when matched.known_licence = 'not-specified' then 'licence_not_specified'
        when matched.is_known_open then null
        when matched.known_licence is not null then 'licence_not_open'
        when matched.is_open_stated then null
        else 'licence_unknown'
    end as open_licence_reason,

    case
        when matched.publisher_key is null then 'publisher_absent'
        when matched.agency_key is null then coalesce(matched.publisher_problem, 'publisher_unknown')
    end as known_publisher_reason,

    case
        when matched.title is null then 'title_missing'
        when {{ is_listed('matched.title_words', 'parameters.placeholders') }} then 'title_placeholder'
        when length(matched.title) < parameters.title_min_length then 'title_too_short'
        when matched.description is null then 'description_missing'
        when {{ is_listed('matched.description_words', 'parameters.placeholders') }}
            then 'description_placeholder'
        when matched.description_words = matched.title_words then 'description_is_title'
        when matched.description_length < parameters.description_min_length then 'description_too_short'
    end as title_and_description_reason,

    case
        when {{ is_listed('matched.contact_class', 'parameters.good_classes') }} then null
        when matched.contact_class in ('placeholder', 'named') then 'contact_' || matched.contact_class
        else 'contact_absent'
    end as contact_reason,

    case
        when matched.frequency_text is null then 'frequency_absent'
        when coalesce(matched.frequency_code, 'unknown') = 'unknown' then 'frequency_unknown'
    end as frequency_declared_reason,

    case
        when coalesce(matched.frequency_code, 'unknown') = 'unknown' then 'no_frequency'
        when matched.most_days is null then 'no_limit'
        when matched.updated_at is null then 'no_update_date'
        when {{ days_from(local_date('matched.updated_at'), 'matched.checked_on') }} > matched.most_days
            then 'overdue'
    end as kept_up_to_date_reason,

    case
        when matched.is_described or matched.has_dictionary then null
        when {{ names_fields('matched.description_words', 'parameters.description_words') }} then null
        when coalesce(matched.resource_count, 0) = 0 or matched.has_list then 'nothing_to_check'
        else 'no_dictionary'
    end as data_dictionary_reason,

    case
        when matched.is_listed then null
        when matched.has_list then 'is_the_list'
        when not matched.has_published_list then 'no_list'
        when not matched.is_list_read then 'list_unreadable'
        else 'not_listed'
    end as on_published_list_reason,
    matched.newest_load_id as _load_id
from matched
inner join parameters on matched.checked_on = parameters.checked_on
