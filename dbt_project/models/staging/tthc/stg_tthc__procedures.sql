{#- No CTE: PostgreSQL flattens a view, so that look-ups by key go by index, only without one. -#}
select
    case
        when {{ matches('ma_tthc', '^[0-9][.][0-9]{6}[.]') }} then substring(ma_tthc, 1, 8)
        else ma_tthc
    end as procedure_code,
    ten_tthc as name_vi,
    ma_linh_vuc as field_code,
    ten_linh_vuc as field_name_vi,
    ma_don_vi as unit_code,
    ten_don_vi as unit_name,
    case {{ fold_accents('muc_do') }}
        when 'toan trinh' then 'full'
        when 'mot phan' then 'partial'
        when 'truc tiep' then 'none'
        else 'unknown'
    end as service_level,
    coalesce(du_dieu_kien = '1', false) as is_eligible,
    thoi_gian_giai_quyet as statutory_days,
    case {{ fold_accents('don_vi_tinh') }}
        when 'ngay lam viec' then 'working_day'
        when 'ngay' then 'day'
        when 'gio' then 'hour'
        else 'unknown'
    end as statutory_unit,
    result_kind_count > 0 as yields_result,
    charged_fee_count > 0 as has_fee,
    _period,
    _load_id,
    _row_number
from {{ source('tthc', 'procedures') }}
