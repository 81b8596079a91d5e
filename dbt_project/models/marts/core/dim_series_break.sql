with

breaks as (

    select * from {{ ref('comparability_breaks') }}

),

touched as (

    select * from {{ ref('int_breaks__effective') }}

),

indicators as (

    select
        break_key,
        {{ dbt.listagg('indicator_code', "';'", 'order by indicator_code') }} as indicator_codes
    from (
        select distinct
            break_key,
            indicator_code
        from touched
    ) as pairs
    group by break_key

),

kinds as (

    select
        break_key,
        {{ dbt.listagg('agency_kind', "';'", 'order by agency_kind') }} as agency_kinds
    from (
        select distinct
            break_key,
            agency_kind
        from touched
    ) as pairs
    group by break_key

)

select
    breaks.break_key,
    breaks.effective_on,
    indicators.indicator_codes,
    kinds.agency_kinds,
    breaks.reason_vi,
    breaks.certainty
from breaks
inner join indicators on breaks.break_key = indicators.break_key
inner join kinds on breaks.break_key = kinds.break_key
