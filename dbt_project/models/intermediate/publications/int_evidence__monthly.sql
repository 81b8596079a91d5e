{#-
  For each month, which raw rows its figures are counted from, as one number: it changes exactly when
  a load brought rows into the month or took some away, and says nothing of agencies or formulas. It
  only depends on what raw holds, not on the order or the way it was built.
-#}
{{ config(materialized='view') }}

with

dossier_parts as (

    select * from {{ ref('int_dossier_parts__monthly') }}

),

rating_parts as (

    select * from {{ ref('int_rating_parts__monthly') }}

),

procedures as (

    select * from {{ ref('int_procedures__monthly_snapshots') }}

)

select
    'dossiers_received' as stream,
    month_start,
    cast(sum(received_count) as bigint) as row_count,
    sum(received_evidence) as evidence
from dossier_parts
where received_count > 0
group by month_start

union all

select
    'dossiers_finished' as stream,
    month_start,
    cast(sum(finished_count) as bigint) as row_count,
    sum(finished_evidence) as evidence
from dossier_parts
where finished_count > 0
group by month_start

union all

select
    'ratings' as stream,
    month_start,
    cast(sum(rating_count) as bigint) as row_count,
    sum(evidence) as evidence
from rating_parts
group by month_start

union all

select
    'procedures' as stream,
    month_start,
    count(*) as row_count,
    sum({{ row_evidence('procedure_code', '_load_id') }}) as evidence
from procedures
group by month_start
