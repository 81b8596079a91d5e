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
    and case
        when budget_lines.state = 'refused' then 'unreadable'
        when budget_lines.hold_code = 'stale_copy' then 'last_years'
        when budget_lines.hold_code in ('unit_slip', 'cell_slip') then 'wrong_unit'
        when budget_lines.hold_code = 'period_conflict' then 'wrong_period'
        when budget_lines.state = 'held' then 'contradicted'
    end = :problem
order by budget_lines.line_key
