{#- What budget figures are compared by; the numbers are variables of the project. -#}

{#- Whether one amount is about 1,000 or 1,000,000 times the other, either way round. -#}
{% macro is_slip(one, other) -%}
    (
        {% for factor in [1000, 1000000] -%}
        abs({{ one }}) between {{ factor }} * abs({{ other }}) / {{ var('budget_slip_tolerance') }}
        and {{ factor }} * abs({{ other }}) * {{ var('budget_slip_tolerance') }}
        or abs({{ other }}) between {{ factor }} * abs({{ one }}) / {{ var('budget_slip_tolerance') }}
        and {{ factor }} * abs({{ one }}) * {{ var('budget_slip_tolerance') }}
        {{- ' or ' if not loop.last }}
        {% endfor -%}
    )
{%- endmacro %}

{#- A due date: so many calendar days after the anchor, or the working day found for it. -#}
{% macro due_on(anchor, days, day_kind, working_day) -%}
    case {{ day_kind }} when 'working' then {{ working_day }} else {{ add_days(anchor, days) }} end
{%- endmacro %}

{#- The last day of the period of a publication. -#}
{% macro publication_period_end(period_start, period_type) -%}
    {%- set months -%}
    case {{ period_type }} when 'quarter' then 3 when 'half_year' then 6 when 'nine_months' then 9 else 12 end
    {%- endset -%}
    {{- add_days(add_months(period_start, months), -1) -}}
{%- endmacro %}

{#- A day from the parts of a date, each an integer. -#}
{% macro day_of(year, month, day) -%}
    cast(
        cast({{ year }} as {{ dbt.type_string() }})
        || '-' || cast({{ month }} as {{ dbt.type_string() }})
        || '-' || cast({{ day }} as {{ dbt.type_string() }}) as date
    )
{%- endmacro %}

{#- What a publication is called, for readers: "Quyết toán năm 2025"; expects the columns of a publication. -#}
{% macro publication_label(language) -%}
    {%- set words = {
        'vi': {
            'draft_estimate': 'Dự toán trình HĐND', 'decided_estimate': 'Dự toán được quyết định',
            'execution': 'Thực hiện dự toán', 'settlement': 'Quyết toán', 'unknown': 'Văn bản chưa rõ loại',
            'quarter': 'quý', 'half_year': '6 tháng', 'nine_months': '9 tháng', 'year': 'năm', 'of': '/',
        },
        'en': {
            'draft_estimate': 'Draft estimate', 'decided_estimate': 'Decided estimate',
            'execution': 'Execution', 'settlement': 'Settlement', 'unknown': 'Document of unknown kind',
            'quarter': 'quarter', 'half_year': 'first half', 'nine_months': 'nine months', 'year': 'year', 'of': ' of ',
        },
    }[language] -%}
    case document_kind
        {% for kind in ['draft_estimate', 'decided_estimate', 'execution', 'settlement'] -%}
        when '{{ kind }}' then '{{ words[kind] }}'
        {% endfor -%}
        else '{{ words.unknown }}'
    end
    || case period_type
        when 'quarter'
            then
                ' {{ words.quarter }} '
                || cast(cast(extract(quarter from period_start) as integer) as {{ dbt.type_string() }})
                || '{{ words.of }}'
        when 'half_year' then ' {{ words.half_year }}{{ words.of }}'
        when 'nine_months' then ' {{ words.nine_months }}{{ words.of }}'
        else ' {{ words.year }} '
    end
    || coalesce(cast(budget_year as {{ dbt.type_string() }}), '?')
{%- endmacro %}
