{#-
  What the counted reports say of each reading, at the last month of the report's period. A report for the whole
  province speaks for the province; where two agencies report the same reading for it, the one received last
  counts: nothing is added. A part without the other counts as neither. `told_status` is what the form's header
  says of its figures.
-#}
{{ config(pre_hook="{{ plan_for_many_rows() }}") }}

with

cells as (

    select * from {{ ref('int_reports__cells') }}
    where indicator_code is not null

),

parts as (

    select
        indicator_code,
        reading_code,
        counted_agency_key as agency_key,
        submission_id,
        receipt_no,
        received_at,
        period_end,
        value_status as told_status,
        max(case when is_counted and part in ('numerator', 'value') then number_value end) as numerator,
        -- a figure that is no ratio stands over 1
        max(
            case
                when is_counted and part = 'denominator' then number_value
                when is_counted and part = 'value' and number_value is not null then 1
            end
        ) as denominator,
        {{ any_of("nature = 'stock'") }} as is_stock
    from cells
    group by
        indicator_code, reading_code, counted_agency_key, submission_id, receipt_no, received_at, period_end,
        value_status

),

ranked as (

    select
        *,
        row_number() over (
            partition by indicator_code, reading_code, agency_key, period_end
            order by
                case when numerator is not null and denominator is not null then 0 else 1 end,
                received_at desc,
                receipt_no desc
        ) as recency
    from parts

),

-- one row for each reading, agency and period
told as (

    select
        indicator_code,
        reading_code,
        agency_key,
        {{ add_months('period_end', -1) }} as month_start,
        is_stock,
        case when denominator is not null then numerator end as numerator,
        case when numerator is not null then denominator end as denominator,
        told_status
    from ranked
    where recency = 1

)

select
    indicator_code,
    reading_code,
    agency_key,
    month_start,
    is_stock,
    numerator,
    denominator,
    told_status
from told

{% for reading in report_readings() if reading.pooled %}
union all

-- pooled: the parts are added, and all of them must have been told
select
    '{{ reading.indicator }}' as indicator_code,
    '{{ reading.reading }}' as reading_code,
    agency_key,
    month_start,
    {{ any_of('is_stock') }} as is_stock,
    case when count(numerator) = {{ reading.pooled | length }} then sum(numerator) end as numerator,
    case when count(denominator) = {{ reading.pooled | length }} then sum(denominator) end as denominator,
    {{ least_status('told_status') }} as told_status
from told
where
    indicator_code = '{{ reading.indicator }}'
    and reading_code in ({{ literals(reading.pooled) }})
group by agency_key, month_start
{% endfor %}

{% for reading in unreported_readings() if reading.beside %}
union all

select
    '{{ reading.indicator }}' as indicator_code,
    '{{ reading.reading }}' as reading_code,
    agency_key,
    month_start,
    is_stock,
    cast(null as numeric) as numerator,
    cast(null as numeric) as denominator,
    told_status
from told
where indicator_code = '{{ reading.indicator }}' and reading_code = '{{ reading.beside }}'
{% endfor %}
