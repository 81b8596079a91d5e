select
    dossier_code,
    procedure_code,
    received_at,
    finished_at,
    returned_at
from marts.fct_dossier
where
    agency_key = :agency_key
    and received_month = :period_start
    and returned_at = received_at
order by dossier_code
