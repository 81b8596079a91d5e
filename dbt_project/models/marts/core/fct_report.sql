{#- Every delivery of a report, and whether it is the one that counts. -#}
{{
    config(
        indexes=[
            {'columns': ['receipt_no'], 'unique': true},
            {'columns': ['agency_key', 'resource', 'period_start']},
        ]
    )
}}

with

reports as (

    select * from {{ ref('int_reports__judged') }}

)

select
    submission_id,
    receipt_no,
    door,
    received_at,
    received_on,
    claimed_agency_code,
    agency_key,
    agency_code,
    form_code,
    resource,
    form_version,
    form_id_state,
    period_type,
    period_start,
    period_end,
    value_status,
    state,
    hollow_kind,
    copied_from,
    reason_code,
    reason_vi,
    asked_count,
    filled_count,
    accepted_count,
    problem_count,
    completeness,
    repeats,
    is_current,
    is_counted,
    superseded_by,
    file_sha256,
    file_name
from reports
