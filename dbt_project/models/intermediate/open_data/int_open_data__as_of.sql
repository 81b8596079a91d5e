{#- One row: the first and the last day of which a complete snapshot is held; NULL before any. -#}
{{ config(materialized='view') }}

select
    min(checked_on) as first_day,
    max(checked_on) as last_day,
    max(newest_load_id) as newest_load_id
from {{ ref('int_open_data_days__loaded') }}
where is_complete
