-- Cells of published files whose number is not used, by what is wrong with them.
with cells as (
    select
        documents.responsible_agency_key as agency_key,
        cast(date_trunc('month', documents.known_on) as date) as period_start,
        budget_lines.line_key,
        budget_lines.sheet,
        budget_lines.cell,
        budget_lines.hold_vi,
        documents.label_vi,
        documents.label_en
    from marts.fct_budget_line as budget_lines
    inner join marts.fct_publication_document as documents
        on budget_lines.version_key = documents.version_key
    where
        documents.is_current
        and documents.agency_key > 0
        and case
            when budget_lines.state = 'refused' then 'unreadable'
            when budget_lines.hold_code = 'stale_copy' then 'last_years'
            when budget_lines.hold_code in ('unit_slip', 'cell_slip') then 'wrong_unit'
            when budget_lines.hold_code = 'period_conflict' then 'wrong_period'
            when budget_lines.state = 'held' then 'contradicted'
        end = :problem
        and documents.known_on >= :first_month
        and documents.known_on < :end_month
),

counted as (
    select
        *,
        count(*) over (partition by agency_key, period_start) as record_count,
        row_number() over (partition by agency_key, period_start order by line_key) as place
    from cells
)

select
    agency_key,
    period_start,
    record_count,
    label_vi as title_vi,
    label_en as title,
    coalesce(sheet, '?') as sheet,
    coalesce(cell, '?') as cell,
    coalesce(hold_vi, '?') as reason
from counted
where place = 1
