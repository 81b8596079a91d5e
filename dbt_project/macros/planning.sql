{#- What the planner of the warehouse is told; nothing here changes a result. -#}

{#-
  Pre-hook: many rows are joined with many. Statistics know nothing of what has just been loaded or put
  together in a sub-query, so the planner would take it for a handful of rows and compare each with each.
-#}
{% macro plan_for_many_rows() -%}
    {{ return(adapter.dispatch('plan_for_many_rows')()) }}
{%- endmacro %}

{% macro postgres__plan_for_many_rows() -%}
    set local enable_nestloop = off
{%- endmacro %}

{% macro default__plan_for_many_rows() -%}
{%- endmacro %}

{#- Post-hook: statistics after every build; a sample of a long table is quick. -#}
{% macro analyze_after_build() -%}
    {{ return(adapter.dispatch('analyze_after_build')()) }}
{%- endmacro %}

{% macro postgres__analyze_after_build() -%}
    analyze {{ this }}
{%- endmacro %}

{% macro default__analyze_after_build() -%}
{%- endmacro %}
