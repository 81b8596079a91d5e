select
    reports.receipt_no,
    reports.received_on,
    reports.file_name,
    reports.claimed_agency_code,
    reports.form_code,
    reports.reason_code,
    reports.reason_vi
from marts.fct_report as reports
left join marts.dim_agency as agencies
    on
        reports.claimed_agency_code = agencies.agency_code
        and reports.received_on >= agencies.valid_from
        and (agencies.valid_to is null or reports.received_on < agencies.valid_to)
where
    coalesce(agencies.agency_key, reports.agency_key, -1) = :agency_key
    and date_trunc('month', reports.received_on) = :period_start
    and reports.state = 'refused'
    and reports.repeats is null
    and reports.reason_code in (
        'wrong_agency', 'wrong_period', 'unknown_form', 'ambiguous_form', 'form_id_broken',
        'not_owed'
    )
order by reports.receipt_no
