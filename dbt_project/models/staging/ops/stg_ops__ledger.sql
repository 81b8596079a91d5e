with

ledger as (

    select * from {{ source('ops', 'ledger') }}

)

select
    source as source_code,
    resource as resource_code,
    case when agency_key = {{ province_key() }} then 'system' else 'agency' end as party,
    agency_key,
    period_type,
    period_start,
    case period_type
        when 'day' then {{ add_days('period_start', 1) }}
        when 'month' then {{ add_months('period_start', 1) }}
        when 'quarter' then {{ add_months('period_start', 3) }}
        when 'half_year' then {{ add_months('period_start', 6) }}
        else {{ add_months('period_start', 12) }}
    end as period_end,
    due_on,
    outcome,
    cause,
    reason as reason_vi,
    row_count,
    rejected_count,
    received_on,
    completeness
from ledger
