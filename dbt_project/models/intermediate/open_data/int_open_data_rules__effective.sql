{#- The rules that are asked on each judged day. -#}
{{ config(materialized='view') }}

with

rules as (

    select * from {{ ref('open_data_rules') }}

),

days as (

    select checked_on from {{ ref('int_open_data_days__loaded') }}
    where is_complete

)

select
    days.checked_on,
    rules.rule_id,
    rules.criterion,
    rules.level,
    rules.severity,
    rules.severity = 'critical' as is_critical,
    rules.legal_basis,
    rules.certainty
from days
inner join rules
    on
        days.checked_on >= rules.valid_from
        and days.checked_on < coalesce(rules.valid_to, cast('9999-12-31' as date))
