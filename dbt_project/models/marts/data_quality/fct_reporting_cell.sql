with

ledger as (

    select * from {{ ref('stg_ops__ledger') }}

),

agencies as (

    select * from {{ ref('dim_agency') }}

)

select
    ledger.source_code as source,
    ledger.resource_code as resource,
    ledger.party,
    ledger.agency_key,
    agencies.current_agency_key,
    ledger.period_type,
    ledger.period_start,
    ledger.period_end,
    ledger.due_on,
    ledger.outcome,
    ledger.cause,
    ledger.reason_vi,
    ledger.row_count,
    ledger.rejected_count
from ledger
left join agencies on ledger.agency_key = agencies.agency_key
