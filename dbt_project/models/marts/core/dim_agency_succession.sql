{{ config(indexes=[{'columns': ['agency_key', 'heir_from']}, {'columns': ['heir_key']}]) }}

with

agencies as (

    select * from {{ ref('int_agencies__all') }}

),

carriers as (

    select * from {{ ref('int_agencies__succeeded') }}

),

lineage as (

    select * from {{ ref('int_agencies__lineage') }}

),

heirs as (

    select
        agency_key,
        heir_key,
        heir_from,
        heir_to,
        true as carries_figures,
        is_exact,
        share,
        steps,
        certainty,
        reason_vi
    from carriers

    union all

    -- those who took over a part: shown, but no figure is divided
    select
        lineage.agency_key,
        lineage.heir_key,
        lineage.heir_from,
        lineage.heir_to,
        false as carries_figures,
        false as is_exact,
        lineage.share,
        lineage.steps,
        lineage.certainty,
        case
            when lineage.share is null then 'Nhận một phần, không có tỷ lệ; số liệu ở nút chưa phân bổ'
            else 'Nhận một phần theo tỷ lệ đã nêu; số liệu không chia, ở nút chưa phân bổ'
        end as reason_vi
    from lineage
    left join carriers
        on lineage.agency_key = carriers.agency_key and lineage.heir_key = carriers.heir_key
    where carriers.agency_key is null

)

select
    heirs.agency_key,
    agencies.agency_code,
    agencies.name_vi as agency_name_vi,
    heirs.heir_key,
    heir_agencies.agency_code as heir_code,
    heir_agencies.name_vi as heir_name_vi,
    heirs.heir_from,
    heirs.heir_to,
    heirs.carries_figures,
    heirs.is_exact,
    heirs.share,
    heirs.steps,
    heirs.certainty,
    heirs.reason_vi
from heirs
inner join agencies on heirs.agency_key = agencies.agency_key
inner join agencies as heir_agencies on heirs.heir_key = heir_agencies.agency_key
