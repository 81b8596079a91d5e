select
    dossier_code,
    procedure_code,
    received_at,
    channel,
    vneid_flag
from marts.fct_dossier
where agency_key = :agency_key and received_month = :period_start and vneid_flag = '1'
order by dossier_code
