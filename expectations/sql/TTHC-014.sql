-- Share of returned dossiers whose return bears the second of their receipt.
with dossiers as (
    select
        agency_key,
        received_month,
        received_at,
        returned_at
    from marts.fct_dossier
    where
        received_month >= :first_month
        and received_month < :end_month
        and returned_at is not null
),

counted as (
    select
        agency_key,
        received_month as period_start,
        count(*) as checked_count,
        count(*) filter (where returned_at = received_at) as record_count
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
where checked_count >= :min_records and 100.0 * record_count > :max_equal_pct * checked_count
