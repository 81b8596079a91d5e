{#- The last snapshot of the procedure list in each month: a stock, so earlier ones do not count. -#}
{{ config(indexes=[{'columns': ['month_start', 'procedure_code'], 'unique': true}]) }}

with

snapshots as (

    select value as _period
    from ({{ distinct_by_index(source('tthc', 'procedures'), '_period') }}) as held

),

last_of_month as (

    select
        cast(substring(_period, 1, 7) || '-01' as date) as month_start,
        max(_period) as _period
    from snapshots
    group by cast(substring(_period, 1, 7) || '-01' as date)

),

procedures as (

    select * from {{ ref('stg_tthc__procedures') }}

),

ranked as (

    -- one procedure listed twice in a snapshot counts once
    select
        last_of_month.month_start,
        procedures.*,
        row_number() over (
            partition by last_of_month.month_start, procedures.procedure_code
            order by procedures._row_number
        ) as listing
    from last_of_month
    inner join procedures on last_of_month._period = procedures._period

)

select
    ranked.month_start,
    ranked.procedure_code,
    ranked.name_vi,
    ranked.field_code,
    ranked.field_name_vi,
    coalesce(agency_codes.agency_key, -1) as owner_agency_key,
    ranked.service_level,
    ranked.is_eligible,
    ranked.statutory_days,
    ranked.statutory_unit,
    ranked.yields_result,
    ranked.has_fee,
    ranked._period,
    ranked._load_id
from ranked
left join {{ ref('int_agency_codes__effective') }} as agency_codes
    on
        ranked.unit_code = agency_codes.unit_code
        -- the owner on the last day of the month, when the code changed hands within it
        and agency_codes.valid_from < {{ add_months('ranked.month_start', 1) }}
        and {{ add_months('ranked.month_start', 1) }} <= agency_codes.valid_to
where ranked.listing = 1
