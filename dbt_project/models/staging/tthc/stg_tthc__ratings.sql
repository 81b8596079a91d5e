{#- No CTE: PostgreSQL flattens a view, so that look-ups by key go by index, only without one. -#}
select
    ma_danh_gia as rating_code,
    coalesce(ma_ho_so, 'unknown') as dossier_code,
    case
        when muc_do_hai_long in ('1', '2', '3', '4', '5') then cast(muc_do_hai_long as integer)
    end as score,
    case kenh_danh_gia
        when '1' then 'national_portal'
        when '2' then 'counter'
        else 'unknown'
    end as rating_channel,
    ngay_danh_gia as rated_at,
    ngay_cap_nhat as updated_at,
    _period,
    _load_id,
    _row_number
from {{ source('tthc', 'ratings') }}
