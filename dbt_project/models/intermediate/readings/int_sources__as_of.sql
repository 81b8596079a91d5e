{#- The newest server update time that the warehouse has seen of each source; never a clock. -#}
{{ config(materialized='view') }}

with

dossiers as (

    select max(updated_at) as updated_at from {{ ref('int_dossier_parts__monthly') }}

),

ratings as (

    select max(updated_at) as updated_at from {{ ref('int_rating_parts__monthly') }}

)

select
    'tthc' as source_code,
    greatest(dossiers.updated_at, ratings.updated_at) as data_as_of
from dossiers
cross join ratings
