{#- Up to which load the models have read each source, and how new its newest record is. -#}
{{ config(materialized='view') }}

with

loads as (

    select
        'tthc' as source_code,
        max(_seen_load_id) as load_id
    from {{ ref('int_dossiers__versioned') }}

    union all

    select
        'tthc' as source_code,
        max(_seen_load_id) as load_id
    from {{ ref('int_ratings__versioned') }}

    union all

    select
        'tthc' as source_code,
        max(_load_id) as load_id
    from {{ ref('int_procedures__monthly_snapshots') }}

    union all

    select
        'budget_publications' as source_code,
        newest_load_id as load_id
    from {{ ref('int_budgets__as_of') }}

    union all

    select
        'budget_publications' as source_code,
        max(reading_load_id) as load_id
    from {{ ref('int_budget_documents__versioned') }}

    union all

    select
        'open_data_portal' as source_code,
        newest_load_id as load_id
    from {{ ref('int_open_data__as_of') }}

    union all

    select
        'agency_reports' as source_code,
        newest_load_id as load_id
    from {{ ref('int_reports__as_of') }}

),

as_of as (

    select * from {{ ref('int_sources__as_of') }}

)

select
    as_of.source_code,
    as_of.data_as_of,
    coalesce(max(loads.load_id), -1) as newest_load_id
from as_of
left join loads on as_of.source_code = loads.source_code
where as_of.data_as_of is not null
group by as_of.source_code, as_of.data_as_of
