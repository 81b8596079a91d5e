{#-
  Every heir of each agency that ended, along all edges, whole or not, with the stated share: the
  product along a way, the sum over ways; empty as soon as one edge states none. It tells where the
  parts went; with whom figures stand is int_agencies__succeeded's to say.
-#}
with recursive

agencies as (

    select * from {{ ref('int_agencies__all') }}

),

edges as (

    select
        succession.predecessor_key,
        succession.successor_key,
        succession.share,
        {{ certainty_rank('succession.certainty') }} as certainty_rank,
        heirs.valid_from,
        heirs.valid_to
    from {{ ref('agency_succession') }} as succession
    inner join agencies as heirs on succession.successor_key = heirs.agency_key
    where succession.successor_key > 0

),

ways as (

    select
        predecessor_key as agency_key,
        successor_key as heir_key,
        valid_from as heir_from,
        valid_to as heir_to,
        1 as steps,
        share,
        certainty_rank
    from edges

    union all

    select
        ways.agency_key,
        edges.successor_key as heir_key,
        edges.valid_from as heir_from,
        edges.valid_to as heir_to,
        ways.steps + 1 as steps,
        ways.share * edges.share as share,
        greatest(ways.certainty_rank, edges.certainty_rank) as certainty_rank
    from ways
    inner join edges on ways.heir_key = edges.predecessor_key
    where ways.steps < {{ var('succession_max_steps') }} and edges.valid_from > ways.heir_from

)

select
    agency_key,
    heir_key,
    heir_from,
    heir_to,
    min(steps) as steps,
    case when count(share) = count(*) then sum(share) end as share,
    {{ certainty_of_rank('max(certainty_rank)') }} as certainty
from ways
group by agency_key, heir_key, heir_from, heir_to
