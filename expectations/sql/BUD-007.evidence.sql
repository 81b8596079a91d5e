select
    documents.label_vi || ', trang ' || budget_lines.sheet || ', ô ' || budget_lines.cell
        as place_vi,
    budget_lines.line_key,
    budget_lines.form_key,
    budget_lines.sheet,
    budget_lines.cell,
    budget_lines.item_text,
    budget_lines.measure_code,
    budget_lines.published_value,
    budget_lines.hold_vi
from marts.fct_budget_line as budget_lines
inner join marts.fct_publication_document as documents
    on budget_lines.version_key = documents.version_key
where
    documents.responsible_agency_key = :agency_key
    and date_trunc('month', documents.known_on) = :period_start
    and documents.is_current
    and documents.agency_key > 0
    and budget_lines.state = 'held'
    and budget_lines.hold_code not in (
        'stale_copy', 'unit_slip', 'cell_slip', 'period_conflict'
    )
order by budget_lines.line_key
