{#- Every declared break touches some series: one that touches none names an unknown scope. -#}
{% test breaks_touch_something(model) %}

select breaks.break_key
from {{ ref('comparability_breaks') }} as breaks
left join {{ model }} as touched on breaks.break_key = touched.break_key
where touched.break_key is null

{% endtest %}
