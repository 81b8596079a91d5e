select
    '“' || left(coalesce(min(changed.dataset_title), min(changed.dataset_key)), 100) || '”, tệp '
    || coalesce(min(changed.resource_name), changed.resource_key) as dataset,
    changed.resource_key,
    min(changed.changed_on) as first_changed_on,
    max(changed.changed_on) as last_changed_on
from marts.fct_open_data_change as changed
where
    changed.entity = 'resource'
    and changed.what = 'silently_changed'
    and changed.agency_key = :agency_key
    and date_trunc('month', changed.changed_on) = :period_start
    and changed.changed_on <= :checked_on
    and changed.changed_on > :checked_on - cast(:recent_days as integer)
    and not exists (
        select 1 from marts.fct_open_data_change as later
        where
            later.changed_on > changed.changed_on
            and later.changed_on <= :checked_on
            and (
                later.resource_key = changed.resource_key
                and later.what in ('content_changed', 'moved', 'removed')
                or later.dataset_key = changed.dataset_key
                and later.entity = 'dataset'
                and later.what in ('edited', 'removed')
            )
    )
group by changed.resource_key
order by min(changed.dataset_title), changed.resource_key
