{#-
  The province's domestic revenue of each whole budget year beside the two estimates, in đồng: from the
  settlement (form 63), and until it is there from the execution of the year (form 60). Of one form either
  all of a comparison comes from it or nothing; a figure that is held or stands there twice is none.
-#}
with

cells as (

    select * from {{ ref('int_budget_lines__judged') }}
    where
        agency_key = {{ province_key() }}
        and is_counted
        and period_type = 'year'
        and state = 'value'
        and item_code = 'domestic_revenue'
        and form_key in ('settlement.63.province', 'execution.60.province')
        and measure_code in ('actual', 'estimate_central', 'estimate_council')

),

measured as (

    select
        budget_year,
        form_key,
        measure_code,
        max(value_vnd) as value_vnd,
        max(_load_id) as _load_id
    from cells
    group by budget_year, form_key, measure_code
    having count(distinct value_vnd) = 1

),

side_by_side as (

    select
        budget_year,
        form_key,
        max(case when measure_code = 'actual' then value_vnd end) as actual_vnd,
        max(case when measure_code = 'estimate_central' then value_vnd end) as estimate_central_vnd,
        max(case when measure_code = 'estimate_council' then value_vnd end) as estimate_council_vnd
    from measured
    group by budget_year, form_key

),

ranked as (

    select
        *,
        row_number() over (
            partition by budget_year
            order by
                case when actual_vnd is null or estimate_central_vnd is null then 1 else 0 end,
                case form_key when 'settlement.63.province' then 0 else 1 end
        ) as preference
    from side_by_side

)

select
    budget_year,
    -- the last month of the year stands for it: nothing cumulative is ever compared with the target
    cast(cast(budget_year as {{ dbt.type_string() }}) || '-12-01' as date) as month_start,
    {{ province_key() }} as agency_key,
    form_key,
    actual_vnd,
    estimate_central_vnd,
    estimate_council_vnd
from ranked
where preference = 1
