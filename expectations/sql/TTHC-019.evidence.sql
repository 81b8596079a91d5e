select
    dossier_code,
    unit_code,
    unit_name,
    procedure_code,
    received_at
from marts.fct_dossier
where
    received_month = :period_start
    and (
        is_agency_mapped
        and agency_key = :agency_key
        and unit_code = any(string_to_array(:unit_codes, ', '))
        or not is_agency_mapped
        and unit_code = any(string_to_array(:unmapped_codes, ', '))
    )
order by dossier_code
