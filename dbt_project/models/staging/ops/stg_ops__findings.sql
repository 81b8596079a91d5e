with

findings as (

    select * from {{ source('ops', 'finding') }}

)

select
    finding_key,
    rule_id,
    agency_key,
    source as source_code,
    indicator_code,
    period_start,
    severity,
    observed,
    expected,
    record_count,
    sentence_vi,
    sentence_en,
    evidence_sql,
    first_seen_at,
    last_seen_at,
    cleared_at,
    cleared_at is null as is_open
from findings
