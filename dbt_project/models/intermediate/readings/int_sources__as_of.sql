{#-
  How new the data of each source are; never a clock. Of a source that gives update times, the newest that
  the warehouse has seen; of publications, the end of the last day of publishing that it has looked at; of the
  open-data portal, the end of the day of its last snapshot; of the agencies' reports, the end of the last day of
  receipt that was taken in.
-#}
{{ config(materialized='view') }}

with

dossiers as (

    select max(updated_at) as updated_at from {{ ref('int_dossier_parts__monthly') }}

),

ratings as (

    select max(updated_at) as updated_at from {{ ref('int_rating_parts__monthly') }}

),

budgets as (

    select last_day from {{ ref('int_budgets__as_of') }}

),

open_data as (

    select last_day from {{ ref('int_open_data__as_of') }}

),

reports as (

    select last_day from {{ ref('int_reports__as_of') }}

)

select
    'tthc' as source_code,
    greatest(dossiers.updated_at, ratings.updated_at) as data_as_of
from dossiers
cross join ratings

union all

select
    'budget_publications' as source_code,
    {{ end_of_day('budgets.last_day') }} as data_as_of
from budgets

union all

select
    'open_data_portal' as source_code,
    {{ end_of_day('open_data.last_day') }} as data_as_of
from open_data

union all

select
    'agency_reports' as source_code,
    {{ end_of_day('reports.last_day') }} as data_as_of
from reports
