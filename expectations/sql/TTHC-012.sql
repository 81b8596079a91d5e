-- Agency-months in which every dossier was submitted in the second of its receipt.
with dossiers as (
    select
        agency_key,
        received_month,
        submitted_at,
        received_at
    from marts.fct_dossier
    where
        received_month >= :first_month
        and received_month < :end_month
        and submitted_at is not null
),

counted as (
    select
        agency_key,
        received_month as period_start,
        count(*) as checked_count,
        count(*) filter (where submitted_at = received_at) as record_count
    from dossiers
    group by agency_key, received_month
)

select
    agency_key,
    period_start,
    record_count,
    checked_count
from counted
where checked_count >= :min_records and record_count = checked_count
