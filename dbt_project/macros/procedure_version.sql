{#- `<code>:<digest of what matters>`; a procedure that is in no list has the digest `none`. -#}
{% macro procedure_version(code, columns) -%}
    {{ code }} || ':' || md5(
        {% for column in columns %}coalesce(cast({{ column }} as {{ dbt.type_string() }}), '') {{ "|| '|' || " if not loop.last }}{% endfor %}
    )
{%- endmacro %}
