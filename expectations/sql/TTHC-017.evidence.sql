-- The working days on which others sent dossiers and this agency none.
with sent as (
    select
        cast(received_at at time zone 'Asia/Ho_Chi_Minh' as date) as sent_on,
        count(*) as province_dossiers,
        count(*) filter (where agency_key = :agency_key) as agency_dossiers
    from marts.fct_dossier
    where
        received_at >= cast(:first_silent_day as timestamp) at time zone 'Asia/Ho_Chi_Minh'
        and received_at < cast(:until_day as timestamp) at time zone 'Asia/Ho_Chi_Minh'
    group by sent_on
)

select
    dim_date.date_day,
    sent.province_dossiers,
    sent.agency_dossiers
from marts.dim_date
inner join sent on dim_date.date_day = sent.sent_on
where dim_date.is_working_day and sent.agency_dossiers = 0
order by dim_date.date_day
