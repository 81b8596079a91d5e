{#-
  Under which folded names publishers sign, and from when until when: today's names, the spellings of the
  communes to 2024, and names of the source's own. A name that two publishers bore at one time is ambiguous and means neither.
-#}
with

agencies as (

    select * from {{ ref('int_agencies__all') }}
    where agency_key > 0

),

levels as (

    select distinct
        publisher_kinds,
        publisher_level
    from {{ ref('budget_disclosure_rules') }}

),

early_communes as (

    select * from {{ ref('communes_2021_2024') }}

),

source_names as (

    select * from {{ ref('agency_source_codes') }}
    where source = 'budget_publications'

),

publishers as (

    select
        agencies.agency_key,
        agencies.agency_code,
        agencies.kind,
        levels.publisher_level,
        {{ fold_publisher_name('agencies.name_vi') }} as name_folded,
        agencies.valid_from,
        coalesce(agencies.valid_to, cast('9999-12-31' as date)) as valid_to
    from agencies
    inner join levels on ';' || levels.publisher_kinds || ';' like '%;' || agencies.kind || ';%'

),

spelt as (

    select
        agency_key,
        publisher_level,
        name_folded,
        valid_from,
        valid_to
    from publishers

    union

    select
        publishers.agency_key,
        publishers.publisher_level,
        {{ fold_publisher_name('early_communes.name_2024') }} as name_folded,
        publishers.valid_from,
        publishers.valid_to
    from publishers
    inner join early_communes
        on
            publishers.kind = 'commune'
            and publishers.agency_code = early_communes.code_2024
            and publishers.valid_from < cast('2025-01-01' as date)

    union

    select
        publishers.agency_key,
        publishers.publisher_level,
        {{ fold_publisher_name('source_names.unit_code') }} as name_folded,
        greatest(publishers.valid_from, source_names.valid_from) as valid_from,
        least(publishers.valid_to, coalesce(source_names.valid_to, publishers.valid_to)) as valid_to
    from publishers
    inner join source_names
        on
            publishers.agency_code = source_names.agency_code
            and publishers.valid_to > source_names.valid_from
            and publishers.valid_from < coalesce(source_names.valid_to, publishers.valid_to)

),

shared as (

    select distinct
        one.agency_key,
        one.name_folded
    from spelt as one
    inner join spelt as other
        on
            one.name_folded = other.name_folded
            and one.agency_key <> other.agency_key
            and one.valid_from < other.valid_to
            and one.valid_to > other.valid_from

)

select
    spelt.agency_key,
    spelt.publisher_level,
    spelt.name_folded,
    spelt.valid_from,
    spelt.valid_to,
    shared.agency_key is not null as is_ambiguous
from spelt
left join shared on spelt.agency_key = shared.agency_key and spelt.name_folded = shared.name_folded
