{#- A delivery that two loads hold (a month and one of its days) stands here as the newest load has it. -#}
with

submissions as (

    select * from {{ source('agency_reports', 'submissions') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by submission_id order by _load_id desc, _period desc, _row_number asc
        ) as recency
    from submissions

)

select
    submission_id,
    _file_sha256 as file_sha256,
    receipt_no,
    door,
    received_at,
    {{ local_date('received_at') }} as received_on,
    nullif(claimed_agency_code, '') as claimed_agency_code,
    file_name,
    nullif(file_kind, '') as file_kind,
    byte_count,
    agency_key,
    nullif(agency_code, '') as agency_code,
    nullif(form_code, '') as form_code,
    form_version,
    nullif(form_id_state, '') as form_id_state,
    nullif(period_type, '') as period_type,
    period_start,
    nullif(value_status, '') as value_status,
    state,
    -- that a report is copied takes the others: it is decided anew from all of them
    case when hollow_kind in ('empty', 'zero') then hollow_kind end as hollow_kind,
    nullif(reason_code, '') as reason_code,
    nullif(reason_vi, '') as reason_vi,
    nullif(remark_codes, '') as remark_codes,
    coalesce(asked_count, 0) as asked_count,
    coalesce(required_count, 0) as required_count,
    coalesce(filled_count, 0) as filled_count,
    coalesce(accepted_count, 0) as accepted_count,
    coalesce(problem_count, 0) as problem_count,
    completeness,
    nullif(judged_with, '') as judged_with,
    _period,
    _load_id,
    _row_number
from ranked
where recency = 1
