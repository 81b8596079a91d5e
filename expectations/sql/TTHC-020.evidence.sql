select
    dossier_code,
    procedure_code,
    received_at,
    document_count,
    digitised_document_count
from marts.fct_dossier
where
    agency_key = :agency_key
    and received_month = :period_start
    and is_flagged_digitised
    and digitised_document_count = 0
order by dossier_code
