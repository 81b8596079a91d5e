-- BI roles may not read ops.ledger itself: the mart shows the same cells.
with asked as (
    select
        cast(:outcome as text) as outcome,
        cast(cast(:as_of as timestamptz) at time zone 'Asia/Ho_Chi_Minh' as date) as judged_on
),

names as (
    select
        resource,
        max(name_vi) as name_vi
    from reference.report_forms
    group by resource
)

select
    coalesce(names.name_vi, cells.resource) || ' (' || periods.label_vi || ')' as report_vi,
    cells.due_on,
    cells.received_on,
    cells.working_days_late,
    cells.reason_vi
from marts.fct_reporting_cell as cells
inner join asked on cells.outcome = asked.outcome
inner join marts.dim_agency as agencies on cells.agency_key = agencies.agency_key
inner join marts.dim_period as periods
    on
        cells.period_type = periods.period_type
        and cells.period_start = periods.period_start
left join names on cells.resource = names.resource
where
    cells.source = 'agency_reports'
    and cells.resource <> 'submissions'
    and cells.agency_key = :agency_key
    and date_trunc('month', cells.due_on) = :period_start
    and (
        cells.outcome = 'accepted' and cells.received_on > cells.due_on
        or cells.cause = 'agency' and cells.received_on is null
    )
    and cells.due_on < asked.judged_on
    and coalesce(agencies.valid_to, cast('9999-12-31' as date)) > cells.due_on
order by cells.due_on, report_vi
