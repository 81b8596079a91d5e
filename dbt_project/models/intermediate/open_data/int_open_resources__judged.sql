{#-
  Each file of each day with what the portal says of it, what it holds, and why it meets a criterion or not:
  a reason for each criterion of files, NULL where it is met. What is about data asks nothing of a file that only
  describes the data.
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
            {'columns': ['resource_key', 'checked_on'], 'unique': true},
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

resources as (

    select * from {{ ref('stg_open_data_portal__resources') }}
    where {{ in_touched_periods('_period', days) }}

),

contents as (

    select * from {{ ref('stg_open_data_portal__contents') }}
    where {{ in_touched_periods('_period', days) }}

),

formats as (

    select
        spelling,
        format_code,
        is_machine_readable,
        coalesce(also_is, '') as also_is
    from {{ ref('open_data_formats') }}

),

reasons as (

    select * from {{ ref('open_data_reasons') }}

),

-- what is written as the format goes before the media type
declared as (

    select
        resources.*,
        days.newest_load_id,
        coalesce(resources.format_words, resources.media_type) as declared_text,
        coalesce(by_format.format_code, by_type.format_code) as declared_code,
        coalesce(by_format.is_machine_readable, by_type.is_machine_readable) as is_machine_readable,
        coalesce(by_format.also_is, by_type.also_is) as also_is
    from resources
    inner join days on resources.checked_on = days.checked_on
    left join formats as by_format on resources.format_words = by_format.spelling
    left join formats as by_type
        on resources.format_words is null and resources.media_type = by_type.spelling

),

looked_at as (

    select
        declared.*,
        contents.content_key,
        contents.followed_from_id,
        coalesce(contents.looked, 'not_looked') as looked,
        contents.looked_on,
        coalesce(contents.problem_code, declared.url_problem_code) as problem_code,
        contents.problem_first_on,
        coalesce(contents.failed_looks, 0) as failed_looks,
        contents.content_sha256,
        contents.byte_count,
        coalesce(contents.is_sample, false) as is_sample,
        contents.real_format,
        contents.encoding,
        contents.table_state,
        contents.table_problem_vi,
        contents.row_count,
        contents.column_count,
        contents.personal_kinds,
        contents.personal_columns,
        coalesce(contents.personal_count, 0) as personal_count
    from declared
    left join contents
        on
            declared.checked_on = contents.checked_on
            and declared.dataset_id = contents.dataset_id
            and declared.resource_id = contents.resource_id

),

-- a file that cannot be had or is empty says nothing of its content
opened as (

    select
        looked_at.*,
        looked_at.problem_code is null
        and looked_at.real_format is not null
        and coalesce(looked_at.byte_count, 1) > 0 as has_content
    from looked_at

)

select
    opened.checked_on,
    opened.dataset_id || '/' || opened.resource_id as resource_key,
    opened.dataset_id,
    opened.resource_id,
    opened.position,
    opened.role,
    opened.name,
    opened.name_words,
    opened.format_text,
    opened.media_type,
    opened.declared_code,
    opened.url,
    opened.stated_hash,
    opened.created_at,
    opened.modified_at,
    opened.content_key,
    opened.followed_from_id,
    opened.looked,
    opened.looked_on,
    opened.problem_code,
    opened.problem_first_on,
    opened.failed_looks,
    opened.content_sha256,
    opened.byte_count,
    opened.is_sample,
    opened.real_format,
    opened.encoding,
    opened.table_state,
    opened.table_problem_vi,
    opened.row_count,
    opened.column_count,
    opened.personal_kinds,
    opened.personal_columns,
    opened.personal_count,

    case
        when opened.role = 'dictionary' then 'nothing_to_check'
        when opened.declared_text is null then 'format_not_stated'
        when opened.declared_code is null then 'format_unknown'
        when not opened.is_machine_readable then 'format_not_machine_readable'
    end as machine_readable_format_reason,

    case
        when opened.problem_code is not null
            then
                case
                    when {{ is_listed('opened.problem_code', 'parameters.unjudged_problems') }}
                        then
                            case
                                when reasons.state = 'not_judged' then reasons.reason_code
                                else 'not_looked'
                            end
                    when
                        {{ is_listed('opened.problem_code', 'parameters.passing_problems') }}
                        and opened.failed_looks < parameters.failed_looks
                        then 'may_pass'
                    when reasons.state = 'failed' then reasons.reason_code
                    else 'link_problem'
                end
        when opened.url is null then 'no_file'
        when opened.looked = 'portal_down' then 'portal_down'
        when opened.byte_count = 0 then 'empty_file'
        when opened.byte_count is null and opened.content_sha256 is null then 'not_looked'
    end as link_alive_reason,

    case
        when opened.role = 'dictionary' then 'nothing_to_check'
        when opened.declared_code = 'service' then 'is_service'
        when not opened.has_content then 'no_content'
        when not {{ is_listed('opened.real_format', 'parameters.judged_formats') }} then 'not_a_table'
        when
            {{ is_listed('opened.real_format', 'parameters.utf8_formats') }}
            and opened.encoding is not null
            and not {{ is_listed('opened.encoding', 'parameters.good_encodings') }}
            then 'not_utf8'
        when opened.table_state in ('no_header', 'duplicate_header', 'ragged', 'empty', 'unparsable')
            then opened.table_state
        when opened.table_state is null then 'no_content'
        when opened.table_state = 'not_tabular' and opened.real_format = 'text' then 'not_a_table'
    end as readable_table_reason,

    case
        when not opened.has_content then 'no_content'
        when opened.personal_count > 0 then 'personal_data'
    end as no_personal_data_reason,

    case
        when opened.declared_code is null then 'nothing_declared'
        when opened.declared_code = 'service' then 'is_service'
        when not opened.has_content then 'no_content'
        when opened.real_format = 'unknown' then 'content_unknown'
        when
            opened.real_format <> opened.declared_code
            and not {{ is_listed('opened.real_format', 'opened.also_is') }}
            then 'format_differs'
    end as declared_format_reason,
    opened.newest_load_id as _load_id
from opened
inner join parameters on opened.checked_on = parameters.checked_on
left join reasons on opened.problem_code = reasons.reason_code
