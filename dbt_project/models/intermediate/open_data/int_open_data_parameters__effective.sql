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
    days.checked_on,
    {% for parameter in open_data_parameters() -%}
    max(
        case
            when criteria.criterion = '{{ parameter.criterion }}' and parameters.parameter = '{{ parameter.parameter }}'
                then cast(parameters.value as {{ parameter.type if parameter.type != 'text' else dbt.type_string() }})
        end
    ) as {{ parameter.parameter }}{{ ',' if not loop.last }}
    {% endfor %}
from days
left join parameters
    on
        days.checked_on >= parameters.valid_from
        and days.checked_on < coalesce(parameters.valid_to, cast('9999-12-31' as date))
left join criteria on parameters.rule_id = criteria.rule_id
group by days.checked_on
