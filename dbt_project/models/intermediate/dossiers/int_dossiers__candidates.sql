{#- Every version of every dossier with the months it would count in and its procedure's version. -#}
{{ config(materialized='view') }}
{#- No CTE: PostgreSQL flattens a view, so that look-ups by key go by index, only without one. -#}

select
    dossiers.dossier_code,
    dossiers.updated_at,
    dossiers.status_code,
    dossiers.due_at,
    dossiers.finished_at,
    {{ month_of(local_date('dossiers.received_at')) }} as received_month,

    -- a finished dossier without its time counts when the source last touched it, not never
    case
        when dossiers.status_code in ('finished', 'returned')
            then {{ month_of(local_date(
                'coalesce(dossiers.finished_at, dossiers.returned_at, dossiers.updated_at)'
            )) }}
    end as finished_month,
    coalesce(
        procedures.procedure_version, coalesce(dossiers.procedure_code, '') || ':none'
    ) as procedure_version,
    dossiers._period,
    dossiers._load_id,
    dossiers._row_number
from {{ ref('int_dossiers__corrected') }} as dossiers
left join {{ ref('int_procedures__resolved') }} as procedures
    on dossiers.procedure_code = procedures.procedure_code
