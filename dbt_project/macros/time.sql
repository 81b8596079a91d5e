{#- Dates and intervals: the only place where SQL dialects differ about time. -#}

{#- The date in Sơn La of a point in time, whatever the session's time zone. -#}
{% macro local_date(instant) -%}
    {{ return(adapter.dispatch('local_date')(instant)) }}
{%- endmacro %}

{% macro postgres__local_date(instant) -%}
    cast({{ instant }} at time zone '{{ var("time_zone") }}' as date)
{%- endmacro %}

{% macro default__local_date(instant) -%}
    cast(from_utc_timestamp({{ instant }}, '{{ var("time_zone") }}') as date)
{%- endmacro %}

{#- The last second of a date in Sơn La, as a point in time. -#}
{% macro end_of_day(day) -%}
    {{ return(adapter.dispatch('end_of_day')(day)) }}
{%- endmacro %}

{% macro postgres__end_of_day(day) -%}
    (cast({{ day }} + 1 as timestamp) - interval '1 second') at time zone '{{ var("time_zone") }}'
{%- endmacro %}

{% macro default__end_of_day(day) -%}
    to_utc_timestamp(cast(date_add({{ day }}, 1) as timestamp) - interval 1 second, '{{ var("time_zone") }}')
{%- endmacro %}

{% macro add_days(day, days) -%}
    {{ return(adapter.dispatch('add_days')(day, days)) }}
{%- endmacro %}

{% macro postgres__add_days(day, days) -%}
    ({{ day }} + cast({{ days }} as integer))
{%- endmacro %}

{% macro default__add_days(day, days) -%}
    date_add({{ day }}, cast({{ days }} as integer))
{%- endmacro %}

{% macro add_months(day, months) -%}
    {{ return(adapter.dispatch('add_months')(day, months)) }}
{%- endmacro %}

{% macro postgres__add_months(day, months) -%}
    cast({{ day }} + cast({{ months }} as integer) * interval '1 month' as date)
{%- endmacro %}

{% macro default__add_months(day, months) -%}
    add_months({{ day }}, cast({{ months }} as integer))
{%- endmacro %}

{#- A point in time moved by a number of days, fractions included. -#}
{% macro shift_days(instant, days) -%}
    {{ return(adapter.dispatch('shift_days')(instant, days)) }}
{%- endmacro %}

{% macro postgres__shift_days(instant, days) -%}
    ({{ instant }} + cast({{ days }} as double precision) * interval '24 hours')
{%- endmacro %}

{% macro default__shift_days(instant, days) -%}
    ({{ instant }} + make_dt_interval(0, 0, 0, cast({{ days }} * 86400 as decimal(18, 6))))
{%- endmacro %}

{#- Days from one point in time to another, as a decimal number with four places. -#}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between')(earlier, later)) }}
{%- endmacro %}

{% macro postgres__days_between(earlier, later) -%}
    round(cast(extract(epoch from {{ later }} - {{ earlier }}) / 86400 as numeric), 4)
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    round((unix_timestamp({{ later }}) - unix_timestamp({{ earlier }})) / 86400, 4)
{%- endmacro %}

{#- All dates between two given ones, both included; one column, date_day. -#}
{% macro date_spine(first, last) -%}
    {{ return(adapter.dispatch('date_spine')(first, last)) }}
{%- endmacro %}

{% macro postgres__date_spine(first, last) -%}
    select cast(day_start as date) as date_day
    from generate_series(
        cast('{{ first }}' as timestamp), cast('{{ last }}' as timestamp), interval '1 day'
    ) as days (day_start)
{%- endmacro %}

{% macro default__date_spine(first, last) -%}
    select explode(sequence(date '{{ first }}', date '{{ last }}', interval 1 day)) as date_day
{%- endmacro %}

{% macro month_of(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{#- The first day of the half-year of a date. -#}
{% macro half_year_of(day) -%}
    case
        when extract(month from {{ day }}) <= 6 then cast(date_trunc('year', {{ day }}) as date)
        else {{ add_months("cast(date_trunc('year', " ~ day ~ ") as date)", 6) }}
    end
{%- endmacro %}

{#- The type of a point in time. -#}
{% macro timestamp_type() -%}
    {{ return(adapter.dispatch('timestamp_type')()) }}
{%- endmacro %}

{% macro postgres__timestamp_type() -%}
    timestamp with time zone
{%- endmacro %}

{% macro default__timestamp_type() -%}
    timestamp
{%- endmacro %}

{#- Whole days from one date to another. -#}
{% macro days_from(earlier, later) -%}
    {{ return(adapter.dispatch('days_from')(earlier, later)) }}
{%- endmacro %}

{% macro postgres__days_from(earlier, later) -%}
    ({{ later }} - {{ earlier }})
{%- endmacro %}

{% macro default__days_from(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{#- The year of the day before an exclusive end, as text. -#}
{% macro year_of_last_day(end) -%}
    cast(cast(extract(year from {{ add_days(end, -1) }}) as integer) as {{ dbt.type_string() }})
{%- endmacro %}
