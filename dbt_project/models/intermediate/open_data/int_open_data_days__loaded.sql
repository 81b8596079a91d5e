{#-
  The days of which the warehouse holds a snapshot. A day is complete once its datasets, publishers and contents
  have been loaded; only then is it judged. `previous_on` and `next_on` are complete days.
-#}
{{ config(indexes=[{'columns': ['checked_on'], 'unique': true}]) }}

with

loads as (

    select
        cast(period as date) as checked_on,
        resource,
        max(load_id) as load_id
    from {{ source('ops', 'load') }}
    where source = 'open_data_portal' and {{ matches('period', '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') }}
    group by period, resource

),

days as (

    select
        checked_on,
        max(case when resource = 'datasets' then load_id end) as datasets_load_id,
        max(case when resource = 'publishers' then load_id end) as publishers_load_id,
        max(case when resource = 'contents' then load_id end) as contents_load_id,
        max(load_id) as newest_load_id
    from loads
    group by checked_on

),

told as (

    select
        days.*,
        datasets_load_id is not null
        and publishers_load_id is not null
        and contents_load_id is not null as is_complete
    from days

),

neighbours as (

    select
        checked_on,
        lag(checked_on) over (order by checked_on) as previous_on,
        lead(checked_on) over (order by checked_on) as next_on
    from told
    where is_complete

)

select
    told.checked_on,
    told.datasets_load_id,
    told.publishers_load_id,
    told.contents_load_id,
    told.newest_load_id,
    told.is_complete,
    neighbours.previous_on,
    neighbours.next_on
from told
left join neighbours on told.checked_on = neighbours.checked_on
