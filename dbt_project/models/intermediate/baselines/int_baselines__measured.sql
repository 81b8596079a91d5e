{#-
  The value of each indicator, agency of today and baseline year, with all by which it is graded.
  Indicators that nothing computes stand there for the province, without a value.
-#}
with

annual_values as (

    select
        *,
        cast(extract(year from period_start) as integer) as year
    from {{ ref('fct_indicator_value') }}
    where
        period_type = 'year'
        and basis = 'current'
        and extract(year from period_start)
        between {{ var('baseline_first_year') }} and {{ var('baseline_last_year') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}
    where not is_context

),

years as (

    select distinct year from {{ ref('dim_date') }}
    where year between {{ var('baseline_first_year') }} and {{ var('baseline_last_year') }}

),

agencies as (

    select * from {{ ref('int_agencies__all') }}

),

as_of as (

    select * from {{ ref('int_sources__as_of') }}

),

completeness as (

    select * from {{ ref('int_sources__complete_yearly') }}

),

agency_cells as (

    select
        current_agency_key as agency_key,
        source as source_code,
        outcome,
        cast(extract(year from period_start) as integer) as year
    from {{ ref('fct_reporting_cell') }}
    where party = 'agency' and outcome <> 'excused'

    union all

    -- what any agency owes, the province lacks
    select
        {{ province_key() }} as agency_key,
        source as source_code,
        outcome,
        cast(extract(year from period_start) as integer) as year
    from {{ ref('fct_reporting_cell') }}
    where party = 'agency' and outcome <> 'excused'

),

agency_completeness as (

    select
        agency_key,
        source_code,
        year,
        count(*) as periods_due,
        sum(case when outcome = 'accepted' then 1 else 0 end) as periods_accepted
    from agency_cells
    group by agency_key, source_code, year

),

-- agencies of today to which a former one gave a part of its work that nobody can measure
inexact_heirs as (

    select
        heirs.current_agency_key as agency_key,
        max(edges.effective_on) as effective_on
    from {{ ref('agency_succession') }} as edges
    inner join {{ ref('int_agencies__current') }} as heirs on edges.successor_key = heirs.agency_key
    where edges.successor_key > 0 and coalesce(edges.share, 0) <> 1
    group by heirs.current_agency_key

),

computed as (

    select distinct indicator_code from annual_values

),

cells as (

    select
        indicator_code,
        agency_key,
        year,
        numerator,
        denominator,
        value,
        value_state,
        is_small_number,
        formula_version,
        break_keys,
        'computed_from_records' as method
    from annual_values

    union all

    select
        indicators.indicator_code,
        {{ province_key() }} as agency_key,
        years.year,
        null as numerator,
        null as denominator,
        null as value,
        'not_reported' as value_state,
        false as is_small_number,
        indicators.formula_version,
        null as break_keys,
        'none' as method
    from indicators
    cross join years
    left join computed on indicators.indicator_code = computed.indicator_code
    where computed.indicator_code is null

),

breaks_since as (

    select
        cells.indicator_code,
        cells.agency_key,
        cells.year,
        {{ joined_texts('breaks.break_key', 'breaks.effective_on, breaks.break_key') }} as break_keys_since
    from cells
    inner join indicators on cells.indicator_code = indicators.indicator_code
    inner join agencies on cells.agency_key = agencies.agency_key
    inner join as_of on indicators.source = as_of.source_code
    inner join {{ ref('int_breaks__effective') }} as breaks
        on
            cells.indicator_code = breaks.indicator_code
            and agencies.kind = breaks.agency_kind
            and extract(year from breaks.effective_on) > cells.year
            and breaks.effective_on <= {{ local_date('as_of.data_as_of') }}
    group by cells.indicator_code, cells.agency_key, cells.year

)

select
    cells.indicator_code,
    cells.agency_key,
    cells.year,
    cells.numerator,
    cells.denominator,
    cells.value,
    cells.value_state,
    cells.formula_version,
    cells.method,
    indicators.source as source_code,
    completeness.load_count,
    completeness.periods_due,
    completeness.periods_accepted,

    -- the worse of what the source owed and what the agency owed; unknown where nothing was due
    case
        when completeness.periods_due > 0
            then
                round(
                    least(
                        cast(completeness.periods_accepted as numeric) / completeness.periods_due,
                        coalesce(
                            cast(agency_completeness.periods_accepted as numeric)
                            / nullif(agency_completeness.periods_due, 0),
                            1
                        )
                    ), 4
                )
    end as completeness_share,
    cells.break_keys,
    breaks_since.break_keys_since,
    cells.agency_key < 0 as is_unallocated,
    coalesce(extract(year from inexact_heirs.effective_on) >= cells.year, false) as is_inexact,
    cells.is_small_number
from cells
inner join indicators on cells.indicator_code = indicators.indicator_code
left join completeness
    on indicators.source = completeness.source_code and cells.year = completeness.year
left join agency_completeness
    on
        indicators.source = agency_completeness.source_code
        and cells.year = agency_completeness.year
        and cells.agency_key = agency_completeness.agency_key
left join inexact_heirs on cells.agency_key = inexact_heirs.agency_key
left join breaks_since
    on
        cells.indicator_code = breaks_since.indicator_code
        and cells.agency_key = breaks_since.agency_key
        and cells.year = breaks_since.year
