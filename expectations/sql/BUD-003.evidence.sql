select
    label_vi,
    publication_key,
    due_on,
    published_on,
    days_late,
    missing_form_keys,
    legal_basis
from marts.fct_publication
where
    responsible_agency_key = :agency_key
    and date_trunc('month', due_on) = :period_start
    and state = 'incomplete'
    and is_expected
order by publication_key
