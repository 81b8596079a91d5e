select
    dossier_code,
    procedure_code,
    received_at,
    due_at,
    finished_at
from marts.fct_dossier
where
    agency_key = :agency_key
    and finished_month = :period_start
    and is_finished
    and finished_at >= :busiest_hour
    and finished_at < :busiest_hour + interval '1 hour'
order by dossier_code
