{#- The one place where a value is made of its parts; denominator 0 gives NULL, never 0 or an error. -#}
{% macro indicator_value(numerator, denominator, factor) -%}
    round({{ factor }} * cast({{ numerator }} as {{ dbt.type_numeric() }}) / nullif({{ denominator }}, 0), 6)
{%- endmacro %}

{#- What a ratio is multiplied with to stand in the indicator's unit. -#}
{% macro unit_factor(unit) -%}
    case {{ unit }} when 'pct' then 100 else 1 end
{%- endmacro %}
