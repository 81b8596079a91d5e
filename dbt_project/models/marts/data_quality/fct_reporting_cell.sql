with

ledger as (

    select * from {{ ref('stg_ops__ledger') }}

),

agencies as (

    select * from {{ ref('dim_agency') }}

),

days as (

    select
        date_day,
        working_day_number
    from {{ ref('dim_date') }}

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
    ledger.rejected_count,
    ledger.received_on,
    case when ledger.outcome = 'accepted' then ledger.received_on <= ledger.due_on end
        as is_on_time,
    case
        when ledger.received_on > ledger.due_on
            then receipt_days.working_day_number - due_days.working_day_number
    end as working_days_late,
    ledger.completeness
from ledger
left join agencies on ledger.agency_key = agencies.agency_key
left join days as due_days on ledger.due_on = due_days.date_day
left join days as receipt_days on ledger.received_on = receipt_days.date_day
