{#-
  The province's parts are the sums of all its units' and nodes' parts on either map: nothing lost,
  nothing counted twice. Districts, which are sums themselves, exist only as they were and hold no
  more than the province. What only the province has stands nowhere else.
-#}
{% test province_equals_units(model) %}

with

defined as (

    select * from {{ ref('int_readings__defined') }}

),

located as (

    select
        readings.*,
        defined.is_of_province
    from {{ model }} as readings
    inner join defined
        on
            readings.indicator_code = defined.indicator_code
            and readings.reading_code = defined.reading_code

)

select
    indicator_code,
    reading_code,
    period_type,
    period_start,
    basis
from located
where not is_of_province
group by indicator_code, reading_code, period_type, period_start, basis
having
    {% for part in ['numerator', 'denominator'] %}
    sum(case agency_level when 'province' then {{ part }} when 'unit' then -{{ part }} else 0 end) <> 0
    or sum(case agency_level when 'province' then {{ part }} when 'district' then -{{ part }} else 0 end) < 0
    or
    {% endfor %}
    sum(case when agency_level = 'province' then 1 else 0 end) <> 1
    or sum(case when (agency_level = 'province') <> (agency_key = {{ province_key() }}) then 1 else 0 end) > 0
    or sum(case when agency_level = 'district' and basis <> 'as_was' then 1 else 0 end) > 0

union all

select
    indicator_code,
    reading_code,
    period_type,
    period_start,
    basis
from located
where
    is_of_province
    and (agency_level <> 'province' or agency_key <> {{ province_key() }})

{% endtest %}
