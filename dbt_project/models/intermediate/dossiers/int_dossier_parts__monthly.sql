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

received as (

    select
        received_month as month_start,
        agency_key,
        count(*) as received_count,
        {% for reading in dossier_readings() if reading.month == 'received_month' %}
        {{ reading_sum(reading, 'numerator') }} as {{ reading_column(reading) }}_numerator,
        {{ reading_sum(reading, 'denominator') }} as {{ reading_column(reading) }}_denominator,
        {% endfor %}
        max(updated_at) as updated_at
    from {{ ref('fct_dossier') }}
    where {{ in_touched_months('received_month', months) }}
    group by received_month, agency_key

),

finished as (

    select
        finished_month as month_start,
        agency_key,
        count(*) as finished_count,
        sum(case when is_on_time_system then 1 else 0 end) as on_time_system_count,
        sum(case when is_on_time_recomputed is not null then 1 else 0 end) as recomputable_count,
        sum(case when is_on_time_recomputed then 1 else 0 end) as on_time_recomputed_count,
        {% for reading in dossier_readings() if reading.month == 'finished_month' %}
        {{ reading_sum(reading, 'numerator') }} as {{ reading_column(reading) }}_numerator,
        {{ reading_sum(reading, 'denominator') }} as {{ reading_column(reading) }}_denominator,
        {% endfor %}
        max(updated_at) as updated_at
    from {{ ref('fct_dossier') }}
    where {{ in_touched_months('finished_month', months) }}
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
    greatest(received.updated_at, finished.updated_at) as updated_at,
    (select max(versions._batch_no) from {{ ref('int_dossiers__versioned') }} as versions) as _batch_no
from received
full outer join finished
    on received.month_start = finished.month_start and received.agency_key = finished.agency_key
