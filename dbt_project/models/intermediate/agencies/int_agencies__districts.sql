{#-
  To which district a unit belonged in which months. The district of its last day goes on to hold
  what the unit had received and finished later, as the unit's own rows do.
-#}
{{
    config(
        indexes=[{'columns': ['agency_key', 'valid_from'], 'unique': true}],
        post_hook="{{ exclude_overlap(['agency_key']) }}"
    )
}}

with

agencies as (

    select * from {{ ref('int_agencies__all') }}

),

members as (

    select
        units.agency_key,
        districts.agency_key as district_key,
        greatest(units.valid_from, districts.valid_from) as valid_from
    from agencies as units
    inner join agencies as districts
        on
            units.parent_code = districts.agency_code
            and districts.kind = 'district'
            and units.valid_from < coalesce(districts.valid_to, cast('9999-12-31' as date))
            and districts.valid_from < coalesce(units.valid_to, cast('9999-12-31' as date))

)

select
    agency_key,
    district_key,
    valid_from,
    coalesce(
        lead(valid_from) over (partition by agency_key order by valid_from),
        cast('9999-12-31' as date)
    ) as valid_to
from members
