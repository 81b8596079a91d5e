{#- Physical keys that dbt's own constraints do not cover. -#}

{#- Post-hook: no two rows with equal `columns` may have overlapping validity. -#}
{% macro exclude_overlap(columns, valid_from='valid_from', valid_to='valid_to') -%}
    {{ return(adapter.dispatch('exclude_overlap')(columns, valid_from, valid_to)) }}
{%- endmacro %}

{% macro postgres__exclude_overlap(columns, valid_from, valid_to) -%}
    alter table {{ this }} add exclude using gist (
        {% for column in columns %}{{ column }} with =, {% endfor %}
        daterange({{ valid_from }}, {{ valid_to }}) with &&
    )
{%- endmacro %}

{% macro default__exclude_overlap(columns, valid_from, valid_to) -%}
    select 1
{%- endmacro %}

{#-
  The distinct values of an indexed column, without reading the table: PostgreSQL walks the
  index from value to value. A sub-query to be put in parentheses; one column, `value`.
-#}
{% macro distinct_by_index(relation, column, condition='1 = 1') -%}
    {{ return(adapter.dispatch('distinct_by_index')(relation, column, condition)) }}
{%- endmacro %}

{% macro postgres__distinct_by_index(relation, column, condition) -%}
    with recursive walked as (
        select min({{ column }}) as value from {{ relation }} where {{ condition }}
        union all
        select (
            select min({{ column }}) from {{ relation }}
            where {{ condition }} and {{ column }} > walked.value
        )
        from walked
        where walked.value is not null
    )

    select value from walked where value is not null
{%- endmacro %}

{% macro default__distinct_by_index(relation, column, condition) -%}
    select distinct {{ column }} as value from {{ relation }} where {{ condition }}
{%- endmacro %}

{#- Post-hook: statistics after a full build, so that the next increment is planned by index. -#}
{% macro analyze_after_full_build() -%}
    {{ return(adapter.dispatch('analyze_after_full_build')()) }}
{%- endmacro %}

{% macro postgres__analyze_after_full_build() -%}
    {%- if not is_incremental() -%}analyze {{ this }}{%- endif -%}
{%- endmacro %}

{% macro default__analyze_after_full_build() -%}
{%- endmacro %}
