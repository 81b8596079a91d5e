select
    dossier_code,
    procedure_code,
    received_at,
    due_at,
    status_code
from marts.fct_dossier
where
    agency_key = :agency_key
    and received_month = :period_start
    and status_code not in ('registered', 'refused')
    and due_at is null
order by dossier_code
