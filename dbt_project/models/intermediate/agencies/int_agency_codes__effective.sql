{#- Which agency a unit code of the source meant on which days. -#}
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

)

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
