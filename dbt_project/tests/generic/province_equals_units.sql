{#-
  The province's parts are the sums of all its units' and nodes' parts on either map: nothing lost,
  nothing counted twice. Districts, which are sums themselves, exist only as they were and hold no
  more than the province. What only the province has stands nowhere else.
-#}
{% test province_equals_units(model) %}

select
    indicator_code,
    reading_code,
    period_type,
    period_start,
    basis
from {{ model }}
where indicator_code not in ({{ indicators_in(readings_of_province()) }})
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
from {{ model }}
where
    indicator_code in ({{ indicators_in(readings_of_province()) }})
    and (agency_level <> 'province' or agency_key <> {{ province_key() }})

{% endtest %}
