{#-
  With whom the figures of each agency stand on each day: with the agency itself while it exists,
  then with its heirs. Only whole successions are followed: one successor and a share of 1. Where one
  is divided, or nothing is known, the figures go to an unallocated node (negative key), the declared
  one or -4, and the reason is told; no share is invented and a stated share divides no figure.
  A day belongs to exactly one row; the last row of an agency is open-ended.
-#}
{{
    config(
        indexes=[{'columns': ['agency_key', 'heir_from'], 'unique': true}],
        post_hook="{{ exclude_overlap(['agency_key'], 'heir_from', 'heir_to') }}"
    )
}}

with recursive

agencies as (

    select * from {{ ref('int_agencies__all') }}

),

succession as (

    select * from {{ ref('agency_succession') }}

),

-- what is said about the end of each agency, in one row
endings as (

    select
        succession.predecessor_key,
        count(*) as edge_count,
        count(succession.share) as share_count,
        max(succession.successor_key) as successor_key,
        max(succession.share) as share,
        max({{ certainty_rank('succession.certainty') }}) as certainty_rank,
        {{ dbt.listagg('heirs.name_vi', "'; '", 'order by succession.successor_key') }} as heir_names,
        {{ dbt.listagg('succession.note', "'; '", 'order by succession.successor_key') }} as notes
    from succession
    inner join agencies as heirs on succession.successor_key = heirs.agency_key
    group by succession.predecessor_key

),

whole_steps as (

    select
        endings.predecessor_key,
        endings.successor_key,
        endings.certainty_rank,
        agencies.valid_to
    from endings
    inner join agencies on endings.successor_key = agencies.agency_key
    where endings.edge_count = 1 and endings.share = 1 and endings.successor_key > 0

),

chain as (

    select
        agency_key,
        agency_key as heir_key,
        valid_from as heir_from,
        valid_to as heir_to,
        0 as steps,
        0 as certainty_rank
    from agencies

    union all

    -- an heir must outlive the one before it: a circle in the data ends here
    select
        chain.agency_key,
        whole_steps.successor_key as heir_key,
        chain.heir_to as heir_from,
        whole_steps.valid_to as heir_to,
        chain.steps + 1 as steps,
        greatest(chain.certainty_rank, whole_steps.certainty_rank) as certainty_rank
    from chain
    inner join whole_steps on chain.heir_key = whole_steps.predecessor_key
    where
        chain.steps < {{ var('succession_max_steps') }}
        and chain.heir_to is not null
        and (whole_steps.valid_to is null or whole_steps.valid_to > chain.heir_to)

),

numbered as (

    select
        *,
        row_number() over (partition by agency_key order by steps desc) as from_the_end
    from chain

),

stopped as (

    select
        numbered.agency_key,
        numbered.heir_to,
        numbered.steps,
        numbered.certainty_rank,
        last_heirs.name_vi as last_name,
        endings.edge_count,
        endings.share_count,
        endings.successor_key,
        endings.share,
        endings.heir_names,
        endings.notes,
        endings.certainty_rank as ending_rank
    from numbered
    inner join agencies as last_heirs on numbered.heir_key = last_heirs.agency_key
    left join endings on numbered.heir_key = endings.predecessor_key
    where numbered.from_the_end = 1 and numbered.heir_to is not null

),

unallocated as (

    select
        agency_key,
        case when edge_count = 1 and successor_key < 0 then successor_key else -4 end as heir_key,
        heir_to as heir_from,
        steps + 1 as steps,
        greatest(certainty_rank, coalesce(ending_rank, {{ certainty_rank("'open'") }})) as certainty_rank,
        case when steps > 0 then 'Qua ' || last_name || ': ' else '' end
        || case
            when edge_count is null then 'Kết thúc mà chưa rõ cơ quan nào kế thừa'
            when edge_count = 1 and successor_key < 0 then coalesce(notes, 'Chưa phân bổ')
            when edge_count = 1 and share = 1 then 'Chuỗi kế thừa quá dài hoặc quay vòng'
            when edge_count = 1 then 'Không chuyển trọn sang ' || heir_names || coalesce(': ' || notes, '')
            when share_count = edge_count
                then
                    'Chia cho ' || heir_names || ' theo tỷ lệ đã nêu; số liệu không chia theo tỷ lệ'
                    || coalesce(': ' || notes, '')
            else 'Chia cho ' || heir_names || ' mà không đủ tỷ lệ' || coalesce(': ' || notes, '')
        end as reason_vi
    from stopped

)

select
    chain.agency_key,
    chain.heir_key,
    chain.heir_from,
    chain.heir_to,
    chain.steps,
    cast(1 as numeric) as share,
    chain.heir_key > 0 as is_exact,
    {{ certainty_of_rank('chain.certainty_rank') }} as certainty,
    case when chain.heir_key < 0 then agencies.note end as reason_vi
from chain
inner join agencies on chain.agency_key = agencies.agency_key

union all

select
    agency_key,
    heir_key,
    heir_from,
    cast(null as date) as heir_to,
    steps,
    cast(null as numeric) as share,
    false as is_exact,
    {{ certainty_of_rank('certainty_rank') }} as certainty,
    reason_vi
from unallocated
