{#-
  How complete the reports are: per form and period (`field_code` empty) and per field of the form.

  Of a form: the agencies that owe it by the ledger or have sent it, those whose report counts, and the share of the
  weight that they answered; whoever sent nothing that counts answered nothing. Of a field: the counted reports that
  were asked for it and those that answered it. Never above 1.
-#}
{{ config(pre_hook="{{ plan_for_many_rows() }}") }}

with

forms as (

    select distinct
        form_code,
        resource
    from {{ ref('report_forms') }}

),

owed as (

    select
        forms.form_code,
        ledger.agency_key,
        ledger.period_type,
        ledger.period_start,
        cast(null as numeric) as completeness,
        0 as is_received,
        0 as is_counted,
        0 as is_hollow
    from {{ ref('stg_ops__ledger') }} as ledger
    inner join forms on ledger.resource_code = forms.resource
    where ledger.source_code = 'agency_reports' and ledger.party = 'agency' and ledger.outcome <> 'excused'

),

sent as (

    select
        form_code,
        agency_key,
        period_type,
        period_start,
        case when is_counted then coalesce(completeness, 0) end as completeness,
        1 as is_received,
        case when is_counted then 1 else 0 end as is_counted,
        case when hollow_kind is not null then 1 else 0 end as is_hollow
    from {{ ref('fct_report') }}
    where is_current

),

both_sides as (

    select * from owed

    union all

    select * from sent

),

agencies as (

    select
        form_code,
        agency_key,
        period_type,
        period_start,
        coalesce(max(completeness), 0) as completeness,
        max(is_received) as is_received,
        max(is_counted) as is_counted,
        max(is_hollow) as is_hollow
    from both_sides
    group by form_code, agency_key, period_type, period_start

),

cells as (

    select * from {{ ref('fct_report_cell') }}

)

select
    form_code,
    period_type,
    period_start,
    cast(null as {{ dbt.type_string() }}) as field_code,
    cast(null as {{ dbt.type_string() }}) as label_vi,
    cast(count(*) as integer) as asked_count,
    cast(sum(is_received) as integer) as received_count,
    cast(sum(is_counted) as integer) as answered_count,
    cast(sum(is_hollow) as integer) as hollow_count,
    cast(0 as integer) as problem_count,
    round(cast(sum(completeness) as numeric) / count(*), 4) as completeness
from agencies
group by form_code, period_type, period_start

union all

select
    form_code,
    period_type,
    period_start,
    field_code,
    max(label_vi) as label_vi,
    cast(count(*) as integer) as asked_count,
    cast(count(*) as integer) as received_count,
    cast(sum(case when is_counted then 1 else 0 end) as integer) as answered_count,
    cast(0 as integer) as hollow_count,
    cast(sum(case when problem_code is not null then 1 else 0 end) as integer) as problem_count,
    round(cast(sum(case when is_counted then 1 else 0 end) as numeric) / count(*), 4) as completeness
from cells
group by form_code, period_type, period_start, field_code
