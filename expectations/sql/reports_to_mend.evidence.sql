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
left join marts.fct_report as standing
    on
        reports.agency_key = standing.agency_key
        and reports.resource = standing.resource
        and reports.period_type = standing.period_type
        and reports.period_start = standing.period_start
        and standing.is_current
where
    (
        asked.lack = 'hollow' and reports.hollow_kind is not null
        or asked.lack = 'partial' and reports.hollow_kind is null and reports.state = 'partial'
    )
    and (
        reports.is_current
        -- an empty one is refused, so it never stands; it lacks until something else does
        or reports.state = 'refused' and reports.repeats is null and standing.receipt_no is null
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
