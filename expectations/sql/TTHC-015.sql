-- On time as the system says against on time recomputed, dossiers judged both ways only.
with dossiers as (
    select
        agency_key,
        received_month,
        is_on_time_system,
        is_on_time_recomputed
    from marts.fct_dossier
    where
        received_month >= :first_month
        and received_month < :end_month
        and is_on_time_system is not null
        and is_on_time_recomputed is not null
),

counted as (
    select
        agency_key,
        received_month as period_start,
        count(*) as checked_count,
        count(*) filter (where is_on_time_system) as system_count,
        count(*) filter (where is_on_time_recomputed) as recomputed_count,
        count(*) filter (where is_on_time_system and not is_on_time_recomputed) as record_count
    from dossiers
    group by agency_key, received_month
)

select
    agency_key,
    period_start,
    record_count,
    checked_count,
    round(100.0 * system_count / checked_count, 1) as system_pct,
    round(100.0 * recomputed_count / checked_count, 1) as recomputed_pct,
    round(100.0 * (system_count - recomputed_count) / checked_count, 1) as gap_points
from counted
where
    checked_count >= :min_records
    and record_count >= :min_differing
    and 100.0 * (system_count - recomputed_count) > :max_gap_points * checked_count
