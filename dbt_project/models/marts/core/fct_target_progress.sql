with

targets as (

    select * from {{ ref('dim_target') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

sources as (

    select * from {{ ref('sources') }}

),

as_of as (

    select * from {{ ref('int_sources__as_of') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

connected as (

    select
        source as source_code,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from {{ source('ops', 'load') }}
    group by source

),

findings as (

    select
        indicator_code,
        count(*) as open_finding_count
    from {{ ref('stg_ops__findings') }}
    where is_open
    group by indicator_code

),

province_values as (

    -- of the periods of the own frequency; one of which all was due goes before one still running, whatever a
    -- single report calls its figures
    select
        readings.*,
        lag(readings.value) over (
            partition by readings.indicator_code order by readings.period_start
        ) as previous_value,
        row_number() over (
            partition by readings.indicator_code
            order by
                case
                    when
                        {{ add_days(
                            'periods.period_end',
                            "case when indicators.source = 'agency_reports' then indicators.due_days else 0 end"
                        ) }} > {{ local_date('as_of.data_as_of') }}
                        then 1
                    else 0
                end,
                readings.period_start desc
        ) as recency
    from {{ ref('fct_indicator_value') }} as readings
    inner join indicators
        on
            readings.indicator_code = indicators.indicator_code
            and readings.period_type = indicators.frequency
    inner join periods
        on readings.period_type = periods.period_type and readings.period_start = periods.period_start
    inner join as_of on indicators.source = as_of.source_code
    where readings.agency_key = {{ province_key() }} and readings.basis = 'current'

),

latest as (

    select * from province_values
    where recency = 1

),

compared as (

    select
        targets.target_key,
        targets.indicator_code,
        targets.operator,
        targets.target_value,
        targets.tolerance,
        targets.mart_name,
        indicators.unit,
        indicators.direction,
        indicators.source as source_code,
        indicators.frequency,
        latest.period_start,
        latest.value,
        latest.value_state,
        latest.previous_value,
        latest.data_as_of,
        latest.value - targets.target_value as gap,
        case targets.operator
            when '>' then latest.value > targets.target_value
            when '>=' then latest.value >= targets.target_value
            when '=' then latest.value = targets.target_value
            -- "about" is only judged with a tolerance that the owner has set
            when 'approx' then abs(latest.value - targets.target_value) <= targets.tolerance
        end as is_met,
        case indicators.direction
            when 'down' then latest.value - targets.target_value
            else targets.target_value - latest.value
        end * case
            when indicators.unit = 'pct' then 1
            else 100 / nullif(abs(targets.target_value), 0)
        end as shortfall
    from targets
    inner join indicators on targets.indicator_code = indicators.indicator_code
    left join latest on targets.indicator_code = latest.indicator_code

)

select
    compared.target_key,
    compared.indicator_code,
    {{ province_key() }} as agency_key,
    compared.frequency as period_type,
    compared.period_start,
    'current' as basis,
    compared.value,
    compared.target_value,
    compared.operator,
    compared.gap,
    compared.is_met,
    case
        when compared.value is null then 'no_value'
        when compared.is_met then 'reached'
        -- steps of a scale are no distances: one step short, or a milestone not yet reached, is behind
        when compared.unit in ('level', 'milestone')
            then case when abs(compared.gap) <= 1 then 'behind' else 'far' end
        when compared.shortfall <= {{ var('on_track_shortfall') }} then 'on_track'
        when compared.shortfall <= {{ var('behind_shortfall') }} then 'behind'
        else 'far'
    end as status,
    case
        when compared.value is null and connected.source_code is null
            then 'Chưa kết nối nguồn ' || coalesce(sources.name_vi, compared.source_code)
        when compared.value is null and compared.mart_name is null
            then 'Chưa có công thức được duyệt cho nguồn ' || coalesce(sources.name_vi, compared.source_code)
        when compared.value is null and compared.period_start is null
            then 'Đã kết nối nguồn nhưng chưa nhận được số liệu'
        when compared.value_state = 'not_applicable'
            then 'Mẫu số bằng 0: trong kỳ không có đối tượng để tính'
        when compared.value is null
            then 'Chưa có số liệu của cách đọc chính trong kỳ'
        when compared.is_met is null
            then 'Có giá trị nhưng chưa kết luận: dung sai của “khoảng” do cơ quan theo dõi quy định'
    end as reason_vi,
    compared.previous_value,
    case
        when compared.value > compared.previous_value then 'up'
        when compared.value < compared.previous_value then 'down'
        when compared.value = compared.previous_value then 'flat'
    end as trend,
    coalesce(compared.data_as_of, as_of.data_as_of) as data_as_of,
    cast(coalesce(findings.open_finding_count, 0) as integer) as open_finding_count,
    coalesce(connected.is_synthetic, false) as is_synthetic
from compared
left join as_of on compared.source_code = as_of.source_code
left join findings on compared.indicator_code = findings.indicator_code
left join connected on compared.source_code = connected.source_code
left join sources on compared.source_code = sources.source_code
