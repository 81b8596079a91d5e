{#-
  Which days of publishing the warehouse has looked at: a day is covered by a load of its day, month or year.
  `not_loaded_before` counts the days before it, since the first covered one, that nobody looked at.
-#}
{{ config(indexes=[{'columns': ['date_day'], 'unique': true}]) }}

with

loads as (

    select
        load_id,
        cast(rpad(period, 10, '-01-01') as date) as window_start,
        length(period) as precision
    from {{ source('ops', 'load') }}
    where
        source = 'budget_publications' and resource = 'documents'
        and {{ matches('period', '^[0-9]{4}(-[0-9]{2}){0,2}$') }}

),

windows as (

    select
        load_id,
        window_start,
        case precision
            when 4 then {{ add_months('window_start', 12) }}
            when 7 then {{ add_months('window_start', 1) }}
            else {{ add_days('window_start', 1) }}
        end as window_end
    from loads

),

days as (

    select date_day from {{ ref('dim_date') }}

),

covered as (

    select
        days.date_day,
        max(windows.load_id) as load_id
    from days
    inner join windows on days.date_day >= windows.window_start and days.date_day < windows.window_end
    group by days.date_day

),

span as (

    select
        min(date_day) as first_day,
        max(date_day) as last_day
    from covered

)

select
    days.date_day,
    covered.date_day is not null as is_loaded,
    covered.load_id,
    cast(
        coalesce(
            sum(case when covered.date_day is null then 1 else 0 end) over (
                order by days.date_day rows between unbounded preceding and 1 preceding
            ), 0
        ) as integer
    ) as not_loaded_before
from days
cross join span
left join covered on days.date_day = covered.date_day
where days.date_day >= span.first_day and days.date_day <= span.last_day
