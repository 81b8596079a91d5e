{#- The thresholds and words of the rules on each judged day, beside each other. -#}
{{ config(materialized='view') }}

with

criteria as (

    select distinct
        rule_id,
        criterion
    from {{ ref('open_data_rules') }}

),

parameters as (

    select * from {{ ref('open_data_rule_parameters') }}

),

days as (

    select checked_on from {{ ref('int_open_data_days__loaded') }}
    where is_complete

)

select
    {% for parameter in open_data_parameters() %}
    {{ open_data_parameter(parameter) }} as {{ parameter.parameter }},
    {% endfor %}
    days.checked_on
from days
left join parameters
    on
        days.checked_on >= parameters.valid_from
        and days.checked_on < coalesce(parameters.valid_to, cast('9999-12-31' as date))
left join criteria on parameters.rule_id = criteria.rule_id
group by days.checked_on
