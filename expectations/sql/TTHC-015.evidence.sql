select
    dossier_code,
    procedure_code,
    received_at,
    due_at,
    statutory_due_at,
    finished_at,
    supplement_wait_days,
    is_on_time_system,
    is_on_time_recomputed
from marts.fct_dossier
where
    agency_key = :agency_key
    and received_month = :period_start
    and is_on_time_system
    and not is_on_time_recomputed
order by dossier_code
