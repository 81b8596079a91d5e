{#-
  The value of every reading in every period on both maps, as today's data and formulas give it. What
  is published is decided by int_readings__compared.
-#}
{{ config(materialized='view') }}

with

located as (

    select * from {{ ref('int_readings__located') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

headlines as (

    select
        indicator_code,
        reading_code
    from {{ ref('indicator_readings') }}
    where is_headline

),

defined as (

    select * from {{ ref('int_readings__defined') }}

),

agencies as (

    select
        agency_key,
        kind
    from {{ ref('int_agencies__all') }}

),

breaks as (

    select * from {{ ref('int_breaks__effective') }}

),

as_of as (

    select * from {{ ref('int_sources__as_of') }}

),

open_findings as (

    select * from {{ ref('stg_ops__findings') }}
    where is_open and severity <> 'info'

),

-- of a stock, the last month of a period stands for the whole of it
stock_months as (

    select
        stock.indicator_code,
        periods.period_type,
        periods.period_start,
        max(stock.month_start) as month_start
    from located as stock
    inner join periods
        on stock.month_start >= periods.period_start and stock.month_start < periods.period_end
    where stock.is_stock
    group by stock.indicator_code, periods.period_type, periods.period_start

),

month_periods as (

    select
        months.period_start as month_start,
        periods.period_type,
        periods.period_start,
        periods.period_end
    from periods as months
    inner join periods
        on months.period_start >= periods.period_start and months.period_start < periods.period_end
    where months.period_type = 'month'

),

summed as (

    select
        located.indicator_code,
        located.reading_code,
        located.agency_key,
        located.agency_level,
        located.basis,
        month_periods.period_type,
        month_periods.period_start,
        month_periods.period_end,
        sum(located.numerator) as numerator,
        sum(located.denominator) as denominator,
        max(located.formula_version) as formula_version,
        {{ any_of('located.is_corrected') }} as is_corrected,
        {{ least_status('located.told_status') }} as told_status
    from located
    inner join month_periods on located.month_start = month_periods.month_start
    left join stock_months
        on
            located.is_stock
            and located.indicator_code = stock_months.indicator_code
            and month_periods.period_type = stock_months.period_type
            and month_periods.period_start = stock_months.period_start
    where not located.is_stock or located.month_start = stock_months.month_start
    group by
        located.indicator_code, located.reading_code, located.agency_key, located.agency_level,
        located.basis, month_periods.period_type, month_periods.period_start, month_periods.period_end

),

-- each period's place in its series: breaks before its end, and those that fall inside it
broken as (

    select
        breaks.indicator_code,
        breaks.agency_kind,
        periods.period_type,
        periods.period_start,
        cast(count(*) as integer) as series_no,
        {{ joined_texts(
            'case when breaks.effective_on > periods.period_start then breaks.break_key end', 'breaks.break_key'
        ) }} as break_keys
    from breaks
    inner join periods on breaks.effective_on < periods.period_end
    group by
        breaks.indicator_code, breaks.agency_kind, periods.period_type, periods.period_start

),

doubts as (

    select
        agency_key,
        indicator_code,
        period_start,
        severity
    from open_findings
    where indicator_code is not null

    union all

    -- a doubt about one agency's number is one about the province's too, but does not hold it
    select
        {{ province_key() }} as agency_key,
        indicator_code,
        period_start,
        'warning' as severity
    from open_findings
    where indicator_code is not null and agency_key <> {{ province_key() }}

),

doubted as (

    select
        doubts.agency_key,
        doubts.indicator_code,
        month_periods.period_type,
        month_periods.period_start,
        max(case when doubts.severity = 'critical' then 1 else 0 end) = 1 as is_held
    from doubts
    inner join month_periods
        on {{ month_of('doubts.period_start') }} = month_periods.month_start
    group by
        doubts.agency_key, doubts.indicator_code,
        month_periods.period_type, month_periods.period_start

)

select
    summed.indicator_code,
    summed.reading_code,
    summed.agency_key,
    summed.agency_level,
    summed.period_type,
    summed.period_start,
    summed.basis,
    headlines.reading_code is not null as is_headline,
    cast(summed.numerator as numeric(38, 6)) as numerator,
    cast(summed.denominator as numeric(38, 6)) as denominator,
    cast({{ unit_factor('indicators.unit') }} as numeric) as factor,
    {{ indicator_value('summed.numerator', 'summed.denominator', unit_factor('indicators.unit')) }} as value,
    case
        when summed.denominator is null then 'not_reported'
        when summed.denominator = 0 then 'not_applicable'
        when summed.numerator = 0 then 'zero'
        else 'reported'
    end as value_state,

    -- an open period will still change, and so will a closed one as long as reports about it are not due; a
    -- report may call its figures less settled; "official" takes a decision: int_period_locks__effective
    case
        when summed.period_end > {{ local_date('as_of.data_as_of') }} then 'estimate'
        when
            defined.is_reported
            and {{ add_days('summed.period_end', 'indicators.due_days') }}
            > {{ local_date('as_of.data_as_of') }}
            then 'estimate'
        when summed.told_status = 'estimate' then 'estimate'
        else 'preliminary'
    end as value_status,
    coalesce(summed.denominator < indicators.min_sample, false) as is_small_number,
    summed.is_corrected,
    summed.formula_version,
    coalesce(broken.series_no, 0) as series_no,
    broken.break_keys,
    as_of.data_as_of,
    case
        when doubted.is_held then 'held'
        when doubted.agency_key is not null then 'findings'
        else 'ok'
    end as quality_state
from summed
inner join indicators on summed.indicator_code = indicators.indicator_code
inner join defined
    on
        summed.indicator_code = defined.indicator_code
        and summed.reading_code = defined.reading_code
        -- what is told by the quarter is no value of a month, by the year none of a quarter
        and {{ months_in('summed.period_type') }} >= defined.told_months
inner join as_of on defined.source_code = as_of.source_code
left join headlines
    on summed.indicator_code = headlines.indicator_code and summed.reading_code = headlines.reading_code
left join agencies on summed.agency_key = agencies.agency_key
left join broken
    on
        summed.indicator_code = broken.indicator_code
        and agencies.kind = broken.agency_kind
        and summed.period_type = broken.period_type
        and summed.period_start = broken.period_start
left join doubted
    on
        summed.agency_key = doubted.agency_key
        and summed.indicator_code = doubted.indicator_code
        and summed.period_type = doubted.period_type
        and summed.period_start = doubted.period_start
