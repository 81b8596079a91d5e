select
    documents.label_vi,
    documents.version_key,
    documents.publisher_name,
    documents.form_text,
    documents.file_name,
    documents.page_url,
    documents.reading_state,
    documents.reason_vi
from marts.fct_publication_document as documents
where
    documents.responsible_agency_key = :agency_key
    and date_trunc('month', documents.known_on) = :period_start
    and documents.is_current
    and documents.agency_key > 0
    and documents.has_period_conflict
order by documents.version_key
