select
    dossier_code,
    unit_code,
    procedure_code,
    received_at
from marts.fct_dossier
where
    received_month = :period_start
    and not is_agency_mapped
    and unit_code = any(string_to_array(:unit_codes, ', '))
order by dossier_code
