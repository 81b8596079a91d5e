{#- The evidence of each month against the last publication: where rows came or went since. -#}
{{ config(materialized='view') }}

with

evidence as (

    select * from {{ ref('int_evidence__monthly') }}

),

published as (

    select
        stream,
        month_start,
        row_count,
        evidence,
        row_number() over (partition by stream, month_start order by publication_id desc) as recency
    from {{ source('ops', 'publication_evidence') }}

),

last_published as (

    select * from published
    where recency = 1

)

select
    coalesce(evidence.stream, last_published.stream) as stream,
    coalesce(evidence.month_start, last_published.month_start) as month_start,
    coalesce(evidence.row_count, 0) as row_count,
    coalesce(evidence.evidence, 0) as evidence,
    last_published.row_count as was_row_count,
    coalesce(evidence.row_count, 0) <> coalesce(last_published.row_count, 0)
    or coalesce(evidence.evidence, 0) <> coalesce(last_published.evidence, 0) as is_changed
from evidence
full outer join last_published
    on evidence.stream = last_published.stream and evidence.month_start = last_published.month_start
