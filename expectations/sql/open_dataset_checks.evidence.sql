with failing as (
    select
        checks.dataset_key,
        checks.checked_on,
        checks.reason_code,
        checks.detail_vi,
        checks.resource_count,
        checks.failed_count,
        checks.failed_resource_ids
    from marts.fct_open_dataset_check as checks
    where
        checks.rule_id = :rule_id
        and checks.agency_key = :agency_key
        and checks.checked_on = :checked_on
        and checks.state = 'failed'
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
)

select
    '“' || left(coalesce(datasets.title, failing.dataset_key), 100) || '”'
    || coalesce(', mã tệp ' || failing.failed_resource_ids, '') as dataset,
    failing.dataset_key,
    failing.checked_on,
    begun.begun_on,
    failing.reason_code,
    failing.detail_vi,
    failing.resource_count,
    failing.failed_count,
    failing.failed_resource_ids
from failing
inner join begun on failing.dataset_key = begun.dataset_key
inner join marts.dim_open_dataset as datasets on failing.dataset_key = datasets.dataset_key
where date_trunc('month', begun.begun_on) = :period_start
order by datasets.title, failing.dataset_key
