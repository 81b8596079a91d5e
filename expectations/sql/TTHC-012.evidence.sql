select
    dossier_code,
    procedure_code,
    submitted_at,
    received_at
from marts.fct_dossier
where
    agency_key = :agency_key
    and received_month = :period_start
    and submitted_at = received_at
order by dossier_code
