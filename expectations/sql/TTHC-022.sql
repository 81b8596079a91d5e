-- Due dates beyond the procedure's own term, dossiers without a supplement request only.
with dossiers as (
    select
        agency_key,
        received_month,
        due_at,
        statutory_due_at
    from marts.fct_dossier
    where
        received_month >= :first_month
        and received_month < :end_month
        and due_at is not null
        and statutory_due_at is not null
        and supplement_count = 0
),

counted as (
    select
        agency_key,
        received_month as period_start,
        count(*) as checked_count,
        count(*) filter (
            where due_at > statutory_due_at + :tolerance_hours * interval '1 hour'
        ) as record_count
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
where
    checked_count >= :min_records
    and record_count >= :min_late
    and 100.0 * record_count > :max_late_pct * checked_count
