{#-
  Each unit obliged to publish at the end of each month: whether all that had fallen due since 1 January of
  that year stood there complete and in time, and whether it stood there at all. What is not judged, and what
  has no known due date, counts neither way.
-#}
with

publications as (

    select * from {{ ref('int_publications__judged') }}
    where
        is_expected
        and publisher_level in ('unit', 'commune')
        and due_on is not null
        and due_on <= as_of_on
        and state <> 'not_judged'

),

months as (

    select
        period_start as month_start,
        period_end as month_end
    from {{ ref('dim_period') }}
    where period_type = 'month'

),

agencies as (

    select
        agency_key,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('int_agencies__all') }}

),

due as (

    select
        publications.publisher_level,
        publications.agency_key,
        months.month_start,
        publications.state = 'on_time' as is_on_time,
        publications.is_published
        and coalesce(publications.first_published_on < months.month_end, true) as is_published
    from publications
    inner join agencies on publications.agency_key = agencies.agency_key
    inner join months
        on
            publications.due_on < months.month_end
            and extract(year from publications.due_on) = extract(year from months.month_start)
            and publications.as_of_on >= months.month_start
            and agencies.valid_from < months.month_end
            and agencies.valid_to >= months.month_end

)

select
    publisher_level,
    agency_key,
    month_start,
    count(*) as due_count,
    sum(case when is_on_time then 1 else 0 end) as on_time_count,
    sum(case when is_published then 1 else 0 end) as published_count,
    min(case when is_on_time then 1 else 0 end) as is_complete_on_time,
    min(case when is_published then 1 else 0 end) as is_published
from due
group by publisher_level, agency_key, month_start
