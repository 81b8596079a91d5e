{#-
  The path to each target: only the points that the plan states (the last day of a phase; of a yearly
  target, the last day of each year) and those that the owner entered. Nothing in between is invented.
-#}
with

targets as (

    select * from {{ ref('dim_target') }}

),

milestones as (

    select * from {{ ref('target_milestones') }}

),

years as (

    select
        period_start,
        period_end
    from {{ ref('dim_period') }}
    where period_type = 'year'

),

points as (

    select
        target_key,
        {{ add_days('phase_end', -1) }} as on_date,
        'plan' as kind,
        target_value as value,
        cast(null as {{ dbt.type_string() }}) as decided_by,
        plan_ref as document,
        cast(null as {{ dbt.type_string() }}) as note_vi
    from targets
    where phase <> 'annual' and phase_end is not null

    union all

    select
        targets.target_key,
        {{ add_days('years.period_end', -1) }} as on_date,
        'plan' as kind,
        targets.target_value as value,
        cast(null as {{ dbt.type_string() }}) as decided_by,
        targets.plan_ref as document,
        cast(null as {{ dbt.type_string() }}) as note_vi
    from targets
    inner join years
        on targets.phase_start <= years.period_start and targets.phase_end >= years.period_end
    where targets.phase = 'annual'

    union all

    select
        target_key,
        on_date,
        'owner' as kind,
        cast(value as numeric) as value,
        decided_by,
        document,
        note as note_vi
    from milestones

)

select
    points.target_key,
    targets.indicator_code,
    points.on_date,
    points.kind,
    targets.operator,
    points.value,
    points.decided_by,
    points.document,
    points.note_vi
from points
inner join targets on points.target_key = targets.target_key
