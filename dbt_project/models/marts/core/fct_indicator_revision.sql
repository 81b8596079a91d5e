{#- The history of every published value: the headline reading, from when until when it was known so. -#}
-- depends_on: {{ ref('fct_indicator_reading') }}
{{
    config(
        materialized='view',
        post_hook="{{ create_as_known_at() }}"
    )
}}

with

publications as (

    select * from {{ source('ops', 'publication') }}

),

vintages as (

    select
        vintages.*,
        publications.published_at as known_from,
        lead(publications.published_at) over (
            partition by
                vintages.indicator_code, vintages.reading_code, vintages.agency_key, vintages.period_type,
                vintages.period_start, vintages.basis
            order by vintages.publication_id
        ) as known_to
    from {{ source('ops', 'indicator_vintage') }} as vintages
    inner join publications on vintages.publication_id = publications.publication_id

)

-- a row that was gone from then on only ends the one before it
select
    indicator_code,
    agency_key,
    agency_level,
    period_type,
    period_start,
    basis,
    known_from,
    known_to,
    cause,
    reading_code,
    numerator,
    denominator,
    factor,
    value,
    value_state,
    value_status,
    is_small_number,
    is_corrected,
    formula_version,
    series_no,
    break_keys,
    data_as_of,
    publication_id
from vintages
where is_present and is_headline
