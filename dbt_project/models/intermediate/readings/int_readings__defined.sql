{#-
  What every reading is by its source: by which period type it is told (a reading told by the quarter is no value
  of a month, one told by the year only a value of a year), whether it is a stock, whether units have it or only
  the province, and whether its numerator is a part of its denominator. A reading that a form of the agencies
  counts is told as often as that form is owed.
-#}
{{ config(materialized='view') }}

with

readings as (

    select * from {{ ref('indicator_readings') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

fields as (

    select * from {{ ref('report_fields') }}
    where indicator_code is not null

),

forms as (

    select distinct
        form_code,
        resource,
        reports_for
    from {{ ref('report_forms') }}

),

owed as (

    select
        resource,
        max({{ months_in('period_type') }}) as told_months
    from {{ ref('reporting_obligations') }}
    where source = 'agency_reports' and party = 'agency'
    group by resource

),

counted_by_forms as (

    select
        fields.indicator_code,
        fields.reading_code,
        max(owed.told_months) as told_months,
        {{ any_of("fields.nature = 'stock'") }} as is_stock,
        {{ any_of("forms.reports_for = 'province'") }} as is_of_province,
        {{ any_of("fields.part = 'value'") }} as is_value
    from fields
    inner join forms on fields.form_code = forms.form_code
    left join owed on forms.resource = owed.resource
    group by fields.indicator_code, fields.reading_code

    {% for reading in report_readings() if reading.pooled %}
    union all

    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        max(owed.told_months) as told_months,
        {{ any_of("fields.nature = 'stock'") }} as is_stock,
        {{ any_of("forms.reports_for = 'province'") }} as is_of_province,
        false as is_value
    from fields
    inner join forms on fields.form_code = forms.form_code
    left join owed on forms.resource = owed.resource
    where
        fields.indicator_code = '{{ reading.indicator }}'
        and fields.reading_code in ({{ literals(reading.pooled) }})
    {% endfor %}

),

beyond_shares as (

    {% for reading in ratios_beyond_shares() %}
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

of_province as (

    {% for reading in readings_of_province() %}
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    readings.indicator_code,
    readings.reading_code,
    counted_by_forms.reading_code is not null as is_reported,
    case when counted_by_forms.reading_code is not null then 'agency_reports' else indicators.source end
        as source_code,
    coalesce(counted_by_forms.told_months, case indicators.frequency when 'year' then 12 else 1 end)
        as told_months,
    coalesce(
        counted_by_forms.is_stock,
        readings.indicator_code in (
            {{ indicators_in(procedure_readings() + budget_readings() + open_data_readings()) }}
        )
    ) as is_stock,
    coalesce(counted_by_forms.is_of_province, of_province.reading_code is not null) as is_of_province,
    not coalesce(counted_by_forms.is_value, false)
    and beyond_shares.reading_code is null
    and indicators.unit <> 'multiple' as is_share
from readings
inner join indicators on readings.indicator_code = indicators.indicator_code
left join counted_by_forms
    on
        readings.indicator_code = counted_by_forms.indicator_code
        and readings.reading_code = counted_by_forms.reading_code
left join beyond_shares
    on
        readings.indicator_code = beyond_shares.indicator_code
        and readings.reading_code = beyond_shares.reading_code
left join of_province
    on
        readings.indicator_code = of_province.indicator_code
        and readings.reading_code = of_province.reading_code
