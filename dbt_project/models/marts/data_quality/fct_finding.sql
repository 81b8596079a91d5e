with

findings as (

    select * from {{ ref('stg_ops__findings') }}

),

agencies as (

    select * from {{ ref('dim_agency') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

)

select
    findings.finding_key,
    findings.rule_id,
    findings.agency_key,
    agencies.name_vi as agency_name_vi,
    findings.source_code as source,
    findings.indicator_code,
    indicators.name_vi as indicator_name_vi,
    findings.period_start,
    findings.severity,
    findings.observed,
    findings.expected,
    findings.record_count,
    findings.sentence_vi,
    findings.sentence_en,
    findings.evidence_sql,
    findings.first_seen_at,
    findings.last_seen_at,
    findings.cleared_at,
    findings.is_open
from findings
left join agencies on findings.agency_key = agencies.agency_key
left join indicators on findings.indicator_code = indicators.indicator_code
