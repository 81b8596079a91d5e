{#- Sums per agency and month from which the satisfaction indicators are made; only touched months. -#}
{%- set months = touched_rating_months() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_months('month_start', touched_rating_months()) }}",
        indexes=[{'columns': ['month_start', 'agency_key'], 'unique': true}]
    )
}}

with

ratings as (

    -- a rating without a readable score is no answer
    select * from {{ ref('int_ratings__versioned') }}
    where
        is_latest
        and is_present
        and score is not null
        and {{ in_touched_months('rated_month', months) }}

),

dossiers as (

    select * from {{ ref('fct_dossier') }}

),

procedures as (

    select * from {{ ref('int_procedures__resolved') }}

),

field_groups as (

    select * from {{ ref('procedure_field_groups') }}
    where source = 'tthc'

),

thresholds as (

    select
        {% for reading in rating_thresholds() %}
        max(case
            when
                indicator_code = '{{ reading.indicator }}'
                and parameter = '{{ reading.get('parameter', 'satisfied_min_score') }}'
                then value
        end) as {{ threshold_column(reading) }},
        {% endfor %}
        count(*) as parameter_count
    from {{ ref('indicator_parameters') }}

),

attributed as (

    select
        ratings.rated_month,
        ratings.score,
        ratings.updated_at,
        coalesce(dossiers.agency_key, -1) as agency_key,
        coalesce(dossiers.channel, 'unknown') as channel,
        field_groups.{{ adapter.quote('group') }} as field_group,
        -- a rating also moves with its dossier and that one's procedure
        {{ row_evidence(
            "ratings.rating_code || '|' || coalesce(cast(dossiers._load_id as " ~ dbt.type_string() ~ "), '')"
            ~ " || '|' || coalesce(procedures.procedure_version, '')",
            'ratings._load_id'
        ) }} as evidence
    from ratings
    left join dossiers on ratings.dossier_code = dossiers.dossier_code
    left join procedures on dossiers.procedure_code = procedures.procedure_code
    left join field_groups on dossiers.field_code = field_groups.field_code

)

select
    attributed.rated_month as month_start,
    attributed.agency_key,
    count(*) as rating_count,
    {% for reading in rating_readings() %}
    sum(case
        when
            {{ reading.denominator }}
            and attributed.score >= thresholds.{{ threshold_column(reading) }}
            then 1
        else 0
    end) as {{ reading_column(reading) }}_numerator,
    sum(case when {{ reading.denominator }} then 1 else 0 end) as {{ reading_column(reading) }}_denominator,
    {% endfor %}
    sum(attributed.evidence) as evidence,
    max(attributed.updated_at) as updated_at,
    (select max(versions._batch_no) from {{ ref('int_ratings__versioned') }} as versions) as _batch_no,
    (select max(versions._batch_no) from {{ ref('int_dossiers__versioned') }} as versions)
        as _dossier_batch_no
from attributed
cross join thresholds
group by attributed.rated_month, attributed.agency_key
