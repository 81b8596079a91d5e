{#- Every correction of a reading still meets the figures that it corrects. -#}
{% test reading_corrections_expected(model) %}

{%- set query -%}
    select
        'Hiệu chỉnh ' || corrections.correction_id || ' (' || corrections.indicator_code || ' '
        || corrections.reading_code || ', cơ quan ' || cast(corrections.agency_key as {{ dbt.type_string() }})
        || ', tháng ' || cast(corrections.month_start as {{ dbt.type_string() }}) || '): chờ đợi '
        || coalesce(cast(corrections.expect_numerator as {{ dbt.type_string() }}), 'trống') || '/'
        || coalesce(cast(corrections.expect_denominator as {{ dbt.type_string() }}), 'trống')
        || ', nguồn cho '
        || coalesce(cast(readings.counted_numerator as {{ dbt.type_string() }}), 'trống') || '/'
        || coalesce(cast(readings.counted_denominator as {{ dbt.type_string() }}), 'trống')
        || '. Xóa dòng ' || corrections.correction_id
        || ' trong seeds/corrections/readings.csv vì nguồn đã sửa.' as message_vi
    from {{ ref('int_reading_corrections__resolved') }} as corrections
    inner join {{ model }} as readings
        on
            corrections.indicator_code = readings.indicator_code
            and corrections.reading_code = readings.reading_code
            and corrections.agency_key = readings.agency_key
            and corrections.month_start = readings.month_start
    where
        readings.counted_numerator is distinct from corrections.expect_numerator
        or readings.counted_denominator is distinct from corrections.expect_denominator
{%- endset -%}
{{ fail_with_messages(query) }}

{% endtest %}
