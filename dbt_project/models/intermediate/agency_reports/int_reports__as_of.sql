{#- One row: the last day of which the warehouse has taken in what was delivered; NULL before any. -#}
{{ config(materialized='view') }}

with

loads as (

    select
        load_id,
        cast(rpad(period, 10, '-01-01') as date) as window_start,
        length(period) as precision
    from {{ source('ops', 'load') }}
    where
        source = 'agency_reports' and resource = 'submissions'
        and {{ matches('period', '^[0-9]{4}(-[0-9]{2}){0,2}$') }}

)

select
    max(
        {{ add_days(
            "case precision when 4 then " ~ add_months('window_start', 12)
            ~ " when 7 then " ~ add_months('window_start', 1)
            ~ " else " ~ add_days('window_start', 1) ~ " end",
            -1
        ) }}
    ) as last_day,
    max(load_id) as newest_load_id
from loads
