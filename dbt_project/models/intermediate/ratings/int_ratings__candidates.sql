{#- Every version of every rating with the month it counts in. -#}
{{ config(materialized='view') }}

with

ratings as (

    select * from {{ ref('stg_tthc__ratings') }}

)

select
    rating_code,
    dossier_code,
    score,
    {{ month_of(local_date('coalesce(rated_at, updated_at)')) }} as rated_month,
    updated_at,
    _period,
    _load_id,
    _row_number
from ratings
