{#- The agencies of the seed and the rows that no register has: unknown, and unallocated. -#}
with

agencies as (

    select * from {{ ref('agencies') }}

),

technical as (

    select
        -1 as agency_key,
        'KXD' as agency_code,
        'Không xác định' as name_vi,
        'Unknown' as name_en,
        'Mã đơn vị trong hồ sơ không có trong danh mục ngày tiếp nhận' as note

    union all

    select
        -4 as agency_key,
        'CPB-KHAC' as agency_code,
        'Chưa phân bổ (sở, ngành chia tách)' as name_vi,
        'Unallocated (departments divided)' as name_en,
        'Cơ quan cũ được chia cho nhiều cơ quan mà không có tỷ lệ' as note

)

select
    agency_key,
    agency_code,
    name_vi,
    name_en,
    kind,
    parent_code,
    level_rank,
    valid_from,
    valid_to,
    certainty,
    note
from agencies

union all

select
    agency_key,
    agency_code,
    name_vi,
    name_en,
    'public_unit' as kind,
    null as parent_code,
    9 as level_rank,
    cast('{{ var("calendar_from") }}' as date) as valid_from,
    null as valid_to,
    'open' as certainty,
    note
from technical
