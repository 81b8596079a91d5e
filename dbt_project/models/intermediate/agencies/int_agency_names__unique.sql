{#-
  Folded names that mean one agency at a time: the fall-back where a dossier code has no known unit.
  Agencies that bore one name at the same time (two communes Chiềng Chung) are all left out.
  The province and the districts are sums of others: a district's name means its desk.
-#}
{{ config(post_hook="{{ exclude_overlap(['name_folded']) }}") }}

with

agencies as (

    select
        agency_key,
        {{ fold_unit_name('name_vi') }} as name_folded,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('int_agencies__all') }}
    where agency_key > 0 and kind not in ('province', 'district')

),

shared as (

    select distinct one.agency_key
    from agencies as one
    inner join agencies as other
        on
            one.name_folded = other.name_folded
            and one.agency_key <> other.agency_key
            and one.valid_from < other.valid_to
            and one.valid_to > other.valid_from

)

select agencies.*
from agencies
left join shared on agencies.agency_key = shared.agency_key
where shared.agency_key is null
