{#- The columns of fct_indicator_value, in its order. -#}
{% macro value_columns() -%}
    {{ return([
        'indicator_code', 'agency_key', 'agency_level', 'period_type', 'period_start', 'basis',
        'reading_code', 'numerator', 'denominator', 'factor', 'value', 'value_state', 'value_status',
        'is_small_number', 'is_corrected', 'formula_version', 'series_no', 'break_keys', 'data_as_of',
        'quality_state',
    ]) }}
{%- endmacro %}

{#- Aggregate: texts in the order of `order_by`, joined by a semicolon; NULL when there are none. -#}
{% macro joined_texts(value, order_by) -%}
    {{ return(adapter.dispatch('joined_texts')(value, order_by)) }}
{%- endmacro %}

{% macro postgres__joined_texts(value, order_by) -%}
    string_agg({{ value }}, ';' order by {{ order_by }})
{%- endmacro %}

{% macro default__joined_texts(value, order_by) -%}
    nullif(array_join(sort_array(collect_list({{ value }})), ';'), '')
{%- endmacro %}
