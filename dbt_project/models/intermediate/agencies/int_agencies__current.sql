{#- Where the figures of each agency stand on the newest map: everything that restates uses this. -#}
select
    agency_key,
    heir_key as current_agency_key,
    is_exact,
    reason_vi
from {{ ref('int_agencies__succeeded') }}
where heir_to is null
