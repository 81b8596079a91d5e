{#-
  The periods of each indicator that are closed. Of the decisions about a period the last one holds; a
  decision counts from its day on, measured by the data, and only for periods that had ended by then.
-#}
{{ config(materialized='view') }}

with

locks as (

    select * from {{ ref('period_locks') }}

),

indicators as (

    select
        indicator_code,
        source as source_code
    from {{ ref('dim_indicator') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

as_of as (

    select * from {{ ref('int_sources__as_of') }}

),

decided as (

    select
        locks.action,
        indicators.indicator_code,
        periods.period_type,
        periods.period_start,
        row_number() over (
            partition by indicators.indicator_code, periods.period_type, periods.period_start
            order by locks.action_no desc
        ) as recency
    from locks
    inner join indicators
        on
            locks.indicator_scope = '*'
            or ';' || lower(replace(locks.indicator_scope, ' ', '')) || ';'
            like '%;' || lower(indicators.indicator_code) || ';%'
    inner join as_of
        on
            indicators.source_code = as_of.source_code
            and {{ local_date('as_of.data_as_of') }} >= locks.effective_on
    inner join periods
        on
            locks.first_period <= periods.period_start
            and {{ add_months('locks.last_period', 1) }} >= periods.period_end
            and locks.effective_on >= periods.period_end

)

select
    indicator_code,
    period_type,
    period_start
from decided
where recency = 1 and action = 'lock'
