-- Files refused again and again for one kind of slip: another agency's form, or form or period.
-- The door knows who sent them; a file sent twice counts once.
with senders as (
    select
        reports.receipt_no,
        reports.file_name,
        reports.reason_vi,
        reports.reason_code,
        cast(date_trunc('month', reports.received_on) as date) as period_start,
        coalesce(agencies.agency_key, reports.agency_key, -1) as agency_key
    from marts.fct_report as reports
    left join marts.dim_agency as agencies
        on
            reports.claimed_agency_code = agencies.agency_code
            and reports.received_on >= agencies.valid_from
            and (agencies.valid_to is null or reports.received_on < agencies.valid_to)
    where
        reports.state = 'refused'
        and reports.repeats is null
        and reports.reason_code in (
            'wrong_agency', 'wrong_period', 'unknown_form', 'ambiguous_form', 'form_id_broken',
            'not_owed'
        )
        and reports.received_on >= :first_month
        and reports.received_on < :end_month
)

select
    agency_key,
    period_start,
    count(*) as record_count,
    left(string_agg(distinct reason_vi, ' '), 600) as reasons_vi,
    string_agg(distinct reason_code, ', ') as reasons,
    min(file_name) as file_name
from senders
group by agency_key, period_start
having count(*) >= :least_files
