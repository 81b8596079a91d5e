{#- `agency_key` of the province itself, under which the sums over all its agencies stand. -#}
{% macro province_key() -%}
    1
{%- endmacro %}
