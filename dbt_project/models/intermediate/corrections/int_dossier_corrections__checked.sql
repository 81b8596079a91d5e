{#- Each correction of a dossier beside what the newest version in the source says. -#}
{{ config(materialized='view') }}

with

corrections as (

    -- points in time are compared as such: both sides are written in the same way
    select
        correction_id,
        dossier_code,
        field,
        case
            {% for field in correctable_fields() if field.type == 'timestamp' %}
            when field = '{{ field.field }}'
                then cast({{ correction_value('expect', field.type) }} as {{ dbt.type_string() }})
            {% endfor %}
            else expect
        end as expect,
        value
    from {{ ref('dossiers') }}

),

dossiers as (

    select * from {{ ref('stg_tthc__dossiers') }}
    where dossier_code in (select corrections.dossier_code from corrections)

),

ranked as (

    select
        dossiers.*,
        row_number() over (
            partition by dossier_code order by updated_at desc, _period desc, _row_number asc
        ) as recency
    from dossiers

),

compared as (

    select
        corrections.*,
        ranked.dossier_code is not null as is_found,
        case corrections.field
            {% for field in correctable_fields() %}
            when '{{ field.field }}' then cast(ranked.{{ field.field }} as {{ dbt.type_string() }})
            {% endfor %}
        end as found
    from corrections
    left join ranked
        on corrections.dossier_code = ranked.dossier_code and ranked.recency = 1

)

select
    compared.*,
    (found is not distinct from expect) as is_as_expected,
    'Hiệu chỉnh ' || correction_id || ' (hồ sơ ' || dossier_code || ', ' || field || '): chờ đợi “'
    || coalesce(expect, 'trống') || '”, nguồn ghi “' || coalesce(found, 'trống')
    || '”. Xóa dòng ' || correction_id || ' trong seeds/corrections/dossiers.csv vì nguồn đã sửa.'
        as message_vi
from compared
