{#- Aggregate: whether a condition holds for any row. -#}
{% macro any_of(condition) -%}
    max(case when {{ condition }} then 1 else 0 end) = 1
{%- endmacro %}
