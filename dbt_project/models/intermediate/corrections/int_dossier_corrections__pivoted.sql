{#-
  One row per corrected dossier, for each field its correction, the value expected and the value to
  stand: small, keyed and analysed, so that the join in int_dossiers__corrected costs nothing.
-#}
{{
    config(
        post_hook="{{ analyze_after_full_build() }}",
        indexes=[{'columns': ['dossier_code'], 'unique': true}]
    )
}}

with

corrections as (

    select * from {{ ref('int_dossier_corrections__checked') }}

)

select
    {% for field in correctable_fields() %}
    max(case when field = '{{ field.field }}' then correction_id end) as {{ field.field }}_correction_id,
    max(
        case when field = '{{ field.field }}' then {{ correction_value('expect', field.type) }} end
    ) as {{ field.field }}_expect,
    max(
        case when field = '{{ field.field }}' then {{ correction_value('value', field.type) }} end
    ) as {{ field.field }}_value,
    {% endfor %}
    dossier_code
from corrections
group by dossier_code
