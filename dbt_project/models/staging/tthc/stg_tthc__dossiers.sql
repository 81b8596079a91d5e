{#- No CTE: PostgreSQL flattens a view, so that look-ups by key go by index, only without one. -#}
select
    ma_ho_so as dossier_code,

    -- <unit code>-<yyMMdd>-<5 digits>; anything else carries no unit
    case
        when {{ matches('ma_ho_so', '^[^-]+-[0-9]{6}-[0-9]{5}$') }}
            then substring(ma_ho_so, 1, length(ma_ho_so) - 13)
    end as unit_code,
    don_vi_xu_ly as unit_name,

    -- 3.000181.000.00.00.H22 is the long form of 3.000181
    case
        when {{ matches('ma_tthc', '^[0-9][.][0-9]{6}[.]') }} then substring(ma_tthc, 1, 8)
        else ma_tthc
    end as procedure_code,
    ma_linh_vuc as field_code,
    case trang_thai_ho_so
        when '1' then 'registered'
        when '2' then 'accepted'
        when '3' then 'refused'
        when '4' then 'in_progress'
        when '5' then 'supplement_requested'
        when '6' then 'payment_requested'
        when '7' then 'withdrawn'
        when '8' then 'stopped'
        when '9' then 'finished'
        when '10' then 'returned'
        else 'unknown'
    end as status_code,
    case kenh_thuc_hien
        when '1' then 'direct'
        when '2' then 'online'
        when '3' then 'post'
        else 'unknown'
    end as channel,
    case loai_doi_tuong
        when '1' then 'citizen'
        when '2' then 'enterprise'
        when '3' then 'state_body'
        when '4' then 'organisation'
        else 'unknown'
    end as applicant_kind,
    case duoc_thanh_toan_truc_tuyen
        when '0' then 'none'
        when '1' then 'national_portal'
        when '2' then 'local_gateway'
        when '3' then 'unpaid'
        else 'unknown'
    end as payment_channel,
    case noi_nop_ho_so
        when '1' then 'national_portal'
        when '2' then 'local_system'
        else 'unknown'
    end as submission_place,
    coalesce(ho_so_co_thanh_phan_so_hoa = '1', false) as is_marked_digitised,
    tai_khoan_duoc_xac_thuc_voi_vneid as vneid_flag,
    ngay_nop_ho_so as submitted_at,
    ngay_tiep_nhan as received_at,
    ngay_hen_tra as due_at,
    ngay_ket_thuc_xu_ly as finished_at,
    ngay_tra as returned_at,
    ngay_tu_choi as rejected_at,
    ngay_cap_nhat as updated_at,
    trich_yeu_class as summary_class,
    giay_to_class as identity_class,
    document_count,
    digitised_document_count,
    reused_document_count,
    result_count,
    linked_result_count,
    input_as_result_count,
    fee_count,
    charged_fee_count,
    supplement_count,
    _date_formats as date_formats,
    _period,
    _load_id,
    _row_number
from {{ source('tthc', 'dossiers') }}
