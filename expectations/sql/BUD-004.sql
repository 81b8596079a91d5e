-- Documents whose file no program can read, or that have none.
with documents as (
    select
        documents.responsible_agency_key as agency_key,
        cast(date_trunc('month', documents.known_on) as date) as period_start,
        documents.version_key,
        documents.label_vi,
        documents.label_en,
        coalesce(documents.file_name, documents.title, documents.version_key) as file_name,
        rtrim(coalesce(documents.reason_vi, 'không có tệp'), '.') as reason
    from marts.fct_publication_document as documents
    where
        documents.is_current
        and documents.agency_key > 0
        and documents.reading_state in ('needs_confirmation', 'refused', 'no_file')
        and documents.known_on >= :first_month
        and documents.known_on < :end_month
),

counted as (
    select
        *,
        count(*) over (partition by agency_key, period_start) as record_count,
        row_number() over (partition by agency_key, period_start order by version_key) as place
    from documents
)

select
    agency_key,
    period_start,
    record_count,
    label_vi as title_vi,
    label_en as title,
    file_name,
    reason
from counted
where place = 1
