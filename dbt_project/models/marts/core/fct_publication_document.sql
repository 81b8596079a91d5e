{{ config(indexes=[{'columns': ['agency_key', 'document_kind', 'budget_year']}]) }}

with

documents as (

    select * from {{ ref('int_budget_documents__located') }}

),

holds as (

    select
        version_key,
        {{ any_of('is_stale') }} as is_stale_copy,
        {{ any_of('is_slip') }} as is_unit_slip,
        sum(case when state = 'held' then 1 else 0 end) as held_count,
        sum(case when state = 'refused' then 1 else 0 end) as refused_count,
        sum(case when state = 'value' then 1 else 0 end) as usable_count
    from {{ ref('int_budget_lines__judged') }}
    group by version_key

),

forms as (

    select
        version_key,
        {{ joined_texts('form_key', 'form_key') }} as form_keys
    from {{ ref('int_budget_forms__found') }}
    group by version_key

),

looked_at as (

    select * from {{ ref('int_budgets__as_of') }}

)

select
    documents.version_key,
    documents.document_key,
    documents.is_current,
    documents.door,
    documents.agency_key,
    documents.responsible_agency_key,
    documents.agency_mapping,
    documents.publisher_name,
    documents.publisher_level,
    documents.document_kind,
    documents.budget_year,
    documents.period_type,
    documents.period_start,
    {{ publication_label('vi') }} as label_vi,
    {{ publication_label('en') }} as label_en,
    documents.title,
    documents.form_text,
    forms.form_keys,
    documents.approved_on,
    documents.published_on,
    documents.known_on,
    documents.page_url,
    documents.file_url,
    documents.file_name,
    documents.file_sha256,
    documents.file_kind,
    coalesce(
        documents.reading_state,
        case when documents.file_sha256 is null then 'no_file' else 'not_read' end
    ) as reading_state,
    documents.reason_code,
    documents.reason_vi,
    documents.is_machine_readable,
    documents.has_period_conflict,
    documents.content_budget_year,
    documents.content_period_type,
    documents.content_period_start,
    coalesce(holds.is_stale_copy, false) as is_stale_copy,
    coalesce(holds.is_unit_slip, false) as is_unit_slip,
    cast(coalesce(holds.usable_count, 0) as integer) as usable_count,
    cast(coalesce(holds.held_count, 0) as integer) as held_count,
    cast(coalesce(holds.refused_count, documents.refused_count) as integer) as refused_count,
    documents.remark_codes,
    {{ end_of_day('looked_at.last_day') }} as data_as_of,
    documents._load_id
from documents
cross join looked_at
left join holds on documents.version_key = holds.version_key
left join forms on documents.version_key = forms.version_key
