{#- How sure a statement of the reference data is, as numbers, so that the weakest of several can be taken. -#}

{% macro _certainties() %}
    {{ return(['seen', 'recalled', 'inferred', 'open']) }}
{% endmacro %}

{#- 0 is the surest; an unknown word counts as the least sure. -#}
{% macro certainty_rank(certainty) -%}
    case {{ certainty }}
        {% for name in _certainties() %}when '{{ name }}' then {{ loop.index0 }}
        {% endfor %}
        else {{ _certainties() | length - 1 }}
    end
{%- endmacro %}

{% macro certainty_of_rank(rank) -%}
    case {{ rank }}
        {% for name in _certainties() %}when {{ loop.index0 }} then '{{ name }}'
        {% endfor %}
    end
{%- endmacro %}
