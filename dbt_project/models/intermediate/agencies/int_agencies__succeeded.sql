{#-
  Where the figures of each agency stand on today's map. Only whole successions are followed: one
  successor and a share of 1, or a declared "unallocated" node (negative key). An agency that ended
  without such a successor goes to the node for divided agencies; no share is invented.
-#}
with recursive

agencies as (

    select * from {{ ref('int_agencies__all') }}

),

succession as (

    select * from {{ ref('agency_succession') }}

),

whole_steps as (

    select
        predecessor_key,
        max(successor_key) as successor_key
    from succession
    group by predecessor_key
    having count(*) = 1 and (max(share) = 1 or max(successor_key) < 0)

),

walked as (

    select
        agency_key,
        agency_key as reached_key,
        0 as steps
    from agencies

    union all

    select
        walked.agency_key,
        whole_steps.successor_key as reached_key,
        walked.steps + 1 as steps
    from walked
    inner join whole_steps on walked.reached_key = whole_steps.predecessor_key
    where walked.steps < 10

),

furthest as (

    select
        agency_key,
        max(steps) as steps
    from walked
    group by agency_key

)

select
    walked.agency_key,
    case
        when reached.valid_to is null then walked.reached_key
        else -4
    end as current_agency_key,
    walked.steps
from walked
inner join furthest
    on walked.agency_key = furthest.agency_key and walked.steps = furthest.steps
inner join agencies as reached on walked.reached_key = reached.agency_key
