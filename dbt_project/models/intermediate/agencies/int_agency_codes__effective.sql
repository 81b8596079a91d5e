{#-
  Which agency a unit code of the source meant on which days. After its unit had ended, a code that
  nobody else had taken over means the unit's heir of that day, if there is one exact heir.
-#}
{{
    config(
        indexes=[{'columns': ['unit_code', 'valid_from'], 'unique': true}],
        post_hook="{{ exclude_overlap(['unit_code']) }}"
    )
}}

with

codes as (

    select * from {{ ref('agency_source_codes') }}
    where source = 'tthc'

),

agencies as (

    select * from {{ ref('int_agencies__all') }}

),

succession as (

    select * from {{ ref('int_agencies__succeeded') }}

),

valid_codes as (

    select
        codes.unit_code,
        agencies.agency_key,
        greatest(codes.valid_from, agencies.valid_from) as valid_from,
        least(
            coalesce(codes.valid_to, cast('9999-12-31' as date)),
            coalesce(agencies.valid_to, cast('9999-12-31' as date))
        ) as valid_to
    from codes
    inner join agencies
        on
            codes.agency_code = agencies.agency_code
            and codes.valid_from < coalesce(agencies.valid_to, cast('9999-12-31' as date))
            and agencies.valid_from < coalesce(codes.valid_to, cast('9999-12-31' as date))

),

followed as (

    select
        unit_code,
        agency_key,
        valid_to as ended_on,
        coalesce(
            lead(valid_from) over (partition by unit_code order by valid_from),
            cast('9999-12-31' as date)
        ) as taken_over_on
    from valid_codes

)

select
    unit_code,
    agency_key,
    valid_from,
    valid_to,
    'code' as agency_mapping
from valid_codes

union all

select
    followed.unit_code,
    succession.heir_key as agency_key,
    greatest(followed.ended_on, succession.heir_from) as valid_from,
    least(
        followed.taken_over_on, coalesce(succession.heir_to, cast('9999-12-31' as date))
    ) as valid_to,
    'heir_of_code' as agency_mapping
from followed
inner join succession
    on
        followed.agency_key = succession.agency_key
        and followed.ended_on < coalesce(succession.heir_to, cast('9999-12-31' as date))
        and followed.taken_over_on > succession.heir_from
where succession.is_exact and followed.ended_on < followed.taken_over_on
