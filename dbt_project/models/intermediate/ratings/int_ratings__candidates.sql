{#- Every version of every rating with the month it counts in. -#}
{{ config(materialized='view') }}
{#- No CTE: PostgreSQL flattens a view, so that look-ups by key go by index, only without one. -#}

select
    rating_code,
    dossier_code,
    score,
    {{ month_of(local_date('coalesce(rated_at, updated_at)')) }} as rated_month,
    updated_at,
    _period,
    _load_id,
    _row_number
from {{ ref('stg_tthc__ratings') }}
