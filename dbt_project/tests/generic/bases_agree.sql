{#- Restating on today's agencies moves figures between agencies; the province's stay the same. -#}
{% test bases_agree(model) %}

select
    indicator_code,
    reading_code,
    period_type,
    period_start
from {{ model }}
where agency_level = 'province'
group by indicator_code, reading_code, period_type, period_start
having
    coalesce(min(numerator) <> max(numerator), false)
    or coalesce(min(denominator) <> max(denominator), false)
    or count(*) <> 2

{% endtest %}
