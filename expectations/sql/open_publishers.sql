-- Bodies that must publish and have no live dataset on the last day harvested, by the month in
-- which that began.
with last_day as (
    select max(checked_on) as checked_on
    from marts.fct_open_data_publisher
    where checked_on <= cast(:as_of at time zone 'Asia/Ho_Chi_Minh' as date)
),

lacking as (
    select
        publishers.agency_key,
        publishers.checked_on,
        publishers.dataset_count,
        publishers.live_dataset_count
    from marts.fct_open_data_publisher as publishers
    inner join last_day on publishers.checked_on = last_day.checked_on
    where publishers.is_obliged and not publishers.has_live_dataset
),

history as (
    select
        publishers.agency_key,
        publishers.checked_on,
        publishers.has_live_dataset,
        max(
            case
                when publishers.has_live_dataset or not publishers.is_obliged
                    then publishers.checked_on
            end
        ) over (partition by publishers.agency_key) as last_met_on
    from marts.fct_open_data_publisher as publishers
    inner join lacking on publishers.agency_key = lacking.agency_key
    where publishers.checked_on <= lacking.checked_on
),

begun as (
    select
        agency_key,
        min(checked_on) as begun_on
    from history
    where not has_live_dataset and (last_met_on is null or checked_on > last_met_on)
    group by agency_key
)

select
    lacking.agency_key,
    cast(date_trunc('month', begun.begun_on) as date) as period_start,
    1 as record_count,
    rules.severity,
    lacking.checked_on,
    lacking.dataset_count,
    lacking.live_dataset_count
from lacking
inner join begun on lacking.agency_key = begun.agency_key
inner join reference.open_data_rules as rules
    on
        lacking.checked_on >= rules.valid_from
        and lacking.checked_on < coalesce(rules.valid_to, date '9999-12-31')
where rules.rule_id = :rule_id
