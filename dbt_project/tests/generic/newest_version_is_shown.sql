{#- The formula version of dim_indicator is the newest one, and no two versions count the same month. -#}
{% test newest_version_is_shown(model) %}

select indicators.indicator_code
from {{ ref('dim_indicator') }} as indicators
left join {{ model }} as versions on indicators.indicator_code = versions.indicator_code
group by indicators.indicator_code, indicators.formula_version
having coalesce(max(versions.formula_version), 0) <> indicators.formula_version

union all

select one.indicator_code
from {{ model }} as one
inner join {{ model }} as other
    on
        one.indicator_code = other.indicator_code
        and one.formula_version < other.formula_version
        and one.valid_from < coalesce(other.valid_to, cast('9999-12-31' as date))
        and other.valid_from < coalesce(one.valid_to, cast('9999-12-31' as date))

{% endtest %}
