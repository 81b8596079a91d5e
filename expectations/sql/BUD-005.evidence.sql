select
    documents.version_key,
    documents.label_vi,
    documents.publisher_name,
    documents.form_text,
    documents.file_name,
    documents.page_url,
    documents.reading_state,
    documents.reason_vi
from marts.fct_publication_document as documents
where
    date_trunc('month', documents.known_on) = :period_start
    and documents.is_current
    and documents.reading_state = 'unknown_form'
order by documents.version_key
