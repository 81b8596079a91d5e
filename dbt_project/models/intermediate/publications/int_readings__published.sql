{#-
  Every reading as it was published last: the newest vintage of each, gone ones included. Whoever
  publishes keeps it up to date (`remember_published`); a build only makes it anew from the vintages
  where it is missing or behind, so a full refresh leaves it.
-#}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=reading_keys(),
        full_refresh=false,
        indexes=[
            {'columns': reading_keys(), 'unique': true},
            {'columns': ['publication_id']},
        ]
    )
}}

with

vintages as (

    select * from {{ source('ops', 'indicator_vintage') }}
    {% if is_incremental() %}
    where publication_id > {{ held_maximum('publication_id') }}
    {% endif %}

),

ranked as (

    select
        *,
        row_number() over (
            partition by {{ reading_keys() | join(', ') }}
            order by publication_id desc
        ) as recency
    from vintages

)

select
    publication_id,
    is_present,
    {{ (reading_keys() + vintage_columns()) | join(',
    ') }}
from ranked
where recency = 1
