{#-
  Every version of every dossier as the source gave it, declared corrections applied: the columns of
  stg_tthc__dossiers and `correction_id`.
-#}
{{ config(materialized='view') }}
{#- No CTE: PostgreSQL flattens a view, so that look-ups by key go by index, only without one. -#}
{%- set columns = [
    'dossier_code', 'unit_code', 'unit_name', 'procedure_code', 'field_code', 'status_code', 'channel',
    'applicant_kind', 'payment_channel', 'submission_place', 'is_marked_digitised', 'vneid_flag',
    'submitted_at', 'received_at', 'due_at', 'finished_at', 'returned_at', 'rejected_at', 'updated_at',
    'summary_class', 'identity_class', 'document_count', 'digitised_document_count',
    'reused_document_count', 'result_count', 'linked_result_count', 'input_as_result_count', 'fee_count',
    'charged_fee_count', 'supplement_count', 'date_formats', '_period', '_load_id', '_row_number',
] -%}
{%- set fields = correctable_fields() | map(attribute='field') | list %}
select
    {% for column in columns %}
    {{ corrected(column, fields) }},
    {% endfor %}
    case
        when corrections.dossier_code is not null
            then
                nullif(concat_ws(
                    ';',
                    {% for field in fields %}
                    case when {{ is_correction_due(field) }} then corrections.{{ field }}_correction_id end,
                    {% endfor %}
                    null
                ), '')
    end as correction_id
from {{ ref('stg_tthc__dossiers') }} as dossiers
left join {{ ref('int_dossier_corrections__pivoted') }} as corrections
    on dossiers.dossier_code = corrections.dossier_code
