{#- What each publication changed, by cause and indicator; changes that a lock held back are listed too. -#}
-- depends_on: {{ ref('fct_indicator_reading') }}
{{ config(materialized='view') }}

with

publications as (

    select * from {{ source('ops', 'publication') }}

),

changes as (

    select * from {{ source('ops', 'publication_change') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

)

select
    changes.publication_id,
    publications.published_at,
    changes.indicator_code,
    indicators.name_vi as indicator_name_vi,
    changes.cause,
    changes.is_held,
    changes.change_count,
    cast(changes.largest_change as numeric(38, 6)) as largest_change,
    changes.first_period,
    changes.last_period,
    publications.restated_reason
from changes
inner join publications on changes.publication_id = publications.publication_id
inner join indicators on changes.indicator_code = indicators.indicator_code
