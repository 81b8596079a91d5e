{#-
  By which ids and names the portal may mean an agency, and from when until when: ids, short names and titles of
  the source's own (seed agency_source_codes), and the agencies' names. What two agencies bore at one time is
  ambiguous and means neither.
-#}
with

agencies as (

    select
        agency_key,
        agency_code,
        name_vi,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('int_agencies__all') }}
    where agency_key > 0

),

source_codes as (

    select * from {{ ref('agency_source_codes') }}
    where source = 'open_data_portal'

),

spelt as (

    select
        'name' as match_kind,
        {{ fold_publisher_id('name_vi') }} as words,
        agency_key,
        valid_from,
        valid_to
    from agencies

    union

    select
        'code' as match_kind,
        {{ fold_publisher_id('source_codes.unit_code') }} as words,
        agencies.agency_key,
        greatest(agencies.valid_from, source_codes.valid_from) as valid_from,
        least(agencies.valid_to, coalesce(source_codes.valid_to, agencies.valid_to)) as valid_to
    from agencies
    inner join source_codes
        on
            agencies.agency_code = source_codes.agency_code
            and agencies.valid_to > source_codes.valid_from
            and agencies.valid_from < coalesce(source_codes.valid_to, agencies.valid_to)

),

shared as (

    select distinct
        one.match_kind,
        one.agency_key,
        one.words
    from spelt as one
    inner join spelt as other
        on
            one.match_kind = other.match_kind
            and one.words = other.words
            and one.agency_key <> other.agency_key
            and one.valid_from < other.valid_to
            and one.valid_to > other.valid_from

)

select
    spelt.match_kind,
    spelt.words,
    spelt.agency_key,
    spelt.valid_from,
    spelt.valid_to,
    shared.agency_key is not null as is_ambiguous
from spelt
left join shared
    on
        spelt.match_kind = shared.match_kind
        and spelt.words = shared.words
        and spelt.agency_key = shared.agency_key
