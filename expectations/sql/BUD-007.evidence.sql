select
    lines.line_key,
    documents.label_vi,
    lines.form_key,
    lines.sheet,
    lines.cell,
    lines.item_text,
    lines.measure_code,
    lines.published_value,
    lines.hold_vi
from marts.fct_budget_line as lines
inner join marts.fct_publication_document as documents
    on lines.version_key = documents.version_key
where
    documents.responsible_agency_key = :agency_key
    and date_trunc('month', documents.known_on) = :period_start
    and documents.is_current
    and documents.agency_key > 0
    and lines.state = 'held'
    and lines.hold_code not in ('stale_copy', 'unit_slip', 'cell_slip', 'period_conflict')
order by lines.line_key
