{{
    config(
        indexes=[{'columns': ['agency_key'], 'unique': true}],
        post_hook="{{ exclude_overlap(['agency_code']) }}"
    )
}}

with

agencies as (

    select * from {{ ref('int_agencies__all') }}

),

succession as (

    select * from {{ ref('int_agencies__current') }}

),

-- the district of a unit's last day in one
districts as (

    select * from {{ ref('int_agencies__districts') }}
    where valid_to = cast('9999-12-31' as date)

)

select
    agencies.agency_key,
    agencies.agency_code,
    agencies.name_vi,
    agencies.name_en,
    {{ fold_accents('agencies.name_vi') }} as name_folded,
    cast(agencies.level_rank as {{ dbt.type_string() }})
    || ' ' || {{ vietnamese_sort_key('agencies.name_vi') }} as sort_key,
    agencies.kind,
    parents.agency_key as parent_key,
    districts.district_key,
    succession.current_agency_key,
    succession.is_exact as current_is_exact,
    succession.reason_vi as unallocated_reason_vi,
    agencies.valid_from,
    agencies.valid_to,
    agencies.valid_to is null as is_current,
    agencies.certainty
from agencies
inner join succession on agencies.agency_key = succession.agency_key
left join districts on agencies.agency_key = districts.agency_key
left join agencies as parents
    on
        agencies.parent_code = parents.agency_code
        and agencies.valid_from >= parents.valid_from
        and agencies.valid_from < coalesce(parents.valid_to, cast('9999-12-31' as date))
