{#- No CTE: PostgreSQL flattens a view, so that look-ups by key go by index, only without one. -#}
select
    ma_ho_so as dossier_code,
    ngay_cap_nhat as updated_at,
    ho_so_bo_sung_id as supplement_code,
    ngay_bo_sung as requested_at,
    ngay_tiep_nhan_bo_sung as answered_at,
    _load_id
from {{ source('tthc', 'supplements') }}
