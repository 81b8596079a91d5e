{#-
  How much of what each source owed in a year has come: periods due by the obligations of the time
  (not by what the ledger happens to hold, so that years not yet loaded are not complete), excused
  ones left out.
-#}
with

obligations as (

    select * from {{ ref('reporting_obligations') }}
    where party = 'system'

),

periods as (

    select
        'day' as period_type,
        date_day as period_start
    from {{ ref('dim_date') }}

    union all

    select
        period_type,
        period_start
    from {{ ref('dim_period') }}

),

decided as (

    select * from {{ ref('fct_reporting_cell') }}
    where party = 'system'

),

cells as (

    select
        obligations.source as source_code,
        cast(extract(year from periods.period_start) as integer) as year,
        decided.outcome
    from obligations
    inner join periods
        on
            obligations.period_type = periods.period_type
            and obligations.valid_from <= periods.period_start
            and coalesce(obligations.valid_to, cast('9999-12-31' as date)) > periods.period_start
    left join decided
        on
            obligations.source = decided.source
            and obligations.resource = decided.resource
            and obligations.period_type = decided.period_type
            and periods.period_start = decided.period_start

),

loads as (

    select
        source as source_code,
        cast(substring(period, 1, 4) as integer) as year,
        count(*) as load_count
    from {{ source('ops', 'load') }}
    group by source, cast(substring(period, 1, 4) as integer)

),

counted as (

    select
        source_code,
        year,
        sum(case when coalesce(outcome, '') <> 'excused' then 1 else 0 end) as periods_due,
        sum(case when outcome = 'accepted' then 1 else 0 end) as periods_accepted
    from cells
    group by source_code, year

)

select
    counted.source_code,
    counted.year,
    cast(counted.periods_due as integer) as periods_due,
    cast(counted.periods_accepted as integer) as periods_accepted,
    cast(coalesce(loads.load_count, 0) as integer) as load_count
from counted
left join loads on counted.source_code = loads.source_code and counted.year = loads.year
