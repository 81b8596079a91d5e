{#-
  Each version of each published document once, with what came of reading its file. A version that stands
  in two windows (its dates were mended) counts by the later window; an address shows one version now.
-#}
with

documents as (

    select
        *,
        row_number() over (
            partition by version_key
            order by is_current desc, _period desc, _load_id desc, _row_number asc
        ) as version_rank
    from {{ ref('stg_budget_publications__documents') }}

),

readings as (

    select
        *,
        row_number() over (
            partition by version_key order by _period desc, _load_id desc, _row_number asc
        ) as reading_rank
    from {{ ref('stg_budget_publications__readings') }}

),

versions as (

    select
        *,
        row_number() over (
            partition by document_key
            order by is_current desc, _period desc, first_seen_at desc, version_key asc
        ) as recency
    from documents
    where version_rank = 1

)

select
    versions.version_key,
    versions.document_key,
    versions.door,
    versions.is_current and versions.recency = 1 as is_current,
    versions.publisher_name,
    versions.publisher_folded,
    versions.publisher_short,
    versions.title,
    versions.form_text,
    versions.form_number,
    versions.stage_text,
    versions.stage_folded,
    versions.period_type_text,
    versions.period_text,
    versions.period_folded,
    versions.budget_year as stated_budget_year,
    versions.approved_on,
    versions.published_on,
    coalesce(
        versions.published_on,
        versions.approved_on,
        case
            when versions.budget_year between 1990 and 2100 then {{ day_of('versions.budget_year', 1, 1) }}
        end
    ) as known_on,
    versions.page_url,
    versions.file_url,
    versions.file_name,
    versions.file_sha256,
    versions.file_bytes,
    coalesce(readings.file_kind, versions.file_kind) as file_kind,
    versions.file_problem_code,
    versions.file_problem_vi,
    readings.reading_state,
    coalesce(readings.reason_code, versions.file_problem_code) as reason_code,
    coalesce(readings.reason_vi, versions.file_problem_vi) as reason_vi,
    readings.reader_version,
    coalesce(readings.value_count, 0) as value_count,
    coalesce(readings.refused_count, 0) as refused_count,
    coalesce(readings.held_count, 0) as held_count,
    readings.remark_codes,
    versions.first_seen_at,
    versions._period,
    versions._load_id,
    versions._row_number,
    readings._period as reading_period,
    readings._load_id as reading_load_id
from versions
left join readings
    on versions.version_key = readings.version_key and readings.reading_rank = 1
