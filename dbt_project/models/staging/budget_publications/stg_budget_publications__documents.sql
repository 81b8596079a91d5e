with

documents as (

    select * from {{ source('budget_publications', 'documents') }}

),

folded as (

    select
        *,
        {{ fold_publisher_name('publisher_name') }} as publisher_folded
    from documents

)

select
    version_key,
    document_key,
    door,
    nullif(trim(publisher_name), '') as publisher_name,
    nullif(publisher_folded, '') as publisher_folded,
    -- departments sign with the province's name or without; a bare "tỉnh Sơn La" is the province
    nullif({{ without_ending('publisher_folded', ['tinh son la', 'son la']) }}, '') as publisher_short,
    nullif(trim(title), '') as title,
    nullif(trim(form_text), '') as form_text,
    cast({{ first_number('form_text', 2, 3) }} as integer) as form_number,
    nullif(trim(stage_text), '') as stage_text,
    nullif({{ fold_accents('stage_text') }}, '') as stage_folded,
    nullif(trim(period_type_text), '') as period_type_text,
    nullif(trim(period_text), '') as period_text,
    nullif(
        trim(
            {{ fold_accents("coalesce(period_type_text, '')") }}
            || ' ' || {{ fold_accents("coalesce(period_text, '')") }}
        ), ''
    ) as period_folded,
    budget_year,
    nullif(trim(circular_text), '') as circular_text,
    nullif(trim(currency_unit_text), '') as currency_unit_text,
    approved_on,
    published_on,
    page_url,
    file_url,
    file_name,
    file_sha256,
    file_bytes,
    file_kind,
    nullif(file_problem_code, '') as file_problem_code,
    nullif(file_problem_vi, '') as file_problem_vi,
    first_seen_at,
    is_current,
    _period,
    _load_id,
    _row_number
from folded
