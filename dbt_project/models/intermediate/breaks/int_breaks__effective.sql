{#-
  Where each break in series bites: one row per break × indicator × kind of agency. A break of scope
  `all` touches every kind, the province included; one of communes or departments only touches their
  own series, because the province's sums go through it unchanged.
-#}
with

breaks as (

    select * from {{ ref('comparability_breaks') }}

),

indicators as (

    select indicator_code from {{ ref('dim_indicator') }}

),

kinds as (

    select distinct kind as agency_kind from {{ ref('int_agencies__all') }}

)

select
    breaks.break_key,
    indicators.indicator_code,
    kinds.agency_kind,
    breaks.effective_on
from breaks
inner join indicators
    on
        breaks.indicator_scope = '*'
        -- codes are compared without letter case: TC-03a is TC-03A
        or ';' || lower(replace(breaks.indicator_scope, ' ', '')) || ';'
        like '%;' || lower(indicators.indicator_code) || ';%'
inner join kinds
    on
        breaks.grain_scope = 'all'
        or breaks.grain_scope = kinds.agency_kind
