{#-
  Corrections as data (seeds/corrections): a correction applies where the source still holds the
  expected value and nowhere else, so that a mended source is never overwritten.
-#}

{#-
  Fields of a dossier that may be corrected. `type` is the type of the value, `values` the codes that
  are allowed, `required` forbids an empty value. `cchc catalogue check` reads this list too.
-#}
{% macro correctable_fields() %}
    {{ return([
        {'field': 'unit_code', 'type': 'text'},
        {'field': 'unit_name', 'type': 'text'},
        {'field': 'procedure_code', 'type': 'text'},
        {'field': 'field_code', 'type': 'text'},
        {
            'field': 'status_code', 'type': 'text', 'required': true,
            'values': [
                'registered', 'accepted', 'refused', 'in_progress', 'supplement_requested',
                'payment_requested', 'withdrawn', 'stopped', 'finished', 'returned', 'unknown',
            ],
        },
        {
            'field': 'channel', 'type': 'text', 'required': true,
            'values': ['direct', 'online', 'post', 'unknown'],
        },
        {
            'field': 'payment_channel', 'type': 'text', 'required': true,
            'values': ['none', 'national_portal', 'local_gateway', 'unpaid', 'unknown'],
        },
        {'field': 'submitted_at', 'type': 'timestamp'},
        {'field': 'received_at', 'type': 'timestamp', 'required': true},
        {'field': 'due_at', 'type': 'timestamp'},
        {'field': 'finished_at', 'type': 'timestamp'},
        {'field': 'returned_at', 'type': 'timestamp'},
    ]) }}
{% endmacro %}

{#- A declared text as a value of the field's type. -#}
{% macro correction_value(text, field_type) -%}
    {%- if field_type == 'timestamp' -%}
        cast({{ text }} as {{ timestamp_type() }})
    {%- else -%}
        {{ text }}
    {%- endif -%}
{%- endmacro %}

{#- Whether the correction of a field, if there is one, applies to a version of a dossier. -#}
{% macro is_correction_due(field) -%}
    corrections.{{ field }}_correction_id is not null
    and (dossiers.{{ field }} is not distinct from corrections.{{ field }}_expect)
{%- endmacro %}

{#- A column of a dossier, corrected where it may be. -#}
{% macro corrected(column, fields) -%}
    {%- if column in fields -%}
    case
        when {{ is_correction_due(column) }} then corrections.{{ column }}_value
        else dossiers.{{ column }}
    end as {{ column }}
    {%- else -%}
    dossiers.{{ column }}
    {%- endif -%}
{%- endmacro %}

{#-
  The body of a test whose rows carry `message_vi`: dbt only says how many rows failed, so the test
  raises their messages itself, where whoever runs the build reads them.
-#}
{% macro fail_with_messages(query) -%}
    {%- if execute -%}
        {%- set messages = run_query(query).columns['message_vi'].values() -%}
        {%- if messages -%}
            {%- do exceptions.raise_compiler_error(messages | join('\n  ')) -%}
        {%- endif -%}
    {%- endif -%}
    {{ query }}
{%- endmacro %}
