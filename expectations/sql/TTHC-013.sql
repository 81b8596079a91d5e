-- Agency-months in which every dossier, counter ones included, claims a verified account.
with dossiers as (
    select
        agency_key,
        received_month,
        vneid_flag,
        channel
    from marts.fct_dossier
    where received_month >= :first_month and received_month < :end_month
),

counted as (
    select
        agency_key,
        received_month as period_start,
        count(*) as checked_count,
        count(*) filter (where vneid_flag = '1') as record_count,
        count(*) filter (where channel = 'direct') as direct_count
    from dossiers
    group by agency_key, received_month
)

select
    agency_key,
    period_start,
    record_count,
    checked_count,
    direct_count
from counted
where
    checked_count >= :min_records
    and record_count = checked_count
    and direct_count >= :min_direct_records
