{#-
  The mart of one plan indicator: a row per agency, period and basis with all its readings beside
  each other and the SQL behind the headline reading.
-#}
{% macro indicator_mart(indicator, headline) -%}
with

readings as (

    select * from {{ ref('fct_indicator_reading') }}
    where indicator_code = '{{ indicator }}'

),

periods as (

    select * from {{ ref('dim_period') }}

),

side_by_side as (

    select
        indicator_code,
        agency_key,
        agency_level,
        period_type,
        period_start,
        basis,
        {% for reading in readings_of(indicator) %}
        max(case when reading_code = '{{ reading }}' then numerator end) as {{ reading }}_numerator,
        max(case when reading_code = '{{ reading }}' then denominator end) as {{ reading }}_denominator,
        max(case when reading_code = '{{ reading }}' then value end) as {{ reading }}_value,
        {% endfor %}
        -- a survey may stand where nobody told the headline reading
        coalesce(max(case when reading_code = '{{ headline }}' then value_state end), 'not_reported')
            as value_state,
        coalesce(
            max(case when reading_code = '{{ headline }}' then value_status end), max(value_status)
        ) as value_status,
        max(case when reading_code = '{{ headline }}' and is_small_number then 1 else 0 end) = 1 as is_small_number,
        {{ any_of('is_corrected') }} as is_corrected,
        max(series_no) as series_no,
        max(break_keys) as break_keys,
        max(quality_state) as quality_state,
        coalesce(max(case when reading_code = '{{ headline }}' then data_as_of end), max(data_as_of))
            as data_as_of
    from readings
    group by indicator_code, agency_key, agency_level, period_type, period_start, basis

),

with_period_end as (

    select
        side_by_side.*,
        periods.period_end
    from side_by_side
    inner join periods
        on
            side_by_side.period_type = periods.period_type
            and side_by_side.period_start = periods.period_start

)

select
    with_period_end.*,
    {{ drill_sql(indicator, headline) }} as drill_sql
from with_period_end
{%- endmacro %}
