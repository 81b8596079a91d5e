-- Reports that stand for their period and are hollow, or still have cells to be mended some working
-- days after.
with asked as (
    select
        cast(:lack as text) as lack,
        cast(:mend_days as integer) as mend_days,
        cast(cast(:as_of as timestamptz) at time zone 'Asia/Ho_Chi_Minh' as date) as judged_on
),

names as (
    select
        resource,
        max(name_vi) as name_vi,
        max(name_en) as name_en
    from reference.report_forms
    group by resource
),

lacking as (
    select
        reports.agency_key,
        cast(date_trunc('month', reports.received_on) as date) as period_start,
        coalesce(names.name_vi, reports.resource) || ' (' || periods.label_vi
        || ', biên nhận ' || reports.receipt_no || ')' as report_vi,
        coalesce(names.name_en, reports.resource) || ', ' || reports.period_type || ' from '
        || reports.period_start || ' (' || reports.receipt_no || ')' as report,
        reports.problem_count,
        case reports.hollow_kind
            when 'empty' then 'để trống'
            when 'zero' then 'toàn số 0 mà không khai không phát sinh'
            when 'copied' then 'chép lại số của báo cáo khác'
            else 'còn ô phải sửa'
        end as kind_vi,
        coalesce(reports.hollow_kind, 'partial') as kind
    from marts.fct_report as reports
    inner join marts.dim_period as periods
        on
            reports.period_type = periods.period_type
            and reports.period_start = periods.period_start
    cross join asked
    left join marts.fct_report as standing
        on
            reports.agency_key = standing.agency_key
            and reports.resource = standing.resource
            and reports.period_type = standing.period_type
            and reports.period_start = standing.period_start
            and standing.is_current
    left join names on reports.resource = names.resource
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
        and date_trunc('month', reports.received_on) >= :first_month
        and date_trunc('month', reports.received_on) < :end_month
        and (
            select count(*)
            from marts.dim_date as calendar
            where
                calendar.is_working_day
                and calendar.date_day > reports.received_on
                and calendar.date_day <= asked.judged_on
        ) >= asked.mend_days
)

select
    agency_key,
    period_start,
    count(*) as record_count,
    left(string_agg(report_vi, ', ' order by report_vi), 600) as reports_vi,
    left(string_agg(report, ', ' order by report), 600) as reports,
    string_agg(distinct kind_vi, ', ') as kinds_vi,
    string_agg(distinct kind, ', ') as kinds,
    sum(problem_count) as cell_count
from lacking
group by agency_key, period_start
