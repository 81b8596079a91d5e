-- Agency-months whose dossiers were largely finished within one clock hour.
with dossiers as (
    select
        agency_key,
        finished_month,
        date_trunc('hour', finished_at at time zone 'Asia/Ho_Chi_Minh') as local_hour
    from marts.fct_dossier
    where
        finished_month >= :first_month
        and finished_month < :end_month
        and is_finished
        and finished_at is not null
),

hours as (
    select
        agency_key,
        finished_month,
        local_hour,
        count(*) as record_count,
        sum(count(*)) over (partition by agency_key, finished_month) as checked_count,
        row_number() over (
            partition by agency_key, finished_month
            order by count(*) desc, local_hour desc
        ) as place
    from dossiers
    group by agency_key, finished_month, local_hour
)

select
    agency_key,
    finished_month as period_start,
    record_count,
    cast(checked_count as bigint) as checked_count,
    round(100.0 * record_count / checked_count, 1) as observed_pct,
    local_hour at time zone 'Asia/Ho_Chi_Minh' as busiest_hour
from hours
where
    place = 1
    and checked_count >= :min_records
    and 100.0 * record_count > :max_hour_pct * checked_count
