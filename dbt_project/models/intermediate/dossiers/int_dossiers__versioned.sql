{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='dossier_code',
        post_hook="{{ analyze_after_full_build() }}",
        indexes=[
            {'columns': ['dossier_code']},
            {'columns': ['_period']},
            {'columns': ['_seen_load_id']},
            {'columns': ['_batch_no']},
            {'columns': ['is_latest', 'procedure_version']},
        ]
    )
}}

{#- Dossiers whose procedure changed since they were computed: few distinct versions, found by index. -#}
{%- set stale_query -%}
    select versions.value
    from ({{ distinct_by_index(this, 'procedure_version', 'is_latest') }}) as versions
    left join {{ ref('int_procedures__resolved') }} as procedures
        on versions.value = procedures.procedure_version
    where
        procedures.procedure_version is null
        and (
            versions.value not like '%:none'
            or exists (
                select 1 from {{ ref('int_procedures__resolved') }} as listed
                where listed.procedure_code || ':none' = versions.value
            )
        )
{%- endset -%}
{%- set stale_versions = texts_of(stale_query) -%}
{%- set stale_dossiers -%}
    select dossier_code from {{ this }}
    where is_latest and is_present and procedure_version in ({{ literals(stale_versions) }})
{%- endset -%}

{{
    version_log(
        candidates=ref('int_dossiers__candidates'),
        key='dossier_code',
        resource='dossiers',
        columns=['received_month', 'finished_month', 'procedure_version'],
        months=['received_month', 'finished_month'],
        tie_break=['status_code', 'due_at', 'finished_at'],
        extra_touched=stale_dossiers if stale_versions else none,
    )
}}
