{#- The province's parts are the sums of all its units' parts: nothing lost, nothing counted twice. -#}
{% test province_equals_units(model) %}

select
    indicator_code,
    reading_code,
    period_type,
    period_start,
    basis
from {{ model }}
group by indicator_code, reading_code, period_type, period_start, basis
having
    sum(case when agency_key = {{ province_key() }} then numerator else -numerator end) <> 0
    or sum(case when agency_key = {{ province_key() }} then denominator else -denominator end) <> 0
    or sum(case when agency_key = {{ province_key() }} then 1 else 0 end) <> 1

{% endtest %}
