{#-
  Which agency each publisher of the portal is on each day: by an id or title that the reference data names, else
  by its name as of that day. `problem_code` says why it is none.
-#}
{%- set days = touched_open_data_days() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=["{{ delete_days('checked_on', touched_open_data_days()) }}"],
        post_hook="{{ analyze_after_build() }}",
        indexes=[{'columns': ['checked_on', 'publisher_key'], 'unique': true}, {'columns': ['_load_id']}]
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

publishers as (

    select * from {{ ref('stg_open_data_portal__publishers') }}
    where {{ in_touched_periods('_period', days) }}

),

datasets as (

    select * from {{ ref('stg_open_data_portal__datasets') }}
    where publisher_key is not null and {{ in_touched_periods('_period', days) }}

),

named as (

    select * from {{ ref('int_open_publishers__named') }}

),

-- what the list of organisations says goes before what a dataset says of its own
told as (

    select
        checked_on,
        publisher_key,
        publisher_id,
        name as short_name,
        title
    from publishers

    union all

    select
        checked_on,
        publisher_key,
        publisher_id,
        null as short_name,
        publisher_name as title
    from datasets

),

listed as (

    select
        told.checked_on,
        told.publisher_key,
        max(told.publisher_id) as publisher_id,
        max(told.short_name) as short_name,
        max(told.title) as title
    from told
    inner join days on told.checked_on = days.checked_on
    group by told.checked_on, told.publisher_key

),

folded as (

    select
        checked_on,
        publisher_key,
        {{ fold_publisher_id('publisher_id') }} as id_words,
        {{ fold_publisher_id('short_name') }} as short_words,
        {{ fold_publisher_id('title') }} as title_words
    from listed

),

asked as (

    {% for column, kind in [
        ('id_words', 'code'), ('short_words', 'code'), ('title_words', 'code'), ('title_words', 'name')
    ] -%}
    select
        checked_on,
        publisher_key,
        '{{ kind }}' as match_kind,
        {{ column }} as words,
        {{ loop.index }} as way_rank
    from folded
    where {{ column }} is not null

    union all

    {% endfor -%}
    -- departments sign with the province's name or without
    select
        checked_on,
        publisher_key,
        'name' as match_kind,
        {{ without_ending('title_words', ['tinh son la', 'son la']) }} as words,
        5 as way_rank
    from folded
    where title_words is not null

    union all

    select
        checked_on,
        publisher_key,
        'name' as match_kind,
        short_words as words,
        6 as way_rank
    from folded
    where short_words is not null

),

matched as (

    select
        asked.checked_on,
        asked.publisher_key,
        asked.way_rank,
        asked.match_kind,
        named.agency_key,
        named.is_ambiguous,
        asked.checked_on >= named.valid_from and asked.checked_on < named.valid_to as is_valid,
        named.valid_to <= asked.checked_on as has_ended
    from asked
    inner join named on asked.match_kind = named.match_kind and asked.words = named.words

),

best as (

    select
        checked_on,
        publisher_key,
        min(case when is_valid then way_rank end) as way_rank,
        {{ any_of('has_ended') }} as has_ended
    from matched
    group by checked_on, publisher_key

),

chosen as (

    select
        best.checked_on,
        best.publisher_key,
        best.has_ended,
        min(matched.agency_key) as agency_key,
        min(matched.match_kind) as match_kind,
        coalesce({{ any_of('matched.is_ambiguous') }}, false)
        or count(distinct matched.agency_key) > 1 as is_ambiguous
    from best
    left join matched
        on
            best.checked_on = matched.checked_on
            and best.publisher_key = matched.publisher_key
            and best.way_rank = matched.way_rank
            and matched.is_valid
    group by best.checked_on, best.publisher_key, best.has_ended

)

select
    listed.checked_on,
    listed.publisher_key,
    listed.publisher_id,
    listed.short_name,
    listed.title,
    case when not chosen.is_ambiguous then chosen.agency_key end as agency_key,
    case when not chosen.is_ambiguous then chosen.match_kind end as match_kind,
    case
        when chosen.is_ambiguous then 'publisher_ambiguous'
        when chosen.agency_key is not null then null
        when chosen.has_ended then 'publisher_ended'
        else 'publisher_unknown'
    end as problem_code,
    days.newest_load_id as _load_id
from listed
inner join days on listed.checked_on = days.checked_on
left join chosen
    on listed.checked_on = chosen.checked_on and listed.publisher_key = chosen.publisher_key
