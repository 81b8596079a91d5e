{#-
  The tasks of the plan by quarter: what each leading agency told of them, and whether they are overdue by the data.
  An agency that told nothing of a task that it leads stands here too. Whether a task is done is what was told last,
  in this quarter or before; of yearly tasks only within the year. Tasks that run on, and those whose date hangs on
  a programme or an event, have no deadline.
-#}
{{ config(pre_hook="{{ plan_for_many_rows() }}") }}

with

tasks as (

    select * from {{ ref('dim_plan_task') }}

),

agencies as (

    select
        agency_key,
        agency_code,
        kind,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('dim_agency') }}
    where agency_key > 0

),

as_of as (

    select last_day from {{ ref('int_reports__as_of') }}

),

first_asked as (

    select min(valid_from) as first_day from {{ ref('report_forms') }}
    where lists_tasks

),

quarters as (

    select
        periods.period_start,
        periods.period_end,
        as_of.last_day,
        cast(date_trunc('year', periods.period_start) as date) as year_start
    from {{ ref('dim_period') }} as periods
    cross join as_of
    cross join first_asked
    where
        periods.period_type = 'quarter'
        and periods.period_start >= first_asked.first_day
        and periods.period_end <= as_of.last_day

),

cells as (

    select
        agency_key,
        row_code as task_ref,
        period_start,
        max(receipt_no) as receipt_no,
        max(case when column_code = 'status' then choice_code end) as told_status,
        max(case when column_code = 'completed_on' then date_value end) as completed_on,
        max(case when column_code = 'evidence' then text_value end) as evidence
    from {{ ref('int_reports__cells') }}
    where is_counted and column_code in ('status', 'completed_on', 'evidence') and period_type = 'quarter'
    group by agency_key, row_code, period_start

),

asked as (

    select
        tasks.task_ref,
        agencies.agency_key,
        quarters.period_start,
        quarters.period_end,
        quarters.last_day,
        tasks.deadline_kind,
        case
            when tasks.deadline_kind in ('annual', 'annual_month') then quarters.year_start
            else cast('{{ var("calendar_from") }}' as date)
        end as counted_from,
        case tasks.deadline_kind
            when 'annual' then {{ add_days(add_months('quarters.year_start', 12), -1) }}
            when 'annual_month'
                then {{ add_days(add_months('quarters.year_start', 'tasks.deadline_month'), -1) }}
            when 'continuous' then null
            when 'by_programme' then null
            when 'event' then null
            else {{ add_days('tasks.deadline_end', -1) }}
        end as deadline_on
    from tasks
    cross join quarters
    inner join agencies
        on
            quarters.period_end > agencies.valid_from
            and quarters.period_end <= agencies.valid_to
            and (
                (
                    tasks.lead_scope = 'named'
                    and ';' || tasks.lead_agencies || ';' like '%;' || agencies.agency_code || ';%'
                )
                or (
                    tasks.lead_scope in ('departments', 'departments_communes')
                    and agencies.kind = 'department'
                )
                or (tasks.lead_scope = 'departments_communes' and agencies.kind = 'commune')
            )

),

-- what was told up to each quarter, the last first
told_so_far as (

    select
        asked.task_ref,
        asked.agency_key,
        asked.period_start,
        cells.told_status,
        cells.completed_on,
        row_number() over (
            partition by asked.task_ref, asked.agency_key, asked.period_start
            order by cells.period_start desc
        ) as recency
    from asked
    inner join cells
        on
            asked.task_ref = cells.task_ref
            and asked.agency_key = cells.agency_key
            and asked.period_start >= cells.period_start
            and asked.counted_from <= cells.period_start
    where cells.told_status is not null

),

last_told as (

    select * from told_so_far
    where recency = 1

)

select
    asked.task_ref,
    asked.agency_key,
    asked.period_start,
    asked.period_end,
    asked.deadline_on,
    coalesce(cells.told_status, 'not_told') as told_status,
    last_told.told_status as last_told_status,
    coalesce(cells.completed_on, last_told.completed_on) as completed_on,
    cells.evidence,
    cells.receipt_no,
    coalesce(last_told.told_status = 'done', false) as is_done,
    coalesce(
        asked.deadline_on < least(asked.last_day, asked.period_end)
        and coalesce(last_told.told_status, 'not_told') not in ('done', 'dropped'),
        false
    ) as is_overdue,
    coalesce(
        last_told.told_status = 'done'
        and coalesce(cells.completed_on, last_told.completed_on) > asked.deadline_on,
        false
    ) as is_done_late
from asked
left join cells
    on
        asked.task_ref = cells.task_ref
        and asked.agency_key = cells.agency_key
        and asked.period_start = cells.period_start
left join last_told
    on
        asked.task_ref = last_told.task_ref
        and asked.agency_key = last_told.agency_key
        and asked.period_start = last_told.period_start
