{#- The `ind_*` models of this project as rows of one column, mart_name. The graph is the truth. -#}
{% macro indicator_marts() -%}
    {%- set names = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == 'model' and node.name.startswith('ind_') -%}
            {%- do names.append(node.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for name in names | sort %}
    select 'marts.{{ name }}' as mart_name
    {{ 'union all' if not loop.last }}
    {%- else %}
    select cast(null as {{ dbt.type_string() }}) as mart_name
    {%- endfor -%}
{%- endmacro %}
