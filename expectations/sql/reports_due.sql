-- Reports that fell due in a month and did not come, or came late. The ledger has settled whose
-- fault it is: what our door or our loading failed to bring is in neither.
with asked as (
    select
        cast(:outcome as text) as outcome,
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

cells as (
    select
        ledger.agency_key,
        cast(date_trunc('month', ledger.due_on) as date) as period_start,
        coalesce(names.name_vi, ledger.resource) || ' (' || periods.label_vi
        || ', hạn ' || to_char(ledger.due_on, 'DD/MM/YYYY') || ')' as report_vi,
        coalesce(names.name_en, ledger.resource) || ', ' || ledger.period_type || ' from '
        || ledger.period_start || ' (due ' || ledger.due_on || ')' as report,
        (
            select count(*)
            from marts.dim_date as calendar
            where
                calendar.is_working_day
                and calendar.date_day > ledger.due_on
                and calendar.date_day <= coalesce(ledger.received_on, asked.judged_on)
        ) as working_days
    from ops.ledger as ledger
    inner join asked on ledger.outcome = asked.outcome
    inner join marts.dim_agency as agencies on ledger.agency_key = agencies.agency_key
    inner join marts.dim_period as periods
        on
            ledger.period_type = periods.period_type
            and ledger.period_start = periods.period_start
    left join names on ledger.resource = names.resource
    where
        ledger.source = 'agency_reports'
        and ledger.resource <> 'submissions'
        and (
            ledger.outcome = 'accepted' and ledger.received_on > ledger.due_on
            or ledger.cause = 'agency' and ledger.received_on is null
        )
        and ledger.due_on < asked.judged_on
        and date_trunc('month', ledger.due_on) >= :first_month
        and date_trunc('month', ledger.due_on) < :end_month
        -- an office that was dissolved before its report fell due cannot mend it
        and coalesce(agencies.valid_to, cast('9999-12-31' as date)) > ledger.due_on
)

select
    agency_key,
    period_start,
    count(*) as record_count,
    case
        when max(working_days) >= :critical_days then 'critical'
        when max(working_days) >= :warning_days then 'major'
        else 'minor'
    end as severity,
    left(string_agg(report_vi, ', ' order by report_vi), 600) as reports_vi,
    left(string_agg(report, ', ' order by report), 600) as reports,
    max(working_days) as most_days
from cells
group by agency_key, period_start
