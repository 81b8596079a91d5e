{#- Up to which load the models have read each source, and how new its newest record is. -#}
{{ config(materialized='view') }}

with

loads as (

    select max(_seen_load_id) as load_id from {{ ref('int_dossiers__versioned') }}

    union all

    select max(_seen_load_id) as load_id from {{ ref('int_ratings__versioned') }}

    union all

    select max(_load_id) as load_id from {{ ref('int_procedures__monthly_snapshots') }}

),

as_of as (

    select * from {{ ref('int_sources__as_of') }}

)

select
    as_of.source_code,
    as_of.data_as_of,
    coalesce(max(loads.load_id), -1) as newest_load_id
from as_of
cross join loads
where as_of.data_as_of is not null
group by as_of.source_code, as_of.data_as_of
