{#- Every value is exactly factor × numerator / denominator, and empty exactly where that is undefined. -#}
{% test value_recomputes(model) %}

select *
from {{ model }}
where
    value is distinct from {{ indicator_value('numerator', 'denominator', 'factor') }}
    or (value is null) <> (value_state in ('not_applicable', 'not_reported', 'suppressed'))
    or (
        numerator > denominator
        and indicator_code not in ({{ indicators_in(ratios_beyond_shares()) }})
    )

{% endtest %}
