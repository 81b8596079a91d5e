{#- What is said of agencies' reports in more than one place. -#}

{#- A figure as text, equal figures equally written. -#}
{% macro figure_text(value) -%}
    cast(cast({{ value }} as numeric(38, 6)) as {{ dbt.type_string() }})
{%- endmacro %}

{#- Months of a period type. -#}
{% macro months_in(period_type) -%}
    case {{ period_type }} when 'month' then 1 when 'quarter' then 3 when 'half_year' then 6 when 'year' then 12 end
{%- endmacro %}

{#- How settled figures are, as numbers, so that the least settled of several can be taken; NULL: nothing is said. -#}
{% macro status_rank(status) -%}
    case {{ status }} when 'estimate' then 0 when 'preliminary' then 1 when 'official' then 2 end
{%- endmacro %}

{#- Aggregate: the least settled of several statuses. -#}
{% macro least_status(status) -%}
    case min({{ status_rank(status) }}) when 0 then 'estimate' when 1 then 'preliminary' when 2 then 'official' end
{%- endmacro %}
