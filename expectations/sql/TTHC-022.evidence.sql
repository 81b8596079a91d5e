select
    dossier_code,
    procedure_code,
    received_at,
    due_at,
    statutory_due_at
from marts.fct_dossier
where
    agency_key = :agency_key
    and received_month = :period_start
    and supplement_count = 0
    and due_at > statutory_due_at + :tolerance_hours * interval '1 hour'
order by dossier_code
