select
    case
        when dataset_count = 0 then 'chưa có bộ dữ liệu nào'
        else live_dataset_count || ' trên ' || dataset_count || ' bộ đang công khai tải được'
    end as datasets,
    agency_key,
    checked_on,
    is_obliged,
    dataset_count,
    live_dataset_count,
    has_live_dataset
from marts.fct_open_data_publisher
where agency_key = :agency_key and checked_on = :checked_on
