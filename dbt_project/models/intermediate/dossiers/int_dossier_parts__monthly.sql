{#- Sums per agency and month from which the dossier indicators are made; only touched months. -#}
{%- set months = touched_dossier_months() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_months('month_start', touched_dossier_months()) }}",
        indexes=[{'columns': ['month_start', 'agency_key'], 'unique': true}]
    )
}}

with

procedures as (

    select * from {{ ref('int_procedures__resolved') }}

),

-- one list of dossiers for each month that counts: read twice, a single one would be written out whole
{% for month in ['received_month', 'finished_month'] %}
{{ month }}_dossiers as (

    select
        dossiers.*,
        {{ row_evidence(
            "dossiers.dossier_code || '|' || coalesce(procedures.procedure_version, '')", 'dossiers._load_id'
        ) }} as evidence
    from {{ ref('fct_dossier') }} as dossiers
    left join procedures on dossiers.procedure_code = procedures.procedure_code
    where {{ in_touched_months('dossiers.' ~ month, months) }}

),

{% endfor %}
received as (

    select
        received_month as month_start,
        agency_key,
        count(*) as received_count,
        sum(evidence) as evidence,
        {% for reading in dossier_readings() if reading.month == 'received_month' %}
        {{ reading_sum(reading, 'numerator') }} as {{ reading_column(reading) }}_numerator,
        {{ reading_sum(reading, 'denominator') }} as {{ reading_column(reading) }}_denominator,
        {% endfor %}
        max(updated_at) as updated_at
    from received_month_dossiers
    group by received_month, agency_key

),

finished as (

    select
        finished_month as month_start,
        agency_key,
        count(*) as finished_count,
        sum(evidence) as evidence,
        sum(case when is_on_time_system then 1 else 0 end) as on_time_system_count,
        sum(case when is_on_time_recomputed is not null then 1 else 0 end) as recomputable_count,
        sum(case when is_on_time_recomputed then 1 else 0 end) as on_time_recomputed_count,
        {% for reading in dossier_readings() if reading.month == 'finished_month' %}
        {{ reading_sum(reading, 'numerator') }} as {{ reading_column(reading) }}_numerator,
        {{ reading_sum(reading, 'denominator') }} as {{ reading_column(reading) }}_denominator,
        {% endfor %}
        max(updated_at) as updated_at
    from finished_month_dossiers
    group by finished_month, agency_key

)

select
    coalesce(received.month_start, finished.month_start) as month_start,
    coalesce(received.agency_key, finished.agency_key) as agency_key,
    coalesce(received.received_count, 0) as received_count,
    coalesce(finished.finished_count, 0) as finished_count,
    coalesce(finished.on_time_system_count, 0) as on_time_system_count,
    coalesce(finished.recomputable_count, 0) as recomputable_count,
    coalesce(finished.on_time_recomputed_count, 0) as on_time_recomputed_count,
    {% for reading in dossier_readings() %}
    coalesce({{ reading_column(reading) }}_numerator, 0) as {{ reading_column(reading) }}_numerator,
    coalesce({{ reading_column(reading) }}_denominator, 0) as {{ reading_column(reading) }}_denominator,
    {% endfor %}
    coalesce(received.evidence, 0) as received_evidence,
    coalesce(finished.evidence, 0) as finished_evidence,
    greatest(received.updated_at, finished.updated_at) as updated_at,
    (select max(versions._batch_no) from {{ ref('int_dossiers__versioned') }} as versions) as _batch_no
from received
full outer join finished
    on received.month_start = finished.month_start and received.agency_key = finished.agency_key
