-- Share of the dossiers flagged as digitised that have no digitised document.
with dossiers as (
    select
        agency_key,
        received_month,
        digitised_document_count
    from marts.fct_dossier
    where
        received_month >= :first_month
        and received_month < :end_month
        and is_flagged_digitised
),

counted as (
    select
        agency_key,
        received_month as period_start,
        count(*) as checked_count,
        count(*) filter (where digitised_document_count = 0) as record_count
    from dossiers
    group by agency_key, received_month
)

select
    agency_key,
    period_start,
    record_count,
    checked_count,
    round(100.0 * record_count / checked_count, 1) as observed_pct
from counted
where checked_count >= :min_records and 100.0 * record_count > :max_hollow_pct * checked_count
