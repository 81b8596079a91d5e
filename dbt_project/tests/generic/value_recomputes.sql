{#- Every value is exactly factor × numerator / denominator, and empty exactly where that is undefined. -#}
{% test value_recomputes(model) %}

with

defined as (

    select * from {{ ref('int_readings__defined') }}

),

readings as (

    select * from {{ model }}

)

select readings.*
from readings
left join defined
    on
        readings.indicator_code = defined.indicator_code
        and readings.reading_code = defined.reading_code
where
    readings.value is distinct from {{ indicator_value('readings.numerator', 'readings.denominator', 'readings.factor') }}
    or (readings.value is null) <> (readings.value_state in ('not_applicable', 'not_reported', 'suppressed'))
    or (readings.numerator > readings.denominator and coalesce(defined.is_share, true))

{% endtest %}
