{#- A condition that every row must meet. -#}
{% test expression_holds(model, expression) %}

select * from {{ model }}
where not ({{ expression }})

{% endtest %}
