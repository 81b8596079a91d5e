{#-
  The indices that others publish of the province, one row per index and year: context only, never added or averaged.
  Ranks are among the provinces of the year. What the year before was stands beside it where it was told.
-#}
with

cells as (

    select
        split_part(field_code, '.', 2) as index_code,
        split_part(field_code, '.', 3) as what,
        cast(extract(year from period_start) as integer) as year,
        agency_key,
        receipt_no,
        received_at,
        value_status,
        number_value,
        date_value
    from {{ ref('int_reports__cells') }}
    where is_counted and field_code like 'CTX-01.%' and (number_value is not null or date_value is not null)

),

told as (

    select
        index_code,
        year,
        agency_key,
        receipt_no,
        received_at,
        value_status,
        max(case when what = 'value' then number_value end) as score,
        max(case when what = 'rank' then number_value end) as rank_no,
        max(case when what = 'published_on' then date_value end) as published_on
    from cells
    group by index_code, year, agency_key, receipt_no, received_at, value_status

),

-- where two agencies tell the same index, the one that was received last
latest as (

    select
        *,
        row_number() over (
            partition by index_code, year order by received_at desc, receipt_no desc
        ) as recency
    from told

),

readings as (

    select
        reading_code,
        name_vi
    from {{ ref('indicator_readings') }}
    where indicator_code = 'CTX-01'

)

select
    latest.index_code,
    coalesce(readings.name_vi, latest.index_code) as name_vi,
    latest.year,
    cast(latest.score as numeric(12, 4)) as score,
    cast(latest.rank_no as integer) as rank_no,
    latest.published_on,
    cast(earlier.score as numeric(12, 4)) as previous_score,
    cast(earlier.rank_no as integer) as previous_rank_no,
    latest.agency_key,
    latest.receipt_no,
    latest.value_status
from latest
left join latest as earlier
    on latest.index_code = earlier.index_code and latest.year = earlier.year + 1 and earlier.recency = 1
left join readings on latest.index_code = readings.reading_code
where latest.recency = 1
