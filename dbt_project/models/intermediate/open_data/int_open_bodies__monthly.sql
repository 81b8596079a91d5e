{#-
  Each body obliged to publish open data in each month, as it stood on the last day of the month of which there is
  a snapshot. A month between two others of which there is none says nothing: its parts are empty.
-#}
with

days as (

    select checked_on from {{ ref('int_open_data_days__loaded') }}
    where is_complete

),

bodies as (

    select * from {{ ref('fct_open_data_publisher') }}
    where is_obliged

),

last_days as (

    select
        {{ month_of('checked_on') }} as month_start,
        max(checked_on) as checked_on
    from days
    group by {{ month_of('checked_on') }}

),

span as (

    select
        min(month_start) as first_month,
        max(month_start) as last_month
    from last_days

),

-- of a month without a snapshot, those obliged on the last day seen before it
months as (

    select
        periods.period_start as month_start,
        max(last_days.checked_on) as checked_on,
        {{ any_of('last_days.month_start = periods.period_start') }} as is_seen
    from {{ ref('dim_period') }} as periods
    cross join span
    inner join last_days on periods.period_start >= last_days.month_start
    where
        periods.period_type = 'month'
        and periods.period_start >= span.first_month
        and periods.period_start <= span.last_month
    group by periods.period_start

)

select
    months.month_start,
    months.checked_on,
    bodies.agency_key,
    bodies.obligation_group,
    case when months.is_seen then case when bodies.conforms then 1 else 0 end end as conforms,
    case when months.is_seen then bodies.passed_count end as passed_count,
    case when months.is_seen then bodies.judged_count end as judged_count
from months
inner join bodies on months.checked_on = bodies.checked_on
