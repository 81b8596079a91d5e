{{ config(indexes=[{'columns': ['date_day'], 'unique': true}, {'columns': ['working_day_number']}]) }}

with

days as (

    {{ date_spine(var('calendar_from'), var('calendar_to')) }}

),

holidays as (

    select
        date,
        max(name_vi) as name_vi
    from {{ ref('public_holidays') }}
    group by date

),

swaps as (

    -- saturdays worked for a weekday off
    select * from {{ ref('working_day_swaps') }}

),

phases as (

    -- the phases that tile the plan; the others overlap them
    select * from {{ ref('plan_phases') }}
    where tiles_plan

),

marked as (

    select
        days.date_day,
        holidays.name_vi as holiday_name_vi,
        swaps.worked_on is not null
        or (holidays.date is null and extract(dow from days.date_day) not in (0, 6))
            as is_working_day
    from days
    left join holidays on days.date_day = holidays.date
    left join swaps on days.date_day = swaps.worked_on

)

select
    marked.date_day,
    marked.is_working_day,

    -- a day off carries the number of the working day before it
    cast(
        sum(case when marked.is_working_day then 1 else 0 end) over (
            order by marked.date_day rows between unbounded preceding and current row
        ) as integer
    ) as working_day_number,
    marked.holiday_name_vi,
    cast(extract(year from marked.date_day) as integer) as year,
    cast(extract(quarter from marked.date_day) as integer) as quarter,
    cast(extract(month from marked.date_day) as integer) as month,
    phases.phase as plan_phase
from marked
left join phases on marked.date_day >= phases.phase_start and marked.date_day < phases.phase_end
