with

months as (

    select distinct {{ month_of('date_day') }} as month_start
    from {{ ref('dim_date') }}

),

periods as (

    select
        'month' as period_type,
        month_start as period_start,
        1 as months
    from months

    union all

    select distinct
        'quarter' as period_type,
        cast(date_trunc('quarter', month_start) as date) as period_start,
        3 as months
    from months

    union all

    select distinct
        'half_year' as period_type,
        {{ half_year_of('month_start') }} as period_start,
        6 as months
    from months

    union all

    select distinct
        'year' as period_type,
        cast(date_trunc('year', month_start) as date) as period_start,
        12 as months
    from months

),

numbered as (

    select
        period_type,
        period_start,
        {{ add_months('period_start', 'months') }} as period_end,
        cast(cast(extract(year from period_start) as integer) as {{ dbt.type_string() }}) as year_text,
        cast(extract(month from period_start) as integer) as first_month
    from periods

)

select
    period_type,
    period_start,
    period_end,
    case period_type
        when 'month'
            then
                'Tháng '
                || case when first_month < 10 then '0' else '' end
                || cast(first_month as {{ dbt.type_string() }}) || '/' || year_text
        when 'quarter'
            then
                'Quý '
                || case first_month when 1 then 'I' when 4 then 'II' when 7 then 'III' else 'IV' end
                || '/' || year_text
        when 'half_year'
            then '6 tháng ' || case first_month when 1 then 'đầu' else 'cuối' end || ' năm ' || year_text
        else 'Năm ' || year_text
    end as label_vi
from numbered
