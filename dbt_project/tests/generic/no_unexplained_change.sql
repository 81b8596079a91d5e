{#- A published value only changes with evidence of why; otherwise readers keep what they have. -#}
{% test no_unexplained_change(model) %}

select *
from {{ model }}
where cause = 'unexplained'

{% endtest %}
