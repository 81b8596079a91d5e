{#- One row: the first and the last day of publishing that the warehouse has looked at; NULL before any. -#}
{{ config(materialized='view') }}

select
    min(date_day) as first_day,
    max(date_day) as last_day,
    max(load_id) as newest_load_id
from {{ ref('int_budget_windows__loaded') }}
where is_loaded
