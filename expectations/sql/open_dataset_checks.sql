-- Datasets that fail a criterion on the last day harvested, by the month in which that began: a
-- dataset that goes on failing stays in the same finding. A day without a judgement ends nothing.
with last_day as (
    select max(checked_on) as checked_on
    from marts.fct_open_data_publisher
    where checked_on <= cast(:as_of at time zone 'Asia/Ho_Chi_Minh' as date)
),

failing as (
    select
        checks.dataset_key,
        checks.agency_key,
        checks.checked_on,
        checks.severity,
        checks.reason_code,
        -- days as people write them
        regexp_replace(
            checks.detail_vi, '(từ|lần cuối) ([0-9]{4})-([0-9]{2})-([0-9]{2})', '\1 \4/\3/\2', 'g'
        ) as detail_vi
    from marts.fct_open_dataset_check as checks
    inner join last_day on checks.checked_on = last_day.checked_on
    where checks.rule_id = :rule_id and checks.state = 'failed'
),

history as (
    select
        checks.dataset_key,
        checks.checked_on,
        checks.state,
        max(case when checks.state in ('passed', 'not_applicable') then checks.checked_on end)
            over (partition by checks.dataset_key) as last_met_on
    from marts.fct_open_dataset_check as checks
    inner join failing on checks.dataset_key = failing.dataset_key
    where checks.rule_id = :rule_id and checks.checked_on <= failing.checked_on
),

begun as (
    select
        dataset_key,
        min(checked_on) as begun_on
    from history
    where state = 'failed' and (last_met_on is null or checked_on > last_met_on)
    group by dataset_key
),

named as (
    select
        failing.agency_key,
        failing.checked_on,
        failing.severity,
        cast(date_trunc('month', begun.begun_on) as date) as period_start,
        '“' || left(coalesce(datasets.title, failing.dataset_key), 100) || '”' as title,
        -- what is said of the whole dataset need not name it again
        case
            when failing.detail_vi like 'Bộ dữ liệu%' then reasons.reason_vi
            when length(failing.detail_vi) > 200 then left(failing.detail_vi, 199) || '…'
            else failing.detail_vi
        end as reason_vi,
        reasons.reason_en,
        row_number() over (
            partition by failing.agency_key, date_trunc('month', begun.begun_on)
            order by datasets.title, failing.dataset_key
        ) as place
    from failing
    inner join begun on failing.dataset_key = begun.dataset_key
    inner join marts.dim_open_dataset as datasets on failing.dataset_key = datasets.dataset_key
    left join reference.open_data_reasons as reasons on failing.reason_code = reasons.reason_code
)

select
    agency_key,
    period_start,
    count(*) as record_count,
    min(severity) as severity,
    checked_on,
    string_agg(
        case when place <= 3 then title || coalesce(' – ' || reason_vi, '') end,
        '; ' order by place
    )
    || case when count(*) > 3 then '; …' else '.' end as datasets_vi,
    string_agg(
        case when place <= 3 then title || coalesce(' – ' || reason_en, '') end,
        '; ' order by place
    )
    || case when count(*) > 3 then '; …' else '.' end as datasets
from named
group by agency_key, period_start, checked_on
