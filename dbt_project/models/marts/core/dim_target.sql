with

targets as (

    select * from {{ ref('targets') }}

),

-- the marts that exist in this project: a target without one has no source connected yet
marts as (

    {{ indicator_marts() }}

)

select
    targets.target_key,
    targets.indicator_code,
    targets.plan_ref,
    targets.phase,
    targets.phase_start,
    targets.phase_end,
    targets.operator,
    cast(targets.target_value as numeric) as target_value,
    cast(targets.tolerance as numeric) as tolerance,
    targets.unit,
    targets.owners,
    targets.wording_vi,
    marts.mart_name
from targets
left join marts on 'marts.ind_' || lower(replace(targets.indicator_code, '-', '_')) = marts.mart_name
