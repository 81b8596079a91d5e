{#- No CTE: PostgreSQL flattens a view, so that look-ups by key go by index, only without one. -#}
select
    case
        when {{ matches('procedures.ma_tthc', '^[0-9][.][0-9]{6}[.]') }}
            then substring(procedures.ma_tthc, 1, 8)
        else procedures.ma_tthc
    end as procedure_code,
    procedures.ten_tthc as name_vi,
    procedures.ma_linh_vuc as field_code,
    procedures.ten_linh_vuc as field_name_vi,
    procedures.ma_don_vi as unit_code,
    procedures.ten_don_vi as unit_name,

    -- the words of the regime of that month; one of another regime is unknown
    coalesce(levels.service_level, 'unknown') as service_level,
    coalesce(procedures.du_dieu_kien = '1', false) as is_eligible,
    procedures.thoi_gian_giai_quyet as statutory_days,
    case {{ fold_accents('procedures.don_vi_tinh') }}
        when 'ngay lam viec' then 'working_day'
        when 'ngay' then 'day'
        when 'gio' then 'hour'
        else 'unknown'
    end as statutory_unit,
    procedures.result_kind_count > 0 as yields_result,
    procedures.charged_fee_count > 0 as has_fee,
    procedures._period,
    procedures._load_id,
    procedures._row_number
from {{ source('tthc', 'procedures') }} as procedures
left join {{ ref('service_levels') }} as levels
    on
        {{ fold_accents('procedures.muc_do') }} = {{ fold_accents('levels.label_vi') }}
        and (
            levels.valid_from is null
            or cast(substring(procedures._period, 1, 7) || '-01' as date) >= levels.valid_from
        )
        and (
            levels.valid_to is null
            or cast(substring(procedures._period, 1, 7) || '-01' as date) < levels.valid_to
        )
