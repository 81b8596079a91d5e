-- Share of accepted dossiers without a due date, per agency and month of receipt.
with dossiers as (
    select
        agency_key,
        received_month,
        due_at
    from marts.fct_dossier
    where
        received_month >= :first_month
        and received_month < :end_month
        and status_code not in ('registered', 'refused')
),

counted as (
    select
        agency_key,
        received_month as period_start,
        count(*) as checked_count,
        count(*) filter (where due_at is null) as record_count
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
where checked_count >= :min_records and 100.0 * record_count > :max_missing_pct * checked_count
