with asked as (
    select
        cast(:lack as text) as lack,
        cast(:mend_days as integer) as mend_days,
        cast(cast(:as_of as timestamptz) at time zone 'Asia/Ho_Chi_Minh' as date) as judged_on
)

select
    reports.receipt_no,
    reports.form_code,
    reports.period_type,
    reports.period_start,
    reports.received_on,
    reports.file_name,
    reports.hollow_kind,
    reports.copied_from,
    reports.problem_count,
    reports.completeness
from marts.fct_report as reports
cross join asked
where
    reports.is_current
    and reports.state <> 'refused'
    and (
        asked.lack = 'hollow' and reports.hollow_kind is not null
        or asked.lack = 'partial' and reports.hollow_kind is null and reports.state = 'partial'
    )
    and reports.agency_key = :agency_key
    and date_trunc('month', reports.received_on) = :period_start
    and (
        select count(*)
        from marts.dim_date as calendar
        where
            calendar.is_working_day
            and calendar.date_day > reports.received_on
            and calendar.date_day <= asked.judged_on
    ) >= asked.mend_days
order by reports.receipt_no
