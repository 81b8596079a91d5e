{#-
  Open dossiers whose term ended before the newest data, in the month in which it ended. They count as
  due although unfinished: Decision 766 item 2.1 compares them with the end of the period.
-#}
with

open_dossiers as (

    select
        agency_key,
        due_at,
        statutory_due_at,
        coalesce(due_at, statutory_due_at) as term_at,
        status_code,
        supplement_count,
        supplement_wait_days
    from {{ ref('fct_dossier') }}
    where is_open

),

as_of as (

    select data_as_of from {{ ref('int_sources__as_of') }}
    where source_code = 'tthc'

),

overdue as (

    select
        open_dossiers.*,
        {{ month_of(local_date('open_dossiers.term_at')) }} as month_start,
        least(
            as_of.data_as_of,
            {{ end_of_day(add_days(add_months(month_of(local_date('open_dossiers.term_at')), 1), -1)) }}
        ) as compared_at
    from open_dossiers
    inner join as_of on open_dossiers.term_at < as_of.data_as_of

),

judged as (

    select
        month_start,
        agency_key,
        -- without an appointment date the systems call nothing late
        due_at is null as is_on_time_system,
        case
            -- the clock stands while the applicant has to answer
            when status_code = 'supplement_requested' then null
            when supplement_count > 1 then false
            else
                {{ shift_days('compared_at', '-greatest(coalesce(supplement_wait_days, 0), 0)') }}
                <= coalesce(statutory_due_at, due_at)
        end as is_on_time_recomputed
    from overdue

)

select
    month_start,
    agency_key,
    count(*) as overdue_count,
    sum(case when is_on_time_system then 1 else 0 end) as on_time_system_count,
    sum(case when is_on_time_recomputed is not null then 1 else 0 end) as recomputable_count,
    sum(case when is_on_time_recomputed then 1 else 0 end) as on_time_recomputed_count
from judged
group by month_start, agency_key
