{#- On its newest day each public dataset is judged by each rule in force exactly once. -#}
{% test every_dataset_is_asked_every_rule(model) %}

with

newest as (

    select last_day as checked_on from {{ ref('int_open_data__as_of') }}

),

asked as (

    select
        datasets.dataset_id as dataset_key,
        rules.rule_id
    from newest
    inner join {{ ref('int_open_datasets__judged') }} as datasets on newest.checked_on = datasets.checked_on
    inner join {{ ref('int_open_data_rules__effective') }} as rules on newest.checked_on = rules.checked_on
    where datasets.dataset_state = 'active' and rules.level = 'dataset'

),

answered as (

    select
        checks.dataset_key,
        checks.rule_id
    from newest
    inner join {{ model }} as checks on newest.checked_on = checks.checked_on

),

counted as (

    select
        dataset_key,
        rule_id,
        1 as asked_count,
        0 as answered_count
    from asked

    union all

    select
        dataset_key,
        rule_id,
        0 as asked_count,
        1 as answered_count
    from answered

)

select
    dataset_key,
    rule_id
from counted
group by dataset_key, rule_id
having sum(asked_count) <> 1 or sum(answered_count) <> 1

{% endtest %}
