with

finished as (

    select * from {{ ref('int_dossier_parts__monthly') }}
    where finished_count > 0

),

overdue as (

    select * from {{ ref('int_dossiers__overdue') }}

),

parts as (

    select
        month_start,
        agency_key,
        finished_count,
        0 as overdue_count,
        on_time_system_count,
        recomputable_count,
        on_time_recomputed_count
    from finished

    union all

    select
        month_start,
        agency_key,
        0 as finished_count,
        overdue_count,
        on_time_system_count,
        recomputable_count,
        on_time_recomputed_count
    from overdue

),

with_province as (

    select * from parts

    union all

    select
        month_start,
        {{ province_key() }} as agency_key,
        finished_count,
        overdue_count,
        on_time_system_count,
        recomputable_count,
        on_time_recomputed_count
    from parts

),

summed as (

    select
        month_start,
        agency_key,
        cast(sum(finished_count) as bigint) as finished_count,
        cast(sum(overdue_count) as bigint) as overdue_count,
        cast(sum(finished_count) + sum(overdue_count) as bigint) as due_count,
        cast(sum(on_time_system_count) as bigint) as on_time_system_count,
        cast(sum(recomputable_count) as bigint) as recomputable_count,
        cast(sum(on_time_recomputed_count) as bigint) as on_time_recomputed_count
    from with_province
    group by month_start, agency_key

),

rated as (

    select
        summed.*,
        {{ indicator_value('on_time_system_count', 'due_count', 100) }} as on_time_system_pct,
        {{ indicator_value('on_time_recomputed_count', 'recomputable_count', 100) }} as on_time_recomputed_pct
    from summed

)

select
    month_start,
    agency_key,
    finished_count,
    overdue_count,
    due_count,
    on_time_system_count,
    on_time_system_pct,
    recomputable_count,
    on_time_recomputed_count,
    on_time_recomputed_pct,
    on_time_system_pct - on_time_recomputed_pct as gap_points
from rated
