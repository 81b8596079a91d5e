-- Agencies that sent on most working days and have been silent for longer than chance explains.
-- Only whole working days on which somebody in the province sent something count: when all are
-- silent it is the source's fault, not an agency's.
with sent as (
    select distinct
        agency_key,
        cast(received_at at time zone 'Asia/Ho_Chi_Minh' as date) as sent_on
    from marts.fct_dossier
    where
        received_month >= cast(:as_of - interval '1 year' as date)
        and received_at < :as_of
),

active_days as (
    select
        dim_date.date_day,
        row_number() over (order by dim_date.date_day) as day_number
    from marts.dim_date
    where
        dim_date.is_working_day
        and dim_date.date_day < cast(:as_of at time zone 'Asia/Ho_Chi_Minh' as date)
        and exists (
            select 1 from sent
            where sent.sent_on = dim_date.date_day
        )
),

newest_day as (
    select coalesce(max(day_number), 0) as day_number
    from active_days
),

agency_days as (
    select
        sent.agency_key,
        active_days.day_number,
        max(active_days.day_number) over (partition by sent.agency_key) as last_number
    from sent
    inner join active_days on sent.sent_on = active_days.date_day
),

histories as (
    select
        agency_key,
        last_number,
        least(last_number, :history_days) as window_days,
        count(*) filter (where day_number > last_number - :history_days) as sent_days
    from agency_days
    group by agency_key, last_number
),

agencies as (
    select agency_key
    from marts.dim_agency
    where
        agency_key > 0
        and (
            valid_to is null
            or valid_to > cast(:as_of at time zone 'Asia/Ho_Chi_Minh' as date)
        )
)

select
    histories.agency_key,
    active_days.date_day as period_start,
    active_days.date_day as first_silent_day,
    cast(:as_of at time zone 'Asia/Ho_Chi_Minh' as date) as until_day,
    newest_day.day_number - histories.last_number as record_count,
    round(100.0 * histories.sent_days / histories.window_days, 1) as history_pct
from histories
inner join agencies on histories.agency_key = agencies.agency_key
cross join newest_day
inner join active_days on histories.last_number + 1 = active_days.day_number
where
    histories.window_days >= :min_history_days
    and 100.0 * histories.sent_days >= :min_history_pct * histories.window_days
    -- one day is added to the history, so that no agency counts as certain to send
    and 100.0 * power(
        1 - histories.sent_days / (histories.window_days + 1.0),
        newest_day.day_number - histories.last_number
    ) <= :max_chance_pct
